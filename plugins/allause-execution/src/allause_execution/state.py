"""The engine's whole state as a function of its events; live events and replayed ones take the same way."""

from decimal import Decimal

import attrs

from allause.models.orders import Fill, OrderIntent, OrderReport, OrderStatus, Side
from allause_execution.events import FILLS, Event, EventKind
from allause_execution.ledger import EXACT, Ledger, quotient
from allause_execution.transitions import TRANSITIONS

_COMPLETED_BY_FILLS = frozenset({OrderStatus.ACCEPTED, OrderStatus.CANCELED, OrderStatus.EXPIRED})


@attrs.define(eq=False)
class Order:
    """Follow one order; it changes only through ``State.apply``."""

    intent: OrderIntent
    ts_init: int
    ts_last: int
    status: OrderStatus = OrderStatus.INITIALIZED
    filled: Decimal = Decimal(0)
    notional: Decimal = Decimal(0)
    venue_order_id: str | None = None
    reason: str = ""

    @property
    def remaining(self) -> Decimal:
        """Return the quantity that may still fill."""
        return Decimal(0) if self.status.is_terminal else EXACT.subtract(self.intent.quantity, self.filled)

    def report(self) -> OrderReport:
        """Return the order as the contract shows it."""
        return OrderReport(
            intent=self.intent,
            status=self.status,
            filled_qty=self.filled,
            avg_px=quotient(self.notional, self.filled) if self.filled else None,
            venue_order_id=self.venue_order_id,
            reason=self.reason,
            ts_init=self.ts_init,
            ts_last=self.ts_last,
        )


class State:
    """Hold orders, fills, ledger and halt. Not thread-safe: the engine's lock guards it."""

    def __init__(self) -> None:
        self.ledger = Ledger(Decimal(0), "")
        self.opened: Event | None = None
        self.orders: dict[str, Order] = {}
        self.open: dict[str, Order] = {}
        self.fills: dict[str, Fill] = {}
        self.last_px: dict[str, Decimal] = {}
        self.illegal: dict[str, Event] = {}
        self.halted: str | None = None
        self._working: dict[tuple[str, Side], Decimal] = {}

    def working(self, symbol: str, side: Side) -> Decimal:
        """Return the quantity that working orders of one side may still add."""
        return self._working.get((symbol, side), Decimal(0))

    def objection(self, event: Event) -> str:
        """Say why the event is illegal now; empty when it is legal."""
        if event.kind is EventKind.INTENT:
            return "the client order id is in use" if event.client_order_id in self.orders else ""
        if not event.client_order_id or event.kind is EventKind.ILLEGAL:
            return ""
        order = self.orders.get(event.client_order_id)
        if order is None:
            return "no such order was placed here"
        if event.fill is not None and (objection := _fill_objection(order, event.fill, self.fills)):
            return objection
        if event.kind not in TRANSITIONS[order.status]:
            return f"{event.kind} may not follow {order.status}"
        return ""

    def apply(self, event: Event) -> None:
        """Take in a legal event.

        Raises:
            ValueError: it is illegal.
        """
        if objection := self.objection(event):
            raise ValueError(f"illegal {event.kind} of order {event.client_order_id!r}: {objection}")
        if event.kind is EventKind.OPENED:
            assert event.cash is not None
            self.opened, self.ledger = event, Ledger(event.cash, event.text)
        elif event.kind is EventKind.HALTED:
            self.halted = event.text
        elif event.kind is EventKind.RESUMED:
            self.halted = None
        elif event.kind is EventKind.ILLEGAL:
            self.illegal[event.text] = event
        elif event.kind is EventKind.INTENT:
            assert event.intent is not None
            order = Order(intent=event.intent, ts_init=event.ts, ts_last=event.ts)
            self.orders[event.client_order_id] = self.open[event.client_order_id] = order
            self._add_working(order.intent, order.remaining)
        else:
            self._change(self.orders[event.client_order_id], event)

    def _change(self, order: Order, event: Event) -> None:
        before = order.remaining
        if event.kind in FILLS:
            assert event.fill is not None
            self._count(order, event.fill)
        status = TRANSITIONS[order.status][event.kind]
        if order.filled and status in _COMPLETED_BY_FILLS:
            if order.filled == order.intent.quantity:
                status = OrderStatus.FILLED
            elif status is OrderStatus.ACCEPTED:
                status = OrderStatus.PARTIALLY_FILLED
        if status is not order.status:
            order.status, order.ts_last, order.reason = status, event.ts, event.text
        elif event.text:
            order.reason = event.text
        order.venue_order_id = event.venue_order_id or order.venue_order_id
        self._add_working(order.intent, EXACT.subtract(order.remaining, before))
        if status.is_terminal:
            self.open.pop(order.intent.client_order_id, None)
        if status is OrderStatus.DENIED:
            del self.orders[order.intent.client_order_id]  # it never left: its id is free again

    def _count(self, order: Order, fill: Fill) -> None:
        self.fills[fill.trade_id] = fill
        self.last_px[fill.symbol] = fill.last_px
        self.ledger.apply(fill)
        order.filled = EXACT.add(order.filled, fill.last_qty)
        order.notional = EXACT.add(order.notional, EXACT.multiply(fill.last_qty, fill.last_px))

    def _add_working(self, intent: OrderIntent, change: Decimal) -> None:
        if change:
            key = (intent.symbol, intent.side)
            self._working[key] = EXACT.add(self._working.get(key, Decimal(0)), change)


def completes(order: Order, fill: Fill) -> bool:
    """Tell whether the fill uses up the order."""
    return EXACT.add(order.filled, fill.last_qty) == order.intent.quantity


def _fill_objection(order: Order, fill: Fill, counted: dict[str, Fill]) -> str:
    intent = order.intent
    if fill.trade_id in counted:
        return f"trade {fill.trade_id} was counted before"
    if (fill.symbol, fill.side) != (intent.symbol, intent.side):
        return f"trade {fill.trade_id} is a {fill.side} of {fill.symbol}, the order a {intent.side} of {intent.symbol}"
    if not (fill.last_qty.is_finite() and fill.last_qty > 0 and fill.last_px.is_finite() and fill.fee.is_finite()):
        return f"trade {fill.trade_id} has quantity {fill.last_qty}, price {fill.last_px} and fee {fill.fee}"
    if EXACT.add(order.filled, fill.last_qty) > intent.quantity:
        return f"trade {fill.trade_id} of {fill.last_qty} overfills: {order.filled} of {intent.quantity} is filled"
    return ""
