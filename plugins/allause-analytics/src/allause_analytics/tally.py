"""Count an instance's own work."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from allause.models import Clock, PerformanceStats


class Tally:
    """Count calls, errors and time spent; exact from any number of threads.

    Attributes:
        clock: durations are read from it.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._lock = Lock()
        self._operations = 0
        self._errors = 0
        self._busy_ns = 0

    @contextmanager
    def call(self) -> Iterator[None]:
        """Count the call made inside, as an error too when it raises."""
        begun = self.clock.monotonic_ns()
        errors = 1
        try:
            yield
            errors = 0
        finally:
            busy = self.clock.monotonic_ns() - begun
            with self._lock:
                self._operations += 1
                self._errors += errors
                self._busy_ns += busy

    def stats(self, details: dict[str, float]) -> PerformanceStats:
        """Return the counts so far, with further figures."""
        with self._lock:
            return PerformanceStats(
                operations=self._operations, errors=self._errors, busy_ns=self._busy_ns, details=details
            )
