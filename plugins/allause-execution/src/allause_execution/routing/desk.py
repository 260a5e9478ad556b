"""What goes over a wire: each request of the engine to the venue, its answer, and what follows for other orders."""

from collections.abc import Callable
from threading import Lock

from msgspec.structs import replace

from allause.exceptions import JournalError, OrderDeniedError
from allause.models.context import Clock
from allause.models.orders import OrderIntent, OrderStatus
from allause.models.venue import VenueEvent
from allause_execution.orders.contingency import (
    Act,
    Step,
    closing_intent,
    due_steps,
    is_due,
    touch_all,
    working_while_halted,
)
from allause_execution.orders.events import HALTED, Event, EventKind
from allause_execution.orders.kept import KeptIntent
from allause_execution.orders.order import Order, Terms
from allause_execution.orders.sink import Sink, Ticket
from allause_execution.orders.state import State
from allause_execution.routing.entrance import Entrance, halted, too_many
from allause_execution.routing.intake import UNCHANGED, Intake
from allause_execution.sessions.link import Answer, Link
from allause_execution.windows import SECOND

INTERRUPTED = "interrupted while the venue was answering"
NOT_JOURNALLED = "interrupted before it was journalled"
_SUBMITTED = OrderStatus.SUBMITTED  # bound once, as in ``state``
_UNDONE = {
    Act.RELEASE: EventKind.CANCELED,
    Act.GROW: EventKind.REPLACE_REJECTED,
    Act.CLOSE: EventKind.DENIED,
}
_INTERRUPTED = Answer(None, EventKind.UNKNOWN, INTERRUPTED)


