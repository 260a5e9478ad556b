"""Measure time and work: clock, tally, repetition, percentiles, and a yardstick that makes figures carry over."""

from collections.abc import Callable, Mapping, Sequence
from itertools import cycle
from threading import Lock
from time import perf_counter_ns as _perf_counter_ns
from time import time_ns as _time_ns

from allause import models

# The names above are bound here, before any component is imported: patching the time module changes nothing.

_ADDED_UP = 256  # calls at once


class SystemClock:
    """Read the machine's clocks: nanoseconds since 1970, which may step, and from an origin that never steps back.

    The functions of the standard library themselves, because every order asks several times.
    """

    now_ns = staticmethod(_time_ns)
    monotonic_ns = staticmethod(_perf_counter_ns)


class SteppingClock(SystemClock):
    """Read the machine's clocks with a wall clock that somebody sets: each reading is off by the next of some steps.

    Intervals must not notice, since they are measured with the other one.

    Attributes:
        steps_s: in seconds, gone through again and again.
    """

    def __init__(self, steps_s: Sequence[float]) -> None:
        """Take the steps; there is one at least."""
        self.steps_s = tuple(steps_s)
        self._steps_ns = cycle([int(step * 1e9) for step in steps_s])

    def now_ns(self) -> int:
        """Return nanoseconds since 1970-01-01T00:00:00Z, off by the next step."""
        return _time_ns() + next(self._steps_ns)


class Tally:
    """Count an instance's calls, their errors and their time; exact from any number of threads.

    Components keep one to answer ``get_performance_stats``.

    Attributes:
        clock: durations are read from it.
    """

    def __init__(self, clock: "models.Clock | None" = None) -> None:
        self.clock: models.Clock = clock or SystemClock()
        self._lock = Lock()
        self._operations = 0
        self._errors = 0
        self._busy_ns = 0
        self._taken: list[int] = []  # durations that are not added up yet; to append needs no lock
        self._added: dict[str, float] = {}

    def call(self) -> "_Call":
        """Count the call made inside, as an error too when it raises."""
        return _Call(self)

    def take(self, busy_ns: int, failed: bool) -> None:
        """Count a call that was made."""
        if failed:
            with self._lock:
                self._errors += 1
        taken = self._taken
        taken.append(busy_ns)
        if len(taken) >= _ADDED_UP:
            with self._lock:
                self._add_up()

    def add(self, name: str, amount: float) -> None:
        """Add to the further figure ``name``."""
        with self._lock:
            self._added[name] = self._added.get(name, 0.0) + amount

    def stats(self, details: Mapping[str, float] | None = None) -> "models.PerformanceStats":
        """Return the counts so far, with the figures added and ``details``."""
        with self._lock:
            self._add_up()
            return models.PerformanceStats(
                operations=self._operations,
                errors=self._errors,
                busy_ns=self._busy_ns,
                details={**self._added, **(details or {})},
            )

    def _add_up(self) -> None:
        """Add up what was taken; others may append meanwhile, to the end."""
        taken = self._taken
        added = taken[:]
        del taken[: len(added)]
        self._operations += len(added)
        self._busy_ns += sum(added)


class _Call:
    """Time what is inside; a class, because it is entered for each order and a generator takes twice as long."""

    __slots__ = ("_begun", "_tally")

    def __init__(self, tally: Tally) -> None:
        self._tally = tally

    def __enter__(self) -> None:
        self._begun = self._tally.clock.monotonic_ns()

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        tally = self._tally
        tally.take(tally.clock.monotonic_ns() - self._begun, error is not None)


def yardstick() -> int:
    """Run a fixed piece of pure Python work and return its nanoseconds.

    About a tenth of a millisecond: a figure divided by it says how many such pieces fit, on any machine.
    """
    start = _perf_counter_ns()
    total = 0
    for number in range(2_000):
        total += number * number % 7
    return _perf_counter_ns() - start


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the percentile of unsorted ``values`` by linear interpolation between closest ranks.

    Raises:
        ValueError: no values, or ``percent`` outside 0 to 100.
    """
    if not values:
        raise ValueError("no values to take a percentile of")
    if not 0 <= percent <= 100:  # noqa: PLR2004 - a percentage
        raise ValueError(f"a percentile lies between 0 and 100, got {percent}")
    ordered = sorted(values)
    rank = (len(ordered) - 1) * percent / 100
    below = int(rank)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (rank - below)


def median(values: Sequence[float]) -> float:
    """Return the median of unsorted ``values``.

    Raises:
        ValueError: no values.
    """
    return percentile(values, 50)


def summarize(name: str, unit: str, values: Sequence[float], yardsticks: Sequence[float] = ()) -> "models.Measurement":
    """Summarise ``values``; ``yardsticks`` are nanoseconds of the yardstick interleaved with them.

    Raises:
        ValueError: no values.
    """
    middle = median(values)
    return models.Measurement(
        name=name,
        unit=unit,
        n=len(values),
        p5=percentile(values, 5),
        median=middle,
        p95=percentile(values, 95),
        p99=percentile(values, 99),
        maximum=max(values),
        yardstick_ratio=middle / median(yardsticks) if yardsticks else None,
    )


def measure(
    function: Callable[[], object], *, name: str, repetitions: int = 9, warmup: int = 1
) -> "models.Measurement":
    """Time ``function`` in nanoseconds, after ``warmup`` calls, each repetition followed by the yardstick."""
    for _ in range(warmup):
        function()
    values: list[int] = []
    yardsticks: list[int] = []
    for _ in range(repetitions):
        start = _perf_counter_ns()
        function()
        values.append(_perf_counter_ns() - start)
        yardsticks.append(yardstick())
    return summarize(name, "ns", values, yardsticks)
