"""Where the engine waits for the journal, and what it means when that fails."""

from collections.abc import Sequence
from threading import Lock
from typing import Any

from allause.exceptions import JournalError
from allause.models.orders import OrderReport
from allause_execution.orders.events import EventKind
from allause_execution.orders.order import Order
from allause_execution.orders.sink import Sink, Ticket
from allause_execution.routing.intake import Intake


class Commits:
    """Wait until events are as safe as they will be; the caller does not hold ``lock``, which guards the state."""

    def __init__(self, journal: Sink, intake: Intake, lock: Lock) -> None:
        self._journal = journal
        self._intake = intake
        self._lock = lock

    def before_sending(self, ticket: Any, replaced: str = "") -> None:
        """Return when what is to be sent is on disk.

        Args:
            ticket: of its event.
            replaced: the order that a replacement is about.

        Raises:
            JournalError: it is not, so it must not be sent.
        """
        try:
            self._journal.flush(ticket)
        except JournalError as error:
            if replaced:
                with self._lock:
                    self._intake.tell(EventKind.REPLACE_REJECTED, replaced, text="it was not journalled")
            raise JournalError(f"{error}; the order was not sent") from error

    def of_all(self) -> None:
        """Commit whatever was told so far."""
        self.of(self._intake.last)

    def of(self, ticket: Ticket | None) -> None:
        """Commit what the venue told, up to an event."""
        if ticket is None or ticket.done:
            return
        try:
            self._journal.flush(ticket)
        except JournalError:
            # What the venue told stays true when it cannot be written. The journal is broken from here on:
            # no order is accepted, validate_component says so, and a restart asks the venue again.
            return

    def of_orders(self, orders: Sequence[Order]) -> None:
        """Commit what was told of these orders; whoever asks for one of them meanwhile waits as well."""
        with self._lock:
            told = [(order, order.ticket) for order in orders if order.ticket is not None]
        for _, ticket in reversed(told):  # with the newest nearly all are
            self.of(ticket)
        if told:
            with self._lock:
                for order, ticket in told:
                    if order.ticket is ticket:
                        order.ticket = None

    def settled(self, order: Order) -> OrderReport:
        """Return how an order stands, when what was told of it is committed."""
        with self._lock:
            report = order.report()
        # Its own newest event and all before it: the newest of all may be an order that waits for the disk.
        self.of_orders((order,))
        return report
