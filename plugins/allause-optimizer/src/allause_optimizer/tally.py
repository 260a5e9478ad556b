"""Count the work done."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Lock
from time import perf_counter_ns

from allause.models.component import PerformanceStats


class Tally:
    """Count calls, errors and time; safe from several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._operations = 0
        self._errors = 0
        self._busy_ns = 0

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Count what is done inside as one call."""
        start = perf_counter_ns()
        failed = 1
        try:
            yield
            failed = 0
        finally:
            elapsed = perf_counter_ns() - start
            with self._lock:
                self._operations += 1
                self._errors += failed
                self._busy_ns += elapsed

    def stats(self, details: Mapping[str, float]) -> PerformanceStats:
        """Return the counts so far."""
        with self._lock:
            return PerformanceStats(
                operations=self._operations, errors=self._errors, busy_ns=self._busy_ns, details=details
            )