class Desk:
    """Carry out requests. The caller holds the link's wire, and not ``lock``, which guards the state.

    Args:
        state: what was placed.
        intake: where it is told.
        journal: of the requests.
        lock: see above.
        clock: time.
        entrance: knows whether orders may leave by themselves.
        remind: has what the venue refused looked at again in a while.
    """

    def __init__(
        self,
        state: State,
        intake: Intake,
        journal: Sink,
        lock: Lock,
        clock: Clock,
        entrance: Entrance,
        remind: Callable[..., None],
    ) -> None:
        self._entrance = entrance
        self._remind = remind
        self._state = state
        self._intake = intake
        self._journal = journal
        self._lock = lock
        self._monotonic_ns = clock.monotonic_ns

    def submit(
        self, link: Link, intent: OrderIntent, order: Order, answered: Callable[[Order], None] | None = None
    ) -> OrderDeniedError | None:
        """Send an order whose intent is journalled, or return what came meanwhile: a halt, or more than a second bears.

        What the venue pushes with its answer is taken in too. With somebody to be ``answered``, what follows for other
        orders is done; when nothing does, that one is told of the order, within the lock.
        """
        key, state = intent.client_order_id, self._state
        # Without the lock: a halt that comes after this line waits for the wire before it cancels what has left.
        if state.halted is not None or link.is_full:
            with self._lock:
                refusal = self._refusal(link, intent)
                if refusal is not None:
                    kind = EventKind.CANCELED if order.entry else EventKind.DENIED
                    self._intake.tell(kind, key, text=refusal.reason)
                    return refusal
        state.send(order, self._intake.now(), self._monotonic_ns())  # nobody else changes what has not left
        answer = _INTERRUPTED
        events: tuple[VenueEvent, ...] = ()
        try:
            answer = link.submit(intent)
            events = link.poll()
        finally:
            with self._lock:
                if answer.order is not None:
                    events = self._intake.acknowledge(order, answer.order, events)
                if order.status is _SUBMITTED:
                    self._intake.tell(answer.kind, key, text=answer.text)
                for event in events:
                    self._intake.take(event)
                if answered is not None and not state.touched:
                    answered(order)
        if answered is not None and state.touched:
            self.follow_up(link)
        return None

    def cancel(self, link: Link, order: Order, text: str = "") -> None:
        """Ask the venue to cancel an order that is not terminal; one that is HELD ends here.

        One that is not thought to have reached the venue may have arrived since, so it is asked all the same.
        """
        key = order.intent.client_order_id
        with self._lock:
            guessed = order.lost
            if order.status is OrderStatus.HELD:
                self._intake.tell(EventKind.CANCELED, key, text=text)
            works = order.is_sent and not order.status.is_terminal
            if not (works or guessed):
                return
            if works and order.status is not OrderStatus.UNKNOWN:
                self._intake.tell(EventKind.CANCEL_REQUESTED, key, text=text)
            order.sent_at = self._monotonic_ns()
        answer = link.cancel(key)
        with self._lock:
            if answer.order is not None:
                self._intake.take(answer.order, asked=True)
            elif order.status is OrderStatus.PENDING_CANCEL:
                self._intake.tell(EventKind.CANCEL_REQUESTED, key, text=answer.text)

    def cancel_all(self, link: Link) -> None:
        """Ask the venue to cancel every open order, and what works there of those that are not open here.

        It stops where the link is to be left alone.
        """
        with self._lock:
            orders = list(self._state.open.values())
        for order in orders:
            if order.status is OrderStatus.HELD or not link.breaker.is_open:
                self.cancel(link, order, HALTED)
        strays = () if link.breaker.is_open else link.working()
        for order in filter(None, (self._state.orders.get(found.client_order_id) for found in strays)):
            if order.status.is_terminal:
                self._cancel_stray(link, order)
        if any(not order.status.is_terminal for order in orders):
            self._remind()

    def _cancel_stray(self, link: Link, order: Order) -> None:
        answer = link.cancel(order.intent.client_order_id)
        if answer.order is None or not answer.order.status.is_terminal:
            self._remind()
        if answer.order is not None:
            with self._lock:
                self._intake.take(answer.order, asked=True)

    def retry(self, link: Link) -> None:
        """Ask again for what the venue refused: the end of every order while halted, what brackets and groups need."""
        with self._lock:
            touch_all(self._state)
            is_halted = self._state.halted is not None
        if is_halted:
            self.cancel_all(link)
        self.drain(link)

    def replace(self, link: Link, order: Order, terms: Terms) -> OrderDeniedError | None:
        """Ask the venue to change an order whose request is journalled, or return what came meanwhile; see ``submit``.

        A lost answer leaves it pending.
        """
        key = order.intent.client_order_id
        with self._lock:
            if order.status is not OrderStatus.PENDING_REPLACE:
                return None  # it ended meanwhile
            refusal = self._refusal(link, order.intent.shown())
            if refusal is not None:
                self._intake.tell(EventKind.REPLACE_REJECTED, key, text=refusal.reason)
                return refusal
            order.sent_at = self._monotonic_ns()
        answer = Answer(None, EventKind.REPLACE_REQUESTED, INTERRUPTED)
        try:
            answer = link.replace(key, terms)
        finally:
            with self._lock:
                if answer.order is not None:
                    self._intake.take(answer.order, asked=True, why=answer.text)
                if order.status is OrderStatus.PENDING_REPLACE:  # a yes with the order of before may be one of before
                    self._intake.tell(EventKind.REPLACE_REQUESTED, key, text=answer.text or UNCHANGED)
        return None

    def drain(self, link: Link) -> None:
        """Take in what the venue has pushed, and do what follows for other orders."""
        self._take_in(link)
        if self._state.touched:
            self.follow_up(link)

    def _take_in(self, link: Link) -> None:
        events = link.poll()
        if events:
            with self._lock:
                for event in events:
                    self._intake.take(event)
                if working_while_halted(self._state):  # it may have been over here until the venue told of it
                    self._remind()

    def follow_up(self, link: Link) -> None:
        """Release, enlarge and cancel the orders of brackets and groups, each once however the venue answers.

        What it refused is due still, and is tried again in a while.
        """
        done: dict[Step, None] = {}
        while steps := self._due_beyond(done):
            for step in steps:
                done[step] = None
                self._carry_out(link, step)
            self._take_in(link)

    def _due_beyond(self, done: dict[Step, None]) -> list[Step]:
        with self._lock:
            steps = [step for step in due_steps(self._state) if step not in done]
            if done and not steps:
                self._state.touched.update((step.key, None) for step in done)
                due = due_steps(self._state)
                steps = [step for step in due if step not in done]
                if due and not steps:
                    self._remind()
        return steps

    def _carry_out(self, link: Link, step: Step) -> None:
        order = self._state.orders[step.key]
        if step.act is Act.CANCEL:
            if order.is_sent or not (self._entrance.must_reconcile or link.trouble):  # fills may not be known yet
                self.cancel(link, order, step.text)
            return
        if step.quantity is None:
            return
        terms = Terms(step.quantity, order.price, order.stop_price)
        with self._lock:
            if not self._may_leave(link, step):
                return
            if step.act is Act.CLOSE:
                kept = closing_intent(self._state, order, step.quantity)
                order, ticket = self._begin(kept)
            else:
                kept = replace(order.intent, quantity=step.quantity)
                kind = EventKind.RELEASED if step.act is Act.RELEASE else EventKind.REPLACE_REQUESTED
                ticket = self._intake.tell(kind, step.key, terms=terms, durable=True)
        if ticket is None:
            return
        try:
            self._journal.flush(ticket)
        except BaseException as error:  # what is not written does not leave, and nothing stays on its way for ever
            with self._lock:
                self._intake.tell(_UNDONE[step.act], order.intent.client_order_id, text=str(error) or NOT_JOURNALLED)
            if not isinstance(error, JournalError):
                raise
            return
        if step.act is Act.GROW:
            self.replace(link, order, terms)
        else:
            self.submit(link, kept.shown(), order)

    def _refusal(self, link: Link, intent: OrderIntent) -> OrderDeniedError | None:
        """Return why what was let in may not leave now; the caller holds the lock."""
        if self._state.halted is not None:
            return halted(intent, self._state.halted)
        return too_many(intent) if link.is_full else None

    def _may_leave(self, link: Link, step: Step) -> bool:
        """Tell whether a step may be taken now; otherwise a comparison or a later retry has it looked at again."""
        if self._entrance.must_reconcile or link.breaker.is_open or self._state.halted is not None:
            return False
        if not is_due(self._state, step):  # an earlier step changed it, or the venue did meanwhile
            return False
        if not link.allows():
            self._remind(SECOND)
            return False
        return True

    def _begin(self, intent: KeptIntent) -> tuple[Order, Ticket | None]:
        key = intent.client_order_id
        event = Event(kind=EventKind.INTENT, ts=self._intake.now(), client_order_id=key, intent=intent)
        ticket = self._intake.record(event, durable=True)
        return self._state.orders[key], ticket
