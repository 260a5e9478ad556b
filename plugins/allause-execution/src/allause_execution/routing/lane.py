"""Orders that were let in leave, each once, and of those who wait one sends for all."""

from collections import deque
from threading import Lock

from allause.exceptions import OrderDeniedError
from allause.models.context import Clock
from allause.models.orders import OrderStatus
from allause_execution.orders.events import EventKind
from allause_execution.orders.order import Order
from allause_execution.routing.commits import Commits
from allause_execution.routing.departure import Departure, tell_loops
from allause_execution.routing.desk import Desk
from allause_execution.routing.intake import Intake
from allause_execution.sessions.link import Link
from allause_execution.turns import Turns

_INITIALIZED = OrderStatus.INITIALIZED
_PATIENCE_NS = 1_000_000  # what the first of several orders waits at most for the others to leave too


class Lane:
    """Let the orders of one link leave, in the order in which they came.

    Args:
        link: over which they go.
        intake: where it is told.
        commits: of their intents and of what is answered.
        desk: that sends them.
        lock: guards the state and ``leaving``.
        clock: of patience.
        together: most orders in one commit.
        leaving: orders on their way out, by client order id.

    Attributes:
        wait: returns when an order left or never will, sent by this thread or another; the caller holds no lock.
    """

    def __init__(
        self,
        link: Link,
        *,
        intake: Intake,
        commits: Commits,
        desk: Desk,
        lock: Lock,
        clock: Clock,
        together: int,
        leaving: dict[str, Departure],
    ) -> None:
        self._link = link
        self._intake = intake
        self._commits = commits
        self._desk = desk
        self._lock = lock
        self._monotonic_ns = clock.monotonic_ns
        self._together = together
        self._leaving = leaving
        self._queue: deque[Departure] = deque()
        self._turns: Turns[Departure | Lane] = Turns(self._send_some)
        self.wait = self._turns.until_done

    @property
    def done(self) -> bool:
        """Tell whether all have left or are leaving."""
        return not self._queue

    def begin(self, departure: Departure) -> None:
        """Put an order behind the others; the caller holds the lock."""
        self._leaving[departure.intent.client_order_id] = departure
        self._queue.append(departure)

    def withdraw(self, departure: Departure, failure: Exception | None = None) -> None:
        """Let an order not leave any more, whose caller was interrupted or may not send it, unless it is leaving."""
        with self._lock:
            if departure not in self._queue:
                return
            self._queue.remove(departure)
        departure.failure = failure
        self._settle([departure])

    def send_all(self) -> None:
        """Return when nothing waits to be sent."""
        self._turns.until_done(self)

    def _send_some(self, _leading: object) -> None:
        """Send the next orders when their intents are on disk."""
        batch: list[Departure] = []
        try:
            with self._lock:
                queue = self._queue
                while queue and len(batch) < self._together:
                    batch.append(queue[0])  # for a moment in both, never in none: an interrupt may come at any time
                    queue.popleft()
            left = batch if not batch or self._are_on_disk(batch) else []
            while left:
                try:
                    with self._link.wire:
                        sent = self._send(left)
                except BaseException:
                    self._settle([departure for departure in left if departure.sent])
                    raise
                if sent == len(left):
                    self._settle(left)
                    break
                self._settle(left[:sent])
                left = left[sent:]
        except BaseException:  # it is this thread's alone; the next to lead goes on
            with self._lock:
                back = [departure for departure in batch if not (departure.sent or departure in self._queue)]
                self._queue.extendleft(reversed(back))
            raise

    def _are_on_disk(self, batch: list[Departure]) -> bool:
        """Tell whether they may leave, and those who wait for them when not."""
        ticket = batch[-1].ticket
        if ticket is not None and ticket.done and not ticket.error:
            return True
        try:
            self._commits.before_sending(ticket)
        except Exception as error:  # noqa: BLE001  however the journal failed, it is for whoever placed them
            for departure in batch:
                departure.failure = error
            self._settle(batch)
            return False
        return True

    def _send(self, batch: list[Departure]) -> int:
        """Send until it has taken too long for the first of them to wait, and return how many left."""
        count = len(batch)
        until = self._monotonic_ns() + _PATIENCE_NS if count > 1 else 0
        for sent, departure in enumerate(batch, 1):
            departure.sent = True
            try:
                refusal = self._desk.submit(self._link, departure.intent, departure.order, self._answered)
            except Exception as error:  # noqa: BLE001  it is for whoever placed this order, and not for the leader
                departure.failure = error
            else:
                departure.failure = refusal
            if until and self._monotonic_ns() > until:
                return sent
        return count

    def _settle(self, sent: list[Departure]) -> None:
        """Answer whoever waits for these orders, when what was told of them is committed."""
        awaited: tuple[object, ...] = ()
        try:
            told = []
            for departure in sent:
                if departure.report is None:
                    with self._lock:
                        self._finish(departure)
                if departure.order.ticket is not None:
                    told.append(departure.order)
            if told:
                self._commits.of_orders(told)
        finally:  # an interrupt is this thread's alone: they left, and the next to lead would wait for them for ever
            for departure in sent:
                if departure.report is None:
                    with self._lock:
                        self._finish(departure)
                departure.done = True
                awaited = awaited or departure.awaited
            if awaited:
                tell_loops([departure for departure in sent if departure.awaited])
            if self._turns.waiting:
                self._turns.wake()

    def _finish(self, departure: Departure) -> None:
        """Take an order off the list."""
        order, key = departure.order, departure.intent.client_order_id
        if order.status is _INITIALIZED:  # free the id of an order that the journal or an interrupt kept from leaving
            self._intake.tell(EventKind.DENIED, key, text="it did not leave")
            if departure.failure is None:
                departure.failure = OrderDeniedError(f"order {key} denied: it did not leave", "interrupted")
        self._answered(order)

    def _answered(self, order: Order) -> None:
        """Take an order off the list that has its answer; the caller holds the lock."""
        departure = self._leaving.pop(order.intent.client_order_id, None)
        if departure is not None:
            departure.report = order.report(departure.intent)
