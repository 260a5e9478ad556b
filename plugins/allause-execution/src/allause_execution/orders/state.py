"""The engine's whole state as a function of its events; live events and replayed ones take the same way."""

from decimal import Decimal

from allause.models.orders import OrderStatus, Side
from allause_execution.orders.events import FILLS, HALTED, NOT_THERE, Event, EventKind
from allause_execution.orders.groups import Group, Parent
from allause_execution.orders.intents import shown
from allause_execution.orders.kept import KeptFill
from allause_execution.orders.ledger import EXACT, ZERO, Ledger
from allause_execution.orders.order import TERMINAL, Order, Terms, exit_intents, make_order, objection
from allause_execution.orders.transitions import TRANSITIONS

_WORKS = frozenset({OrderStatus.ACCEPTED, OrderStatus.TRIGGERED})
_COMPLETED_BY_FILLS = frozenset({*_WORKS, OrderStatus.PARTIALLY_FILLED, OrderStatus.CANCELED, OrderStatus.EXPIRED})
# bound once: Python 3.11 takes longer to find a member of an enum than to compare it
_DENIED, _FILLED, _PARTIALLY_FILLED = OrderStatus.DENIED, OrderStatus.FILLED, OrderStatus.PARTIALLY_FILLED
_SUBMITTED, _ACCEPTED, _TRIGGERED = OrderStatus.SUBMITTED, OrderStatus.ACCEPTED, OrderStatus.TRIGGERED
_INTENT, _ILLEGAL, _TRIGGER = EventKind.INTENT, EventKind.ILLEGAL, EventKind.TRIGGERED
_CANCEL, _PENDING_CANCEL = EventKind.CANCEL_REQUESTED, OrderStatus.PENDING_CANCEL
_PENDING_REPLACE = OrderStatus.PENDING_REPLACE
_SUBMIT, _REPLACE_REJECTED, _REOPEN = EventKind.SUBMITTED, EventKind.REPLACE_REJECTED, EventKind.REOPENED
_add, _subtract = EXACT.add, EXACT.subtract
_NEXT = dict(TRANSITIONS)  # what stands behind a proxy takes twice as long to find
_HAS_IT = FILLS | {EventKind.ACCEPTED, EventKind.TRIGGERED, EventKind.REOPENED}
_MAX_ILLEGAL = 1000
_MAX_ID = 100

#: Memory that an order with one execution keeps here for good, intent and execution included, at most.
ORDER_BYTES = 1_400


