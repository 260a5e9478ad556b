"""Orders that are being placed now: each leaves once, and whoever asks for the same one gets the same answer."""

from concurrent.futures import Future
from threading import Lock
from typing import Any

from allause.models.orders import OrderIntent, OrderReport, OrderStatus
from allause_execution.commits import Commits
from allause_execution.desk import Desk
from allause_execution.entrance import halted
from allause_execution.events import EventKind
from allause_execution.intake import Intake
from allause_execution.link import Link
from allause_execution.order import Order

_INITIALIZED = OrderStatus.INITIALIZED


class Placing:
    """Send orders, and keep those who wait, by client order id; ``lock`` guards the state and the waiting."""

    def __init__(self, intake: Intake, commits: Commits, desk: Desk, lock: Lock) -> None:
        self._intake = intake
        self._commits = commits
        self._desk = desk
        self._lock = lock
        self._waiting: dict[str, list[Future[OrderReport]]] = {}

    def begin(self, key: str) -> None:
        """Take note that an order is being placed; the caller holds the lock."""
        self._waiting[key] = []

    def wait_for(self, key: str) -> Future[OrderReport] | None:
        """Return what will be answered to whoever is placing the order now; None when nobody is.

        The caller holds the lock, but not while waiting.
        """
        if key not in self._waiting:
            return None
        waiter: Future[OrderReport] = Future()
        self._waiting[key].append(waiter)
        return waiter

    def send(self, order: Order, intent: OrderIntent, link: Link, ticket: Any) -> OrderReport:
        """Send an order that was begun, when its intent is on disk; the caller does not hold the lock.

        Raises:
            JournalError: the intent is not on disk, so it did not leave.
            OrderDeniedError: a halt came meanwhile.
        """
        report: OrderReport | None = None
        failure: BaseException | None = None
        try:
            self._commits.before_sending(ticket)
            with link.wire:
                reason = self._desk.submit(link, intent, order)
            if reason is not None:
                raise halted(intent, reason)  # noqa: TRY301  whoever waits for the same id is told too
            report = self._commits.settled(order)
        except BaseException as error:
            failure = error
            raise
        finally:
            self._end(order, intent.client_order_id, report, failure)
        return report

    def _end(self, order: Order, key: str, report: OrderReport | None, failure: BaseException | None) -> None:
        """Tell whoever placed the same id meanwhile."""
        with self._lock:
            waiters = self._waiting.pop(key)
            if order.status is _INITIALIZED:
                # Free the id of an order that the journal or an interrupt kept from leaving.
                self._intake.tell(EventKind.DENIED, key, text="it did not leave")
        for waiter in waiters:
            if report is None:
                waiter.set_exception(failure)
            else:
                waiter.set_result(report)
