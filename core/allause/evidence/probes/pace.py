"""Time the component's work, the yardstick beside it, and hold its own figures against the host's clock."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from math import log
from statistics import median
from typing import Any

import attrs

from allause.evidence.bench import Bench
from allause.evidence.examinee import Examinee
from allause.evidence.probes.crowd import Listed, counter, encoded, work_calls
from allause.measurement import SystemClock

#: Items of the typical input, and of the inputs between which the growth of cost is seen.
TYPICAL, SMALL, LARGE = 250, 100, 1_600
_ROUNDS, _MORE_ROUNDS = 3, 4
_MOST, _FOR_S = 48, 0.05
#: Calls of a round once one has shown that there is no tail, each of those that differ twice: a median needs no more.
_FEWER = 16
_DISTINCT = 8
_SIZED = 3
_SLOW, _SLOW_YARDSTICKS = 50, 100
#: The greatest power of the size with which cost may grow.
EXPONENT = 1.6
#: One with which it grows so slowly that timings would have to be off by four times to hide more.
HARMLESS = 1.1
#: Rounds that there are when a tail is in doubt.
MANY_ROUNDS = _ROUNDS + _MORE_ROUNDS
#: Medians of rounds that differ by more are looked at in more rounds.
UNSTEADY = 5.0
_clock = SystemClock()


@attrs.frozen(kw_only=True)
class Round:
    """Hold one round of calls.

    Attributes:
        took_ns: nanoseconds of each call.
        yardsticks_ns: of the yardstick after every fourth one.
        busy_ns: how far the component's own measure grew; None when it could not be read.
        waited_ns: how long other threads of its process waited for a processor in the round, all of them together.
    """

    took_ns: tuple[int, ...]
    yardsticks_ns: tuple[int, ...]
    busy_ns: int | None = None
    waited_ns: int = 0

    @property
    def least_ns(self) -> float:
        """Return the median call if the calls had waited for those threads all the time; the least that it can be."""
        return max(median(self.took_ns) - self.waited_ns / len(self.took_ns), 0.0)


@attrs.frozen(kw_only=True)
class ClockReading:
    """Hold a child's clocks, and the host's: of the day, and before and after they were read."""

    time_ns: int
    asked_ns: int
    answered_ns: int
    read_ns: Mapping[str, int]


@attrs.frozen(kw_only=True)
class Pace:
    """Hold what was measured.

    Attributes:
        rounds: of typical calls.
        items: in each call; 1 when the kind's input has no size.
        claims: figures of its statistics and metrics after that, by name.
        report: rows a second that its claiming method reported; None without such a method.
        exponents: growth of cost with the size of the input, one for each comparison; empty without sizes.
        clocks: read before and after the rounds.
        ended: whether the child was lost before the end.
    """

    rounds: tuple[Round, ...] = ()
    items: int = 1
    claims: Mapping[str, float] = attrs.field(factory=dict)
    report: float | None = None
    exponents: tuple[float, ...] = ()
    clocks: tuple[ClockReading, ...] = ()
    ended: bool = False

    @property
    def took_ns(self) -> tuple[int, ...]:
        """Return the nanoseconds of every call."""
        return tuple(took for each in self.rounds for took in each.took_ns)

    @property
    def yardsticks(self) -> tuple[float, ...]:
        """Return how many yardsticks a call took, the median of each round."""
        return tuple(median(each.took_ns) / median(each.yardsticks_ns) for each in self.rounds)

    @property
    def least_yardsticks(self) -> tuple[float, ...]:
        """Return how many yardsticks a call took at least, see ``Round.least_ns``."""
        return tuple(each.least_ns / median(each.yardsticks_ns) for each in self.rounds)

    @property
    def yardsticks_ns(self) -> tuple[int, ...]:
        """Return the nanoseconds of every yardstick."""
        return tuple(took for each in self.rounds for took in each.yardsticks_ns)


def observe_pace(bench: Bench) -> Pace:
    """Time rounds of calls between two looks at clocks and counters, then calls of growing size."""
    with bench.shared() as examinee:
        calls = encoded(_calls(bench, examinee))
        _timed(examinee, calls, len(calls))  # warms up
        clocks = [_clocks(examinee)]
        rounds = list(_rounds(examinee, calls))
        clocks.append(_clocks(examinee))
        return Pace(
            rounds=tuple(each for each in rounds if each is not None),
            items=TYPICAL if bench.kind.load else 1,
            claims=_claims(examinee),
            report=_report(bench, examinee),
            exponents=tuple(_exponents(bench, examinee)),
            clocks=tuple(clocks),
            ended=None in rounds,
        )


def _decided(exponents: Sequence[float]) -> bool:
    """Tell whether most comparisons are harmless, whatever those that are left would bring, or one is beyond doubt."""
    beyond_doubt = any(each <= HARMLESS for each in exponents)
    return beyond_doubt or sum(1 for each in exponents if each <= EXPONENT) > _ROUNDS / 2


def exponent(small_ns: Sequence[float], large_ns: Sequence[float]) -> float:
    """Return the power of the size with which the cost grows, from timings at ``SMALL`` and ``LARGE``."""
    return log(median(large_ns) / median(small_ns)) / log(LARGE / SMALL)


def _calls(bench: Bench, examinee: Examinee) -> Listed:
    """Return different calls of the same cost, so that remembering answers helps less."""
    kind, random = bench.kind, bench.random("pace")
    if kind.load is not None:
        return [(kind.main_method, kind.load(TYPICAL, random)) for _ in range(_DISTINCT)]
    calls = work_calls(bench, examinee, "pace")
    method = Counter(name for name, _ in calls).most_common(1)[0][0]
    return [call for call in calls if call[0] == method]


def _rounds(examinee: Examinee, calls: Any) -> Iterator[Round | None]:
    rounds: list[Round] = []
    again = [(method, None) for method, _ in calls]  # the child has their arguments since it warmed up
    before = counter(examinee, "busy_ns")
    while len(rounds) < _ROUNDS or (_doubtful(rounds) and len(rounds) < _ROUNDS + _MORE_ROUNDS):
        timed = _timed(examinee, again, _MOST if all(_late(each) for each in rounds) else _FEWER)
        after = counter(examinee, "busy_ns")
        if timed is None:
            yield None
            return
        rounds.append(attrs.evolve(timed, busy_ns=None if before is None or after is None else after - before))
        yield rounds[-1]
        before = after


def _late(one: Round) -> bool:
    """Tell whether a round holds a call that took longer than the others by half as much as is far longer.

    By half, since what the others take is known better when there are more rounds.
    """
    return max(one.took_ns) > slow([one]) / 2


def _doubtful(rounds: Sequence[Round]) -> bool:
    """Tell whether the rounds disagree, or each of them holds a call that took far longer than the others."""
    return spread(rounds) > UNSTEADY or all(max(each.took_ns) > slow(rounds) for each in rounds)


def spread(rounds: Sequence[Round]) -> float:
    """Return how many times as long a median call of the slowest round took, at least, as one of the quickest.

    Of many rounds the slowest and the quickest are left out: a neighbour that comes once spoils one of them.
    """
    odd = 1 if len(rounds) >= MANY_ROUNDS else 0
    slowest, quickest = sorted(each.least_ns for each in rounds), sorted(median(each.took_ns) for each in rounds)
    return slowest[-1 - odd] / max(quickest[odd], 1)


def slow(rounds: Sequence[Round]) -> float:
    """Return the nanoseconds above which a call took far longer than the others."""
    took = median(took for each in rounds for took in each.took_ns)
    yard = median(took for each in rounds for took in each.yardsticks_ns)
    return max(_SLOW * took, _SLOW_YARDSTICKS * yard)


def _timed(examinee: Examinee, calls: Any, most: int) -> Round | None:
    seen = examinee.observe("repeat", calls=calls, most=most, for_s=_FOR_S)
    if "took_ns" not in seen:
        return None
    return Round(
        took_ns=tuple(seen["took_ns"]),
        yardsticks_ns=tuple(seen["yardsticks_ns"]),
        waited_ns=seen["waited_ns"],
    )


def _clocks(examinee: Examinee) -> ClockReading:
    asked = _clock.monotonic_ns()
    read = examinee.observe("clocks").get("clocks", {})
    return ClockReading(time_ns=_clock.now_ns(), asked_ns=asked, answered_ns=_clock.monotonic_ns(), read_ns=read)


def _claims(examinee: Examinee) -> dict[str, float]:
    claims: dict[str, float] = {}
    for method, field in (("get_performance_stats", "details"), ("get_optimization_metrics", "metrics")):
        value = examinee.call(method).value
        figures = value.get(field) if isinstance(value, Mapping) else None
        if isinstance(figures, Mapping):
            claims |= {n: float(f) for n, f in figures.items() if isinstance(n, str) and type(f) in {int, float}}
    return claims


def _report(bench: Bench, examinee: Examinee) -> float | None:
    kind = bench.kind
    if not kind.claiming or kind.load is None:
        return None
    value = examinee.call(kind.claiming, **kind.load(LARGE, bench.random("claim"))).value
    rate = value.get("rows_per_second") if isinstance(value, Mapping) else None
    return rate if type(rate) is float else None


def _exponents(bench: Bench, examinee: Examinee) -> Iterator[float]:
    if bench.kind.load is None:
        return
    random = bench.random("sizes")
    sized = [encoded([(bench.kind.main_method, bench.kind.load(size, random))]) for size in (SMALL, LARGE)]
    found: list[float] = []
    while len(found) < _ROUNDS and not _decided(found):
        small, large = (_timed(examinee, calls, _SIZED) for calls in sized)
        if small is None or large is None:
            return
        found.append(exponent(small.took_ns, large.took_ns))
        yield found[-1]
