"""Count calls, errors and the time they took."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock

from allause.models import PerformanceStats


class CallCounter:
    """Count the calls of one component; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._operations = 0
        self._errors = 0
        self._busy_ns = 0
        self._details: dict[str, float] = {}

    @contextmanager
    def call(self, now_ns: Callable[[], int]) -> Iterator[None]:
        """Count one call around the block, also when it raises; ``now_ns`` is a monotonic clock."""
        start = now_ns()
        failed = True
        try:
            yield
            failed = False
        finally:
            with self._lock:
                self._operations += 1
                self._errors += failed
                self._busy_ns += now_ns() - start

    def add(self, name: str, amount: float) -> None:
        """Add to the further figure ``name``."""
        with self._lock:
            self._details[name] = self._details.get(name, 0.0) + amount

    def stats(self) -> PerformanceStats:
        """Return the counts so far."""
        with self._lock:
            return PerformanceStats(
                operations=self._operations,
                errors=self._errors,
                busy_ns=self._busy_ns,
                details=dict(self._details),
            )
