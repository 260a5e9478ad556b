"""Take in what the venue told: each fact becomes one legal event, or one recorded illegal one, or nothing."""

from decimal import Decimal

from msgspec.structs import replace

from allause.models.context import Clock
from allause.models.orders import Fill, OrderStatus, Side
from allause.models.venue import VenueEvent, VenueOrder
from allause_execution.journal import encode
from allause_execution.journal.volatile import NOTED, VolatileJournal
from allause_execution.orders.answers import flaw
from allause_execution.orders.events import Event, EventKind
from allause_execution.orders.kept import keep_fill
from allause_execution.orders.order import Order, Terms, completes
from allause_execution.orders.sink import Sink, Ticket
from allause_execution.orders.state import State
from allause_execution.orders.transitions import TRANSITIONS

_FACTS = {
    OrderStatus.ACCEPTED: EventKind.ACCEPTED,
    OrderStatus.TRIGGERED: EventKind.TRIGGERED,
    OrderStatus.REJECTED: EventKind.REJECTED,
    OrderStatus.CANCELED: EventKind.CANCELED,
    OrderStatus.EXPIRED: EventKind.EXPIRED,
    # How much is filled follows from the fills counted; from these words only that the order works.
    OrderStatus.PARTIALLY_FILLED: EventKind.ACCEPTED,
    OrderStatus.FILLED: EventKind.ACCEPTED,
    OrderStatus.PENDING_REPLACE: EventKind.ACCEPTED,
    OrderStatus.PENDING_CANCEL: EventKind.ACCEPTED,
}
_IMPLIED_BY_FILLS = frozenset(
    {
        OrderStatus.PARTIALLY_FILLED,
        OrderStatus.FILLED,
        OrderStatus.PENDING_REPLACE,
        OrderStatus.PENDING_CANCEL,
    }
)
_ACCEPTED_THERE, _ACCEPTED = OrderStatus.ACCEPTED, EventKind.ACCEPTED  # bound once, as in ``state``
_FILL, _PARTIAL_FILL = EventKind.FILL, EventKind.PARTIAL_FILL
_SIDES = tuple(Side)
_SAY_THAT_IT_WORKS = frozenset({EventKind.ACCEPTED, EventKind.TRIGGERED})
_MAX_TEXT = 500
_ENDS = frozenset({OrderStatus.CANCELED, OrderStatus.EXPIRED})
_CHANGEABLE = frozenset(
    {
        OrderStatus.ACCEPTED,
        OrderStatus.TRIGGERED,
        OrderStatus.PARTIALLY_FILLED,
        OrderStatus.PENDING_REPLACE,
        OrderStatus.PENDING_CANCEL,
    }
)
UNCHANGED = "the venue has it as it was"
ARRIVED = "it arrived after the venue was asked for it"


