"""Remember the recent past of a metric in time slices: exact counts, bounded memory."""

import bisect
from collections.abc import Sequence

import attrs

SLICES = 30


@attrs.define
class _Slice:
    total: float
    maximum: float
    buckets: list[int]


class Window:
    """Hold what was recorded in the last ``window_ns``, in 30 slices, the current one being partly filled.

    Attributes:
        first_ns: when the first value came; None before.
    """

    def __init__(self, window_ns: int, bounds: Sequence[float] = ()) -> None:
        self.first_ns: int | None = None
        self._slice_ns = window_ns // SLICES
        self._bounds = tuple(bounds)
        self._slices: dict[int, _Slice] = {}

    def add(self, now_ns: int, value: float) -> None:
        """Take one value: an increment of a counter or an observation."""
        if self.first_ns is None:
            self.first_ns = now_ns
        number = now_ns // self._slice_ns
        current = self._slices.get(number)
        if current is None:
            self._forget(number)
            current = self._slices[number] = _Slice(0.0, value, [0] * (len(self._bounds) + 1))
        current.total += value
        current.maximum = max(current.maximum, value)
        current.buckets[bisect.bisect_left(self._bounds, value)] += 1

    def covered_ns(self, now_ns: int) -> int:
        """Return the time the slices stand for: between 29 and 30 slices' worth."""
        return now_ns - (now_ns // self._slice_ns - SLICES + 1) * self._slice_ns

    def is_full(self, now_ns: int) -> bool:
        """Tell whether the whole of it lies after the first value."""
        return self.first_ns is not None and now_ns - self.first_ns >= self._slice_ns * SLICES

    def total(self, now_ns: int) -> float:
        """Return the sum of the values."""
        self._forget(now_ns // self._slice_ns)
        return sum(piece.total for piece in self._slices.values())

    def count(self, now_ns: int) -> int:
        """Return how many values there are."""
        self._forget(now_ns // self._slice_ns)
        return sum(sum(piece.buckets) for piece in self._slices.values())

    def quantile(self, now_ns: int, share: float) -> float | None:
        """Return the quantile, linear inside its bucket, None without values.

        It is above a bound exactly when more than ``1 - share`` of the values are above that bound.
        """
        count = self.count(now_ns)
        if not count:
            return None
        rank = share * count
        maximum = max(piece.maximum for piece in self._slices.values())
        below = 0
        lower = 0.0
        for position, upper in enumerate((*self._bounds, maximum)):
            inside = sum(piece.buckets[position] for piece in self._slices.values())
            if inside and below + inside >= rank:
                ceiling = min(upper, maximum)
                return lower + (ceiling - lower) * (rank - below) / inside
            below += inside
            lower = upper
        return maximum

    def _forget(self, current: int) -> None:
        for number in [number for number in self._slices if number <= current - SLICES]:
            del self._slices[number]
