"""Take in what the venue told: each fact becomes one legal event, or one recorded illegal one, or nothing."""

from allause.models.context import Clock
from allause.models.orders import Fill, OrderStatus
from allause.models.venue import VenueEvent, VenueOrder
from allause_execution.events import Event, EventKind
from allause_execution.journal import Journal, Ticket, encode
from allause_execution.state import State, completes

_FACTS = {
    OrderStatus.ACCEPTED: EventKind.ACCEPTED,
    OrderStatus.REJECTED: EventKind.REJECTED,
    OrderStatus.CANCELED: EventKind.CANCELED,
    OrderStatus.EXPIRED: EventKind.EXPIRED,
    # How much is filled follows from the fills counted; from these two words only that the order works.
    OrderStatus.PARTIALLY_FILLED: EventKind.ACCEPTED,
    OrderStatus.FILLED: EventKind.ACCEPTED,
    OrderStatus.PENDING_CANCEL: EventKind.ACCEPTED,
}
_IMPLIED_BY_FILLS = frozenset({OrderStatus.PARTIALLY_FILLED, OrderStatus.FILLED, OrderStatus.PENDING_CANCEL})
_MAX_TEXT = 500
_ENDS = frozenset({OrderStatus.CANCELED, OrderStatus.EXPIRED})


class Intake:
    """Apply events to the state and queue them for the journal, in one order. The caller holds the state's lock.

    Attributes:
        last: the ticket of the newest event.
        duplicates: executions pushed again, and counted once.
    """

    def __init__(self, state: State, journal: Journal, clock: Clock) -> None:
        self.last: Ticket | None = None
        self.duplicates = 0
        self._state = state
        self._journal = journal
        self._clock = clock

    def now(self) -> int:
        """Return the time of an event."""
        return self._clock.now_ns()

    def record(self, event: Event, *, durable: bool = False) -> Ticket | None:
        """Apply and queue a legal event and return its ticket; record an illegal one as such."""
        objection, body = self._state.objection(event), b""
        if not objection:
            try:
                body = encode(event, checked=True)
            except ValueError as error:
                objection = str(error)
        if objection:
            self.refuse(event.client_order_id, f"{event.kind} of order {event.client_order_id!r}: {objection}")
            return None
        self._state.apply(event)
        self.last = self._journal.enqueue(body, durable=durable)
        return self.last

    def tell(
        self,
        kind: EventKind,
        key: str = "",
        *,
        text: str = "",
        venue_order_id: str | None = None,
        durable: bool = False,
    ) -> Ticket | None:
        """Record an event that carries a reason at most."""
        event = Event(
            kind=kind, ts=self.now(), client_order_id=key, text=_readable(text), venue_order_id=venue_order_id
        )
        return self.record(event, durable=durable)

    def refuse(self, key: str, text: str) -> None:
        """Record, once, what the venue told and cannot be so."""
        text = _readable(text)
        if text not in self._state.illegal:
            self.tell(EventKind.ILLEGAL, key if key in self._state.orders else "", text=text)

    def take(self, event: VenueEvent, *, asked: bool = False) -> bool:
        """Take in one event of the venue, and return whether it told something new.

        Args:
            event: an execution, counted unless it was before, or the state of an order.
            asked: it answers a question put now, so it may resolve UNKNOWN and PENDING_CANCEL; a pushed event
                may be older than the question and may not.
        """
        try:
            if isinstance(event, Fill):
                return self._take_fill(event, asked=asked)
            return self._take_order(event, asked=asked)
        except (ArithmeticError, AttributeError, TypeError) as error:  # a record with fields of other types
            self.refuse("", f"the venue told a {type(event).__name__} that cannot be read: {error}")
            return False

    def _take_fill(self, fill: Fill, *, asked: bool) -> bool:
        if self._state.fills.get(fill.trade_id) == fill:
            self.duplicates += not asked
            return False
        order = self._state.orders.get(fill.client_order_id)
        whole = order is not None and completes(order, fill)
        counted = self.record(
            Event(
                kind=EventKind.FILL if whole else EventKind.PARTIAL_FILL,
                ts=self.now(),
                client_order_id=fill.client_order_id,
                venue_order_id=fill.venue_order_id,
                fill=fill,
            )
        )
        return counted is not None

    def _take_order(self, found: VenueOrder, *, asked: bool) -> bool:
        key = found.client_order_id
        order, kind = self._state.orders.get(key), _FACTS.get(found.status)
        if order is None:
            self.refuse("", f"the venue told of order {key!r}, which was not placed here")
        elif kind is None:
            self.refuse(key, f"the venue gave order {key!r} the status {found.status!r}, which it cannot have there")
        elif _is_news(order.status, found.status, asked=asked):
            return self.tell(kind, key, text=found.reason, venue_order_id=found.venue_order_id) is not None
        return False


def _is_news(here: OrderStatus, there: OrderStatus, *, asked: bool) -> bool:
    if here is there:
        return False
    if here is OrderStatus.UNKNOWN:
        return asked
    if here is OrderStatus.PENDING_CANCEL:
        return asked or there in _ENDS
    return here is OrderStatus.SUBMITTED or there not in _IMPLIED_BY_FILLS


def _readable(text: str) -> str:
    return str(text)[:_MAX_TEXT].encode("utf-8", "backslashreplace").decode()
