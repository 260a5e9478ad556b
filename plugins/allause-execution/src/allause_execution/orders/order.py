"""One order as the engine knows it, what may fill it, and the exits that a bracket makes of it."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

import attrs
import msgspec

from allause.drafts import draft_of
from allause.models.orders import OrderIntent, OrderReport, OrderStatus, OrderType, Side, TimeInForce
from allause_execution.orders.answers import LARGEST, MAGNITUDES, SMALLEST
from allause_execution.orders.kept import KeptFill, KeptIntent
from allause_execution.orders.ledger import EXACT, ZERO, divide, rounded
from allause_execution.orders.sink import Ticket

TAKE_PROFIT, STOP_LOSS, CLOSE, EXITS = "take_profit", "stop_loss", "close", "exits"
TERMINAL = frozenset(status for status in OrderStatus if status.is_terminal)
_ReportDraft = draft_of(OrderReport)
_add, _subtract = EXACT.add, EXACT.subtract  # bound once, as in ``state``
_UNSENT = frozenset({OrderStatus.HELD, OrderStatus.INITIALIZED})


@attrs.frozen
class Terms:
    """Hold what a replacement changes: the total quantity, the limit and the stop price."""

    quantity: Decimal
    price: Decimal | None
    stop_price: Decimal | None


class Order(msgspec.Struct, eq=False, gc=False):  # it refers to nothing that refers to it
    """Follow one order; it changes only through ``State.apply``.

    Attributes:
        intent: what was asked at first.
        ts_init: when.
        ts_last: when the status last changed.
        quantity: in force; of an exit nothing until it is released.
        price: in force.
        stop_price: in force.
        only_px: price of its execution, None unless there is exactly one.
        asked: terms of a replacement whose outcome is not known, also of one that was under way when the order ended.
        replaced: whether the terms in force are not those of the intent.
        triggered: whether the price of a stop was met.
        promised: what the venue says that it filled of an order that ended, where not all of it was told then.
        ended_here: whether somebody here asked to cancel it, and no halt did, before it was filled.
        entry: of the bracket whose exit this is.
        exits: of the bracket whose entry this is.
        lost: whether it was sent, the venue did not have it when it was asked, and has not told of it since.
        ticket: of its newest event, on its way to the disk.
        sent_at: monotonic time of the last request, 0 when that was an earlier process's.
    """

    intent: KeptIntent
    ts_init: int
    ts_last: int
    quantity: Decimal
    price: Decimal | None
    stop_price: Decimal | None
    status: OrderStatus = OrderStatus.INITIALIZED
    filled: Decimal = ZERO
    notional: Decimal = ZERO
    only_px: Decimal | None = None
    venue_order_id: str | None = None
    reason: str = ""
    asked: Terms | None = None
    replaced: bool = False
    triggered: bool = False
    ended_here: bool = False
    promised: Decimal = ZERO
    entry: str = ""
    exits: tuple[str, ...] = ()
    lost: bool = False
    ticket: Ticket | None = None
    sent_at: int = 0

    @property
    def remaining(self) -> Decimal:
        """Return the quantity that may still fill, the larger one while a replacement is under way."""
        if self.status in TERMINAL:
            return ZERO
        ceiling = self.quantity if self.asked is None else self.ceiling
        return _subtract(ceiling, self.filled) if self.filled else ceiling

    @property
    def ceiling(self) -> Decimal:
        """Return the largest quantity that the venue may fill."""
        return self.quantity if self.asked is None else max(self.quantity, self.asked.quantity)

    @property
    def is_sent(self) -> bool:
        """Tell whether the venue may know it."""
        return self.status not in _UNSENT

    @property
    def terms(self) -> Terms:
        """Return what is in force."""
        return Terms(self.quantity, self.price, self.stop_price)

    def report(self, intent: OrderIntent | None = None) -> OrderReport:
        """Return the order as the contract shows it, with its intent where that is at hand."""
        draft = _ReportDraft()
        draft.intent = self.intent.shown() if intent is None else intent
        draft.status = self.status
        draft.filled_qty = self.filled
        if self.only_px is not None:
            draft.avg_px = rounded(self.only_px)  # what the quotient is, in a third of its time
        else:
            draft.avg_px = divide(self.notional, self.filled) if self.filled else None
        draft.venue_order_id = self.venue_order_id
        draft.reason = self.reason
        draft.ts_init = self.ts_init
        draft.ts_last = self.ts_last
        draft.quantity = draft.price = draft.stop_price = None
        if self.replaced:
            draft.quantity, draft.price, draft.stop_price = self.quantity, self.price, self.stop_price
        draft.__class__ = OrderReport
        report: OrderReport = draft
        return report


def make_order(intent: KeptIntent, ts: int) -> Order:
    """Return an order that has not left."""
    return Order(intent, ts, ts, intent.quantity, intent.price, intent.stop_price)


def completes(order: Order, fill: KeptFill) -> bool:
    """Tell whether the fill uses up the order, whatever becomes of a replacement under way."""
    filled = _add(order.filled, fill.last_qty) if order.filled else fill.last_qty
    return filled == (order.quantity if order.asked is None else order.ceiling)


def objection(order: Order, fill: KeptFill, counted: Mapping[str, KeptFill]) -> str:
    """Say why a fill cannot be one of the order's; empty when it can."""
    intent = order.intent
    if fill.trade_id in counted:
        return f"trade {fill.trade_id} was counted before"
    if fill.symbol != intent.symbol or fill.side != intent.side:
        return f"trade {fill.trade_id} is a {fill.side} of {fill.symbol}, the order a {intent.side} of {intent.symbol}"
    quantity, price, fee = fill.last_qty, fill.last_px, fill.fee
    # all of it at once, as nearly always: what was asked for is an amount, and no more than that
    whole = quantity.is_finite() and not order.filled and quantity == order.quantity and quantity
    if not (
        (whole or (quantity.is_finite() and SMALLEST <= quantity < LARGEST))
        and price.is_finite()
        and -MAGNITUDES < price.adjusted() < MAGNITUDES
        and fee.is_finite()
        and -MAGNITUDES < fee.adjusted() < MAGNITUDES
    ):
        return f"trade {fill.trade_id} has quantity {quantity}, price {price} and fee {fee}"
    if not whole and (_add(order.filled, quantity) if order.filled else quantity) > order.ceiling:
        return f"trade {fill.trade_id} of {quantity} overfills: {order.filled} of {order.ceiling} is filled"
    return ""


