"""What happened lately, by a clock that never steps back, in bounded memory."""

from collections import deque
from collections.abc import Callable, Hashable

SECOND = 1_000_000_000


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

    def count(self) -> None:
        """Take one more, within the limit or not."""
        self._times.append(self._monotonic_ns())


class RecentKeys:
    """Remember what was seen within a window."""

    def __init__(self, window_ns: int, monotonic_ns: Callable[[], int]) -> None:
        self._window_ns = window_ns
        self._monotonic_ns = monotonic_ns
        self._seen: dict[Hashable, int] = {}

    def __contains__(self, key: Hashable) -> bool:
        """Tell whether the key was seen within the window."""
        at = self._seen.get(key)
        return at is not None and self._monotonic_ns() - at < self._window_ns

    def add(self, key: Hashable) -> None:
        """Take in a key and let go of those that are too old."""
        now = self._monotonic_ns()
        self._seen.pop(key, None)  # so that the oldest stands first
        self._seen[key] = now
        while now - self._seen[oldest := next(iter(self._seen))] >= self._window_ns:
            del self._seen[oldest]
