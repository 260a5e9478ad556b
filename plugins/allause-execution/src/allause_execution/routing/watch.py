"""What is due by the clock, and what there is to see: symptoms, problems, metrics.

There is no thread. Every call of the component looks at the clock once, and the first that finds something due does
it: so an injected clock decides alone what happens when, and a component that nobody calls does nothing.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from logging import CRITICAL, ERROR, WARNING
from random import Random
from threading import Lock

from allause.models.context import Clock
from allause.models.orders import OrderStatus, ReconciliationReport
from allause_execution.listeners import Listeners
from allause_execution.orders.contingency import overdue, uncovered, working_while_halted
from allause_execution.orders.sink import Sink
from allause_execution.orders.state import State
from allause_execution.routing.intake import Intake
from allause_execution.sessions.breaker import Breaker
from allause_execution.sessions.pool import Pool
from allause_execution.windows import SECOND, nanoseconds

_IN_FLIGHT = frozenset(
    {
        OrderStatus.INITIALIZED,
        OrderStatus.SUBMITTED,
        OrderStatus.UNKNOWN,
        OrderStatus.PENDING_REPLACE,
        OrderStatus.PENDING_CANCEL,
    }
)
_RETRY_NS = 5 * SECOND
_NEVER = 1 << 126
_NAMED = 5


class Watch:
    """Say what is due and keep what the last reconciliation found.

    Args:
        clock: its monotonic side decides.
        every: seconds between reconciliations; None: only when asked for.
        random: of the pauses while the venue does not answer.
        listeners: see below.

    Attributes:
        halts: since the start.
        next: monotonic time before which nothing is due.
        listeners: told of halts, drift and orders of others, and once a second of every figure.
    """

    def __init__(self, *, clock: Clock, every: Decimal | None, random: Random, listeners: Listeners) -> None:
        self.halts = 0
        self._monotonic_ns = clock.monotonic_ns
        self._every = _NEVER if every is None else nanoseconds(every)
        self._pause = Breaker(1, clock.monotonic_ns, random, first_ns=_RETRY_NS)
        self.listeners = listeners
        self._due = self._monotonic_ns() + self._every
        self._metrics_due = 0 if listeners.measures else _NEVER
        self._retry_due = _NEVER
        self.next = min(self._due, self._metrics_due)
        self._busy = Lock()
        self._setting = Lock()  # of ``next``: a reminder that comes while it is reckoned is not to be lost
        self._reconciliations = 0
        self._last = ReconciliationReport(complete=True)

    def remind(self, after_ns: int = _RETRY_NS) -> None:
        """Have what was refused or had to wait tried again so much later."""
        due = self._monotonic_ns() + after_ns
        with self._setting:
            self._retry_due = min(self._retry_due, due)
            self.next = min(self.next, due)

    def tick(
        self,
        *,
        in_trouble: bool,
        reconcile: Callable[[], object],
        retry: Callable[[], object],
        figures: Callable[[], dict[str, float]],
    ) -> None:
        """Do what is due: nothing before ``next`` unless there is trouble; the caller holds no lock."""
        if self._monotonic_ns() < self.next and not in_trouble:
            return
        with self._alone() as alone:
            if not alone:
                return
            if in_trouble and not self._pause.is_open:
                self._pause.failed()  # trouble is new: the venue gets a moment
            elif self._monotonic_ns() >= self._due or (in_trouble and self._pause.is_due):
                self._look(reconcile)
            elif self._monotonic_ns() >= self._retry_due and not in_trouble:
                self._look(retry)
            if self._monotonic_ns() >= self._metrics_due:
                self._metrics_due = self._monotonic_ns() + SECOND
                for name, value in figures().items():
                    self.listeners.record(f"execution_{name}", value)
            self._reckon()

    def reconciled(self, report: ReconciliationReport, *, answered: bool) -> None:
        """Take note of a reconciliation and tell what it cannot mend."""
        self._reconciliations += answered
        if answered:
            self._pause.succeeded()
        else:
            self._pause.failed()
        self._due = self._monotonic_ns() + self._every
        self._reckon()
        if answered and (report.drift, report.external_orders) != (self._last.drift, self._last.external_orders):
            for sentence in report.drift:
                self.listeners.log(ERROR, "the venue differs: %s", sentence)
            for key in report.external_orders:
                self.listeners.log(WARNING, "order %s works at the venue and was not placed here", key)
        self._last = report
        self._metrics_due = 0 if self.listeners.measures else _NEVER

    def halted(self, reason: str) -> None:
        """Take note of a halt, and have it gone on with should an interrupt come before everything is asked to end."""
        self.remind()
        self.halts += 1
        self.listeners.log(CRITICAL, "halted: %s", reason)
        self.listeners.record("execution_halted", 1.0)

    def problems(self, state: State) -> list[str]:
        """Return what is wrong with the state, one sentence each."""
        unknown = [key for key, order in state.open.items() if order.status is OrderStatus.UNKNOWN]
        problems = [f"order {key} is unknown: call reconcile()" for key in unknown]
        if working := working_while_halted(state):
            problems.append(f"halted and {len(working)} orders work still: {', '.join(working[:_NAMED])}")
        problems += [
            *state.illegal,
            *uncovered(state),
            *overdue(state),
            *self._last.drift,
            *self.listeners.failures.values(),
        ]
        if state.illegal_untold:
            problems.append(f"{state.illegal_untold} further illegal events were counted and not kept")
        return list(dict.fromkeys(problems))

    def figures(self, state: State, intake: Intake, pool: Pool, journal: Sink) -> dict[str, float]:
        """Return every symptom as a number."""
        now = self._monotonic_ns()
        statuses = [order.status for order in state.open.values()]
        flying = [order for order in state.open.values() if order.status in _IN_FLIGHT]
        for order in flying:
            order.sent_at = order.sent_at or now  # of an earlier process: seen now for the first time
        sent = len(state.orders)
        return {
            "orders": sent,
            "open_orders": len(statuses),
            "held_orders": statuses.count(OrderStatus.HELD),
            "orders_in_flight": len(flying),
            "oldest_in_flight_seconds": max(((now - order.sent_at) / SECOND for order in flying), default=0.0),
            "unknown_orders": statuses.count(OrderStatus.UNKNOWN),
            "lost_answers": intake.unknown,
            "rejected_orders": intake.refused,
            "reject_ratio": intake.refused / sent if sent else 0.0,
            "fills": len(state.fills),
            "repeated_fills": intake.duplicates,
            "illegal_events": len(state.illegal) + state.illegal_untold,
            "unprotected_brackets": sum(1 for _ in uncovered(state)),
            "overdue_requests": sum(1 for _ in overdue(state)),
            "working_while_halted": len(working_while_halted(state)),
            "drift": len(self._last.drift),
            "external_orders": len(self._last.external_orders),
            "reconciliations": self._reconciliations,
            "halted": float(state.halted is not None),
            "halts": self.halts,
            "sessions": len(pool.links),
            "sessions_left_alone": sum(link.breaker.is_open for link in pool.links),
            "session_calls": pool.calls,
            "session_reuse": pool.reuse,
            "journal_events": journal.events_written,
            "journal_commits": journal.commits,
        }

    def _look(self, at_everything: Callable[[], object]) -> None:
        self._retry_due = _NEVER
        try:
            at_everything()
        except BaseException:  # an interrupt came before all was looked at
            self.remind()
            raise

    def _reckon(self) -> None:
        with self._setting:
            self.next = min(self._due, self._retry_due, self._metrics_due)

    @contextmanager
    def _alone(self) -> Iterator[bool]:
        alone = self._busy.acquire(blocking=False)
        try:
            yield alone
        finally:
            if alone:
                self._busy.release()
