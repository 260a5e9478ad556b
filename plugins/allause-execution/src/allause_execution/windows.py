"""What happened lately, by a clock that never steps back, in bounded memory."""

from collections import deque
from collections.abc import Callable, Hashable
from decimal import Decimal

from allause_execution.orders.ledger import EXACT

SECOND = 1_000_000_000


def nanoseconds(seconds: Decimal) -> int:
    """Return whole nanoseconds, whatever precision the program has set for itself."""
    return int(EXACT.multiply(seconds, Decimal(SECOND)))


class RateWindow:
    """Count what happened in the last second; it remembers ``limit`` times and no more."""

    def __init__(self, limit: int, monotonic_ns: Callable[[], int]) -> None:
        self._times: deque[int] = deque(maxlen=limit)
        self._monotonic_ns = monotonic_ns

    @property
    def is_full(self) -> bool:
        """Tell whether one more would exceed the limit."""
        times = self._times
        return len(times) == times.maxlen and self._monotonic_ns() - times[0] < SECOND

    def anew(self) -> "RateWindow":
        """Return one with the same limit that has counted nothing."""
        assert self._times.maxlen is not None
        return RateWindow(self._times.maxlen, self._monotonic_ns)

    def count(self) -> None:
        """Take one more, within the limit or not."""
        self._times.append(self._monotonic_ns())

    def recall(self, at: int) -> None:
        """Take one of an earlier process, at that time of the same clock."""
        self._times.append(at)


class Recent:
    """Remember values by their keys within a window."""

    def __init__(self, window_ns: int, monotonic_ns: Callable[[], int]) -> None:
        self._window_ns = window_ns
        self._monotonic_ns = monotonic_ns
        self._seen: dict[Hashable, tuple[int, str]] = {}

    def get(self, key: Hashable) -> str:
        """Return the value that was put last within the window, empty when none was."""
        at, value = self._seen.get(key, (0, ""))
        return value if value and self._monotonic_ns() - at < self._window_ns else ""

    def put(self, key: Hashable, value: str) -> None:
        """Take in a value and let go of those that are too old."""
        now = self._monotonic_ns()
        self._seen.pop(key, None)  # so that the oldest stands first
        self._seen[key] = now, value
        while now - self._seen[oldest := next(iter(self._seen))][0] >= self._window_ns:
            del self._seen[oldest]

    def reaches(self, at: int) -> bool:
        """Tell whether that time of the same clock is in the window now."""
        return self._monotonic_ns() - at < self._window_ns

    def recall(self, key: Hashable, value: str, at: int) -> None:
        """Take in a value of an earlier process, put at that time, which the window reaches."""
        self._seen.pop(key, None)
        self._seen[key] = at, value
