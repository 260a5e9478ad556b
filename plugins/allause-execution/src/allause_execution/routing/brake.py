"""The kill switch: who may pull it, what it ends, how it is let go."""

from collections.abc import Callable
from decimal import Decimal
from threading import Lock

import attrs

from allause.discovery import printable
from allause.exceptions import OrderDeniedError
from allause_execution.orders.events import EventKind
from allause_execution.orders.sink import Sink
from allause_execution.orders.state import State
from allause_execution.routing.commits import Commits
from allause_execution.routing.desk import Desk
from allause_execution.routing.intake import Intake
from allause_execution.routing.watch import Watch
from allause_execution.sessions.pool import Pool


@attrs.define(eq=False, kw_only=True)
class Brake:
    """Halt and resume; the caller holds no lock.

    Args:
        state: what is halted.
        intake: where it is told.
        journal: that has to know before anything is cancelled.
        commits: of what the cancels are answered.
        pool: over which they go.
        desk: that asks for them.
        watch: told of every halt.
        lock: guards the state.
        reconcile: opens a new link when the cancels find none, and cancels what is open while halted.
        limits: the names of those whose breach halts.
        max_loss: realized loss and fees at which it halts.
    """

    _state: State
    _intake: Intake
    _journal: Sink
    _commits: Commits
    _pool: Pool
    _desk: Desk
    _watch: Watch
    _lock: Lock
    _reconcile: Callable[[], object]
    _limits: frozenset[str]
    _max_loss: Decimal | None

    def halt(self, reason: str) -> None:
        """Let no new order leave and cancel the open ones; when this returns the journal knows."""
        # whatever was given for a reason, the halt is not to fail of it
        reason = (
            printable(str.__str__(reason)) if isinstance(reason, str) else f"no reason but a {type(reason).__name__}"
        )
        with self._lock:
            ticket = self._intake.tell(EventKind.HALTED, text=reason, durable=True)
        self._watch.halted(reason)
        try:
            self._journal.flush(ticket)
        finally:
            with self._pool.all_wires():  # what was just leaving has left
                link = self._pool.healthiest()
                self._desk.cancel_all(link)
                self._desk.drain(link)
            if link.trouble:
                self._reconcile()
            self._commits.of_all()

    def is_asked_by(self, error: OrderDeniedError) -> bool:
        """Tell whether the limit that refused an order halts, and nothing has yet."""
        return error.reason in self._limits and self._state.halted is None

    def halt_if(self, error: OrderDeniedError) -> None:
        """Halt when the limit that refused an order says so."""
        if self.is_asked_by(error):
            self.halt(str(error))

    def halt_at_loss(self) -> None:
        """Halt when so much was lost."""
        if self._max_loss is not None and self._state.halted is None:
            with self._lock:
                lost = self._state.ledger.result().copy_negate()
            if lost >= self._max_loss:
                self.halt(f"max_loss: a loss below {self._max_loss}, found {lost}")

    def resume(self) -> None:
        """Allow orders again."""
        with self._lock:
            if self._state.halted is None:
                return
            ticket = self._intake.tell(EventKind.RESUMED, durable=True)
        self._journal.flush(ticket)