class Intake:
    """Apply events to the state and queue them for the journal, in one order. The caller holds the state's lock.

    Args:
        state: of the engine.
        journal: of the events.
        clock: of their times.
        echoes: whether several sessions push the same events, each in its time.

    Attributes:
        last: the ticket of the newest event that needs no disk; whoever records another waits for it by its own.
        duplicates: executions pushed again, and counted once.
        unknown: orders whose answer was lost.
    """

    def __init__(self, state: State, journal: Sink, clock: Clock, *, echoes: bool = False) -> None:
        self._echoes = echoes
        self.last: Ticket | None = None
        self.duplicates = self.unknown = 0
        self._refused: set[str] = set()
        self._state = state
        self._journal = journal
        self._volatile = journal if isinstance(journal, VolatileJournal) else None
        self.now = clock.now_ns
        # Orders of which an answer, or an earlier process, told news: what is pushed of them may be older.
        self._overtaken = set(state.orders)

    @property
    def refused(self) -> int:
        """Return how many orders ended rejected; one that arrived after all did not."""
        return len(self._refused)

    def record(self, event: Event, *, durable: bool = False) -> Ticket | None:
        """Apply and queue a legal event and return its ticket; record an illegal one as such."""
        volatile, body = self._volatile, b""
        if volatile is None:
            try:
                body = encode(event)
            except ValueError as error:
                self._object(event, str(error))
                return None
        if objection := self._state.take(event):
            self._object(event, objection)
            return None
        if volatile is not None:  # there is nothing to write, and nobody has to wait
            volatile.events_written += 1
            return NOTED
        ticket: Ticket = self._journal.enqueue(body, durable=durable)
        if not durable:
            self.last = ticket
        if (order := self._state.orders.get(event.client_order_id)) is not None:
            order.ticket = ticket
        return ticket

    def _object(self, event: Event, objection: str) -> None:
        self.refuse(event.client_order_id, f"{event.kind} of order {event.client_order_id!r}: {objection}")

    def tell(
        self,
        kind: EventKind,
        key: str = "",
        *,
        text: str = "",
        venue_order_id: str | None = None,
        terms: Terms | None = None,
        durable: bool = False,
    ) -> Ticket | None:
        """Record an event that carries a reason and terms at most."""
        event = Event(
            kind=kind,
            ts=self.now(),
            client_order_id=key,
            text=_readable(text) if text else "",
            venue_order_id=venue_order_id,
            quantity=None if terms is None else terms.quantity,
            price=None if terms is None else terms.price,
            stop_price=None if terms is None else terms.stop_price,
        )
        if kind is EventKind.REJECTED or kind is EventKind.LOST:
            self._refused.add(key)
        elif kind is EventKind.REOPENED:
            self._refused.discard(key)
        self.unknown += kind is EventKind.UNKNOWN
        return self.record(event, durable=durable)

    def refuse(self, key: str, text: str) -> None:
        """Record, once, what the venue told and cannot be so."""
        text = _readable(text)
        if not self._state.is_told(text):
            self.tell(EventKind.ILLEGAL, key if key in self._state.orders else "", text=text)

    def acknowledge(self, order: Order, found: VenueOrder, events: tuple[VenueEvent, ...]) -> tuple[VenueEvent, ...]:
        """Take in the answer to an order that is leaving, as ``take`` does; return the events left to take.

        An execution says by itself that the venue has the order: where one comes first and counts, and the answer gives
        no reason, it alone is recorded.
        """
        if not (
            found.status is _ACCEPTED_THERE
            and type(found.venue_order_id) is type(found.reason) is str
            and not (self._echoes and self._was_so_once(order, _ACCEPTED))
        ):
            self.take(found, asked=True)
            return events
        filled = order.filled
        if events and not found.reason and type(events[0]) is Fill:
            self.take(events[0])
            events = events[1:]
        if order.filled is filled:  # no execution of this order was counted
            key, text = order.intent.client_order_id, found.reason and _readable(found.reason)
            self.record(Event(_ACCEPTED, self.now(), key, text, found.venue_order_id))
        return events

    def take(self, event: VenueEvent, *, asked: bool = False, why: str = UNCHANGED) -> bool:
        """Take in one event of the venue, and return whether it told something new.

        Args:
            event: an execution, counted unless it was before, or the state of an order.
            asked: it answers a question put now, so it may resolve UNKNOWN, PENDING_CANCEL and PENDING_REPLACE and
                tell of other terms; a pushed event may be older than the question and may not.
            why: a replacement did not change the order, as far as the venue said; empty where an order as it was before
                does not say so.
        """
        try:
            if isinstance(event, Fill):
                return self._take_fill(event, asked=asked)
            return self._take_order(event, asked=asked, why=why)
        except (ArithmeticError, AttributeError, TypeError) as error:  # a record with fields of other types
            self.refuse("", f"the venue told a {type(event).__name__} that cannot be read: {error}")
            return False

    def _take_fill(self, told: Fill, *, asked: bool) -> bool:
        fill = keep_fill(told)  # before it is looked at: what a session made may say something else each time
        if not (
            type(fill.trade_id) is type(fill.client_order_id) is type(fill.venue_order_id) is type(fill.symbol) is str
            and type(fill.last_qty) is type(fill.last_px) is type(fill.fee) is Decimal
            and type(fill.ts_event) is int
        ):
            raise TypeError(f"expected texts, Decimals and whole nanoseconds, found {fill.shown()!r}")
        if type(fill.side) is not Side and fill.side in _SIDES:  # its text: the journal would give the word back
            fill = replace(fill, side=Side(fill.side))
        state, key = self._state, fill.client_order_id
        known = state.fills.get(fill.trade_id)
        if known == fill:
            self.duplicates += not asked
            return False
        order = state.orders.get(key)
        if order is not None and order.lost:
            self._reopen(order, told)
        kind = _FILL if order is not None and completes(order, fill) else _PARTIAL_FILL
        counted = self.record(Event(kind, self.now(), key, "", fill.venue_order_id, None, fill)) is not None
        if asked and counted:
            self._overtaken.add(key)
        return counted

    def _take_order(self, found: VenueOrder, *, asked: bool, why: str) -> bool:
        if text := flaw(found):
            raise TypeError(text)
        key = found.client_order_id
        order, kind = self._state.orders.get(key), _FACTS.get(found.status)
        if order is None:
            self.refuse("", f"the venue told of order {key!r}, which was not placed here")
            return False
        if kind is None:
            self.refuse(key, f"the venue gave order {key!r} the status {found.status!r}, which it cannot have there")
            return False
        if not is_of(found, order):
            text = f"the venue calls order {key!r} a {found.side!s} of {found.symbol!s}"
            self.refuse(key, f"{text}, it is a {order.intent.side} of {order.intent.symbol}")
            return False
        # a refusal ends what may arrive; of an exit that is held it is none, since that one leaves again
        if order.lost and (found.status is not OrderStatus.REJECTED or order.status is not OrderStatus.HELD):
            self._reopen(order, found)
        if not asked and self._was_so_once(order, kind):
            return False
        news = asked and self._take_terms(order, found, why)
        # while it was on its way another session may have told more than the answer says
        overtaken = self._echoes and self._was_so_once(order, kind)
        if not overtaken and _is_news(order, found.status, asked=asked):
            more = found.status in _ENDS and found.filled_qty > order.filled  # what is not counted is told later
            terms = Terms(found.filled_qty, None, None) if more else None
            told = self.tell(kind, key, text=found.reason, venue_order_id=found.venue_order_id, terms=terms)
            news = news or told is not None
        if asked and news:
            self._overtaken.add(key)
        return news

    def _was_so_once(self, order: Order, kind: EventKind) -> bool:
        late = self._echoes or order.intent.client_order_id in self._overtaken
        return late and kind in _SAY_THAT_IT_WORKS and kind not in TRANSITIONS[order.status]

    def _reopen(self, order: Order, told: VenueEvent) -> None:
        """Take back that an order never reached the venue, which tells of it now."""
        if EventKind.REOPENED in TRANSITIONS[order.status] and is_of(told, order):
            self.tell(EventKind.REOPENED, order.intent.client_order_id, text=ARRIVED, terms=order.terms)

    def _take_terms(self, order: Order, found: VenueOrder, why: str) -> bool:
        """Take in other terms than those here, and what became of a replacement whose answer is missing."""
        if order.status not in _CHANGEABLE:
            return False
        pending = order.asked is not None
        terms = terms_of(found, order)
        if terms.quantity < order.filled:
            text = f"the venue gave order {found.client_order_id!r} the quantity {terms.quantity}"
            self.refuse(found.client_order_id, f"{text}, {order.filled} of it is filled")
            return False
        if terms != order.terms or (pending and terms == order.asked):  # a fill may have shown it already
            text = "" if pending else "it was changed at the venue"
            return self._tell_terms(EventKind.REPLACED, found, text, terms)
        if not (pending and why) or found.status in _ENDS:
            return False
        return self._tell_terms(EventKind.REPLACE_REJECTED, found, why)

    def _tell_terms(self, kind: EventKind, found: VenueOrder, text: str, terms: Terms | None = None) -> bool:
        told = self.tell(kind, found.client_order_id, text=text, venue_order_id=found.venue_order_id, terms=terms)
        return told is not None


def is_of(told: VenueEvent, order: Order) -> bool:
    """Tell whether the venue speaks of the instrument and side of the order whose id it gives."""
    return told.symbol == order.intent.symbol and told.side == order.intent.side


def terms_of(found: VenueOrder, order: Order) -> Terms:
    """Return the terms in a venue's answer; what it leaves out is as it is here."""
    return Terms(found.quantity, found.price or order.price, found.stop_price or order.stop_price)


def _is_news(order: Order, there: OrderStatus, *, asked: bool) -> bool:
    here = order.status
    if here is there or (there is OrderStatus.TRIGGERED and order.triggered):
        return False
    if here in (OrderStatus.SUBMITTED, OrderStatus.UNKNOWN):
        return asked or here is OrderStatus.SUBMITTED
    if here is OrderStatus.PENDING_CANCEL:
        return asked or there in _ENDS
    if here is OrderStatus.PENDING_REPLACE:
        return there in _ENDS or there is OrderStatus.REJECTED
    return there not in _IMPLIED_BY_FILLS


def _readable(text: str) -> str:
    return str(text)[:_MAX_TEXT].encode("utf-8", "backslashreplace").decode()