def exit_intents(entry: KeptIntent) -> Iterator[KeptIntent]:
    """Yield the exits of a bracket: the whole entry the other way, reduce-only, good till cancelled, one OCO group."""
    for name, kind, price, stop_price in (
        (TAKE_PROFIT, OrderType.LIMIT, entry.take_profit, None),
        (STOP_LOSS, OrderType.STOP, None, entry.stop_loss),
    ):
        if price is not None or stop_price is not None:
            yield KeptIntent(
                client_order_id=f"{entry.client_order_id}/{name}",
                symbol=entry.symbol,
                side=Side.SELL if entry.side is Side.BUY else Side.BUY,
                quantity=entry.quantity,
                order_type=kind,
                price=price,
                time_in_force=TimeInForce.GTC,
                stop_price=stop_price,
                reduce_only=True,
                oco_group=f"{entry.client_order_id}/{EXITS}",
            )


def closing_id(entry: KeptIntent, number: int) -> str:
    """Return the id of the order that closes the rest of a bracket, of the first, second and so on."""
    return f"{entry.client_order_id}/{CLOSE}" + (f"-{number}" if number > 1 else "")


def close_intent(entry: KeptIntent, number: int, quantity: Decimal) -> KeptIntent:
    """Return that order: at the market the other way, reduce-only."""
    return KeptIntent(
        client_order_id=closing_id(entry, number),
        symbol=entry.symbol,
        side=Side.SELL if entry.side is Side.BUY else Side.BUY,
        quantity=quantity,
        order_type=OrderType.MARKET,
        price=None,
        time_in_force=TimeInForce.DAY,
        reduce_only=True,
    )