class State:
    """Hold orders, fills, ledger and halt. Not thread-safe: the engine's lock guards it.

    Attributes:
        touched: orders of brackets and OCO groups that changed since somebody last looked, oldest first.
        illegal: what was told and cannot be so; of more than a thousand different texts the rest is only counted.
    """

    def __init__(self) -> None:
        self.ledger = Ledger(ZERO, "")
        self.opened: Event | None = None
        self.orders: dict[str, Order] = {}
        self.open: dict[str, Order] = {}
        self.fills: dict[str, KeptFill] = {}
        self.last_px: dict[str, Decimal] = {}
        self.illegal: dict[str, Event] = {}
        self.illegal_untold = 0
        self.halted: str | None = None
        self.groups: dict[str, Group] = {}
        self.parents: dict[str, Parent] = {}
        self.touched: dict[str, None] = {}
        self._working: dict[tuple[str, Side], Decimal] = {}
        self._moved: set[str] = set()
        self._worth: dict[str, Decimal] = {}
        self._total_worth = ZERO

    def known(self, key: str) -> Order:
        """Return an order that was placed here.

        Raises:
            KeyError: none of that id was.
        """
        if not isinstance(key, str):
            raise KeyError(f"an order is known by its client order id, a text; found {type(key).__name__}")
        if key not in self.orders:
            raise KeyError(f"no order {shown(key, _MAX_ID)} was placed here")
        return self.orders[key]

    def working(self, symbol: str, side: Side) -> Decimal:
        """Return the quantity that working orders of one side may still add to a position."""
        return self._working.get((symbol, side), ZERO)

    @property
    def idle(self) -> int:
        """Return how many open orders cannot be at the venue: exits held for an entry that was lost on its way."""
        held = (order for order in self.open.values() if order.status is OrderStatus.HELD)
        return sum(self.orders[order.entry].lost for order in held)

    def exposure(self, symbol: str, price: Decimal) -> Decimal:
        """Return the value of all positions, without sign, if every working order filled, at each symbol's last fill.

        The symbol asked about is valued at ``price`` while it was never filled. Only what moved since the last call is
        valued anew: there may be ten thousand symbols.
        """
        worth = self._worth
        while self._moved:
            moved = self._moved.pop()
            value = EXACT.multiply(self._reach(moved), self.last_px.get(moved, ZERO))
            self._total_worth = _add(self._total_worth, _subtract(value, worth.get(moved, ZERO)))
            worth[moved] = value
        return (
            self._total_worth
            if symbol in self.last_px
            else _add(self._total_worth, EXACT.multiply(self._reach(symbol), price))
        )

    def apply(self, event: Event) -> None:
        """Take in a legal event.

        Raises:
            ValueError: it is illegal.
        """
        if why := self.take(event):
            raise ValueError(f"illegal {event.kind} of order {event.client_order_id!r}: {why}")

    def take(self, event: Event) -> str:
        """Take in an event; when it is illegal now, say why and take in nothing."""
        kind = event.kind
        order = self.orders.get(event.client_order_id)
        if kind is _INTENT:
            if order is not None:
                return "the client order id is in use"
            self._begin(event)
        elif kind is _ILLEGAL or not event.client_order_id:
            self._switch(event)
        elif order is None:
            return "no such order was placed here"
        else:
            fill = event.fill
            if fill is not None and (why := objection(order, fill, self.fills)):
                return why
            status = _NEXT[order.status].get(kind)
            if status is None:
                return f"{kind} may not follow {order.status}"
            if kind is _TRIGGER and not order.intent.order_type.is_stop:
                return f"a {order.intent.order_type} order has no trigger"
            if fill is None:
                self._change(order, event, status)
            else:
                self._execute(order, event, fill, status)
        return ""

    def is_told(self, text: str) -> bool:
        """Tell whether an illegal event needs no record: it is known, or there are too many to keep."""
        if text in self.illegal:
            return True
        self.illegal_untold += (full := len(self.illegal) >= _MAX_ILLEGAL)
        return full

    def _switch(self, event: Event) -> None:
        kind = event.kind
        if kind is EventKind.OPENED:
            assert event.cash is not None
            self.opened, self.ledger = event, Ledger(event.cash, event.text)
        elif kind is EventKind.HALTED:
            self.halted = event.text
        elif kind is EventKind.RESUMED:
            self.halted = None
        else:
            self.illegal[event.text] = event

    def _begin(self, event: Event) -> None:
        intent = event.intent
        assert intent is not None
        order = make_order(intent, event.ts)
        self._enter(order)
        self._count_working(order, intent.quantity)
        if intent.take_profit is not None or intent.stop_loss is not None:
            for exit_intent in exit_intents(intent):
                held = make_order(exit_intent, event.ts)
                held.status, held.quantity, held.entry = OrderStatus.HELD, ZERO, intent.client_order_id
                order.exits += (exit_intent.client_order_id,)
                self._enter(held)

    def _enter(self, order: Order) -> None:
        intent = order.intent
        key = intent.client_order_id
        self.orders[key] = self.open[key] = order
        if intent.oco_group is not None:
            self.groups.setdefault(intent.oco_group, Group()).members.append(key)
        if intent.parent_id is not None and intent.parent_quantity is not None:
            self.parents.setdefault(intent.parent_id, Parent(intent.parent_quantity))

    def send(self, order: Order, ts: int, monotonic_ns: int) -> None:
        """Take note that an order is leaving; its intent says so already, so the journal is not told.

        Raises:
            ValueError: it left before.
        """
        if _SUBMIT not in _NEXT[order.status]:
            raise ValueError(f"order {order.intent.client_order_id!r} may not leave: it is {order.status}")
        order.status, order.ts_last, order.sent_at = _SUBMITTED, ts, monotonic_ns

    def _change(self, order: Order, event: Event, status: OrderStatus) -> None:
        if event.kind is _CANCEL and order.status is not _PENDING_CANCEL:  # the same request may be told again
            order.ended_here = event.text != HALTED
        if event.quantity is None and status not in TERMINAL and order.asked is None:
            if event.kind is _TRIGGER:
                order.triggered = True
            _become(order, status, event)  # what may still fill is as before
        else:
            self._change_quantity(order, event, status)
        self._show(order)

    def _execute(self, order: Order, event: Event, fill: KeptFill, status: OrderStatus) -> None:
        before = order.remaining
        self._count(order, fill)
        if order.asked is not None and order.filled > order.quantity:
            _put_in_force(order, order.asked)  # the venue could not fill so much before
        _become(order, status, event)
        if order.status is _FILLED:
            order.asked, after = None, ZERO
        else:
            after = order.remaining
        self._count_working(order, after, before, fill.last_qty)
        self._show(order)

    def _show(self, order: Order) -> None:
        """Enter what follows from an order's new status."""
        intent, status = order.intent, order.status
        if order.exits or intent.oco_group is not None:
            self.touched[intent.client_order_id] = None
        if status in TERMINAL:
            self.open.pop(intent.client_order_id, None)
            if status is _FILLED:
                order.ended_here = False
            elif status is _DENIED:
                self._forget(order)  # it never left: its id is free again

    def _change_quantity(self, order: Order, event: Event, status: OrderStatus) -> None:
        before = order.remaining
        if event.quantity is not None and status in TERMINAL:
            order.promised = event.quantity
        elif event.quantity is not None:
            _set_terms(order, event)
            if event.kind is _REOPEN:
                self.open[order.intent.client_order_id] = order
        elif event.kind is _REPLACE_REJECTED:
            order.asked = None
        order.triggered = order.triggered or event.kind is _TRIGGER
        _become(order, status, event)
        if order.status is _FILLED:
            order.asked = None
        self._count_working(order, order.remaining, before)

    def _count(self, order: Order, fill: KeptFill) -> None:
        self.fills[fill.trade_id] = fill
        self.last_px[fill.symbol] = fill.last_px
        self._moved.add(fill.symbol)
        value = self.ledger.apply(fill)
        if order.filled:
            order.filled = EXACT.add(order.filled, fill.last_qty)
            order.notional, order.only_px = EXACT.add(order.notional, value), None
        else:
            order.filled, order.notional, order.only_px = fill.last_qty, value, fill.last_px
        if order.intent.oco_group is not None:
            group = self.groups[order.intent.oco_group]
            group.winner = group.winner or order.intent.client_order_id

    def _count_working(self, order: Order, after: Decimal, before: Decimal = ZERO, filled: Decimal = ZERO) -> None:
        intent = order.intent
        if not intent.reduce_only:
            self._moved.add(intent.symbol)
            sums, key = self._working, (intent.symbol, intent.side)
            working = sums.get(key, ZERO)
            # as nearly always nothing else works: then there is nothing to add up
            sums[key] = after if working == before else _add(working, _subtract(after, before))
        if intent.parent_id is not None:
            parent = self.parents[intent.parent_id]
            parent.committed = EXACT.add(parent.committed, EXACT.add(_subtract(after, before), filled))

    def _forget(self, order: Order) -> None:
        for key in (order.intent.client_order_id, *order.exits):
            gone = self.orders.pop(key)
            self.open.pop(key, None)
            self.touched.pop(key, None)
            if gone.intent.oco_group is not None:
                self.groups[gone.intent.oco_group].members.remove(key)

    def _reach(self, symbol: str) -> Decimal:
        held = self.ledger.quantity(symbol)
        up = EXACT.add(held, self.working(symbol, Side.BUY))
        down = EXACT.subtract(held, self.working(symbol, Side.SELL))
        return max(up.copy_abs(), down.copy_abs())


def _become(order: Order, status: OrderStatus, event: Event) -> None:
    if status in _WORKS and order.asked is not None:
        status = _PENDING_REPLACE  # a cancel was refused, and what became of the replacement is not known still
    if order.filled:
        if status in _COMPLETED_BY_FILLS and order.filled >= order.ceiling:
            status = _FILLED
        elif status in _WORKS:
            status = _PARTIALLY_FILLED
    elif status is _ACCEPTED and order.triggered:
        status = _TRIGGERED
    if status is not order.status:
        order.status, order.ts_last, order.reason = status, event.ts, event.text
    elif event.text:
        order.reason = event.text
    if order.lost or event.kind in NOT_THERE:
        order.lost = event.kind not in _HAS_IT
    if event.venue_order_id is not None:
        order.venue_order_id = event.venue_order_id


def _set_terms(order: Order, event: Event) -> None:
    assert event.quantity is not None
    if event.kind is EventKind.REPLACE_REQUESTED:
        order.asked = Terms(event.quantity, event.price, event.stop_price)
        return
    if event.kind is EventKind.REPLACED:
        _put_in_force(order, Terms(event.quantity, event.price, event.stop_price))
        order.asked = None
        return
    order.quantity = event.quantity
    order.replaced = order.replaced or order.quantity != order.intent.quantity


def _put_in_force(order: Order, terms: Terms) -> None:
    order.quantity, order.price, order.stop_price, order.replaced = terms.quantity, terms.price, terms.stop_price, True
