"""Checks PRF, continued: is the component as fast as it says, and fast enough?

Everything is measured beside the yardstick, in several rounds; a finding needs a distance that noise does not make.
"""

import re
from collections.abc import Iterator

from allause.checks.behaviour import SOUND
from allause.checks.check import SEEN, Check, Finding, Tier
from allause.evidence import Evidence, probes
from allause.measurement import median

_OVERCLAIM, _RATE_OVERCLAIM = 1.5, 3.0
_CALL_NS = 20_000
_SLOW_SHARE = 0.01
_MACHINE_STEADY, _WAITED = 2.0, 0.1
_CLOCK_NS, _DAY_CLOCK_NS, _CLOCK_SHARE = 2_000_000, 500_000_000, 0.01
_QUANTITIES = frozenset(
    {"latency", "throughput", "speed", "rate", "time", "duration", "delay", "elapsed", "age", "memory", "size",
     "bandwidth", "performance", "efficiency", "improvement", "gain", "speedup", "accuracy", "utilization", "usage"}
)  # fmt: skip # words that say what was measured, not in what
_UNITS = frozenset(
    {"ns", "us", "ms", "s", "seconds", "second", "nanoseconds", "microseconds", "milliseconds", "minutes", "hours",
     "days", "bytes", "kb", "kib", "mb", "mib", "gb", "gib", "bits", "ratio", "percent", "pct", "bps", "share", "per",
     "total", "count", "hz", "yardsticks", "celsius", "watts", "ticks", "units", "lots"}
)  # fmt: skip # words that say in what


def claim_without_measure(evidence: Evidence) -> Iterator[Finding]:
    """Figure of performance without a unit.

    What: a name in ``details`` or ``metrics`` says what was measured and not in what.
    Why: nobody can tell 25 ms from 25 s, nor measure it again.
    Fails: ``{"latency": 25.0}``
    Passes: ``{"latency_ms": 25.0}``; ``{"orders": 12.0}``, which counts orders
    """
    for name in evidence.of(probes.Pace).claims:
        words = re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower())
        if _QUANTITIES & set(words) and not _UNITS & set(words):
            yield Finding(
                message=f"the figure {name!r} has no unit in its name; expected one, as in {name}_ms or {name}_ratio",
                location=evidence.place("get_performance_stats"),
                fix="put the unit into the name, or leave the figure out",
            )


def overclaim(evidence: Evidence) -> Iterator[Finding]:
    """Figure that is better than what the host measured.

    What: the host timed rounds of calls. In every round ``busy_ns`` grew by less than two thirds of the time, or a
        figure ``..._per_second`` is more than three times the best rate seen, or so is what a throughput method
        reports. Calls of less than 20 us are not held against ``busy_ns``.
    Why: who picks a component by its own figures picks the one that lies best.
    Fails: ``busy_ns=0``; ``{"rows_per_second": 5e6}`` as a constant
    Passes: ``busy_ns`` summed around the work with ``time.perf_counter_ns``
    """
    pace = evidence.of(probes.Pace)
    if pace.rounds and all(_too_idle(each) for each in pace.rounds):
        total, busy = sum(pace.took_ns), sum(each.busy_ns or 0 for each in pace.rounds)
        yield Finding(
            message=f"{len(pace.took_ns)} calls took {total / 1e6:.1f} ms on the host's clock; busy_ns grew by "
            f"{busy / 1e6:.1f} ms; expected at least {total / _OVERCLAIM / 1e6:.1f} ms",
            location=evidence.place("get_performance_stats"),
            fix="add up time.perf_counter_ns() around the work of every call",
        )
    best = pace.items * 1e9 / min(pace.took_ns) if pace.took_ns else 0.0
    claims = [(name, value) for name, value in pace.claims.items() if name.endswith("_per_second")]
    if pace.report is not None:
        claims.append((f"rows_per_second of {evidence.kind.claiming}()", pace.report))
    # more rows in a call make each cheaper: what was seen at one size may be exceeded by the sizes' ratio
    allowed = best * _RATE_OVERCLAIM * (probes.LARGE / probes.SMALL if pace.items > 1 else 1)
    for name, value in claims:
        if value > allowed:
            yield Finding(
                message=f"{name} is {value:.0f}; the best that the host saw is {best:.0f} a second",
                location=evidence.place("get_performance_stats"),
                fix="report what was measured",
            )


def budget_missed(evidence: Evidence) -> Iterator[Finding]:
    """Call that takes longer than its kind may.

    What: the median of many typical calls is above the kind's budget, which is a multiple of the yardstick, a fixed
        piece of work of about 0.1 ms that is timed beside them. Budgets are generous; see ``allause.kinds``.
    Why: one slow part sets the pace of the whole system.
    Fails: ``time.sleep(0.1)`` in ``place_order``
    Passes: an answer within 500 yardsticks
    """
    pace, budget = evidence.of(probes.Pace), evidence.kind.budget
    if budget and pace.took_ns:
        ratio = median(pace.took_ns) / median(pace.yardsticks_ns)
        if ratio > budget:
            yield Finding(
                message=f"a typical call took {ratio:.0f} yardsticks ({median(pace.took_ns) / 1e6:.1f} ms), the median "
                f"of {len(pace.took_ns)}; kind {evidence.kind.name} may take {budget:.0f}",
                location=evidence.place(evidence.kind.main_method),
                fix="profile one call; move what can wait out of it",
            )


def tail(evidence: Evidence) -> Iterator[Finding]:
    """Few calls that take far longer than the others.

    What: at least one call in a hundred, and one in each of seven rounds, took more than 50 times the median and more
        than 100 yardsticks, and the yardsticks between them did nothing like it.
    Why: the orders that hurt are sent in the worst moment, not in the median one.
    Fails: a flush of everything in every fortieth call
    Passes: the flush on a thread of its own, or a little in each call
    """
    pace = evidence.of(probes.Pace)
    if len(pace.rounds) < probes.MANY_ROUNDS:  # nothing was in doubt after the first ones
        return
    bound = probes.slow(pace.rounds)
    late = [took for took in pace.took_ns if took > bound]
    # what interrupts a yardstick so long interrupts calls more often: there are more of them, and they may be longer
    interruptions = sum(1 for took in pace.yardsticks_ns if took > bound) * len(pace.took_ns) / len(pace.yardsticks_ns)
    noise = interruptions * max(1.0, median(pace.took_ns) / median(pace.yardsticks_ns))
    each = all(max(one.took_ns) > bound for one in pace.rounds)
    if each and len(late) >= max(_SLOW_SHARE * len(pace.took_ns), 3 * noise):
        yield Finding(
            message=f"{len(late)} of {len(pace.took_ns)} calls took {median(late) / median(pace.took_ns):.0f} times as "
            f"long as the median one ({median(late) / 1e6:.1f} ms)",
            location=evidence.place(evidence.kind.main_method),
            fix="spread the work over all calls, or give it a thread of its own",
        )


def scaling(evidence: Evidence) -> Iterator[Finding]:
    """Cost that grows much faster than the input.

    What: from 100 to 1,600 items the time grew with a power above 1.6, in every one of several comparisons.
    Why: what is quick on a sample stands still on a year of data.
    Fails: a loop over all rows inside a loop over all rows
    Passes: sorting, running sums, one pass
    """
    exponents = evidence.of(probes.Pace).exponents
    if exponents and median(exponents) > probes.EXPONENT:
        yield Finding(
            message=f"from {probes.SMALL} to {probes.LARGE} items the time grew with the power "
            f"{median(exponents):.2f} of the size; expected at most {probes.EXPONENT}",
            location=evidence.place(evidence.kind.main_method),
            fix="look for a loop inside a loop over the input",
            inconclusive=min(exponents) <= probes.EXPONENT,
        )


def clock_tampered(evidence: Evidence) -> Iterator[Finding]:
    """Clock that the component has bent.

    What: clocks of the child, looked up after the component's work, do not agree with the host's.
    Why: whoever sets the clock sets every figure that is measured with it.
    Fails: ``time.perf_counter = lambda: 0.0``
    Passes: the clock of the context; no assignment to the time module
    """
    pace = evidence.of(probes.Pace)
    if len(pace.clocks) < 2 or not all(reading.read_ns for reading in pace.clocks):  # noqa: PLR2004 - before and after
        return
    first, last = pace.clocks
    least, most = last.asked_ns - first.answered_ns, last.answered_ns - first.asked_ns
    for name, read in last.read_ns.items():
        passed = read - first.read_ns[name]
        slack = _DAY_CLOCK_NS if name.startswith("time") else _CLOCK_NS + most * _CLOCK_SHARE
        off = abs(read - last.time_ns) if name.startswith("time") else 0
        if not least - slack <= passed <= most + slack or off > 10 * _DAY_CLOCK_NS:
            yield Finding(
                message=f"time.{name}() moved by {passed / 1e6:.1f} ms; on the host's clock "
                f"{least / 1e6:.1f} to {most / 1e6:.1f} ms passed",
                location=evidence.place(),
                fix="leave the time module alone; take the clock from the context",
            )
            return


def unstable(evidence: Evidence) -> Iterator[Finding]:
    """Speed that cannot be told.

    What: the medians of rounds differ by more than five times, also after more rounds, without the slowest and the
        quickest of them and less what its threads waited for a processor. It is inconclusive, not failed: the figures
        of this component prove nothing, in either direction.
    Why: a figure that is another one each time is none.
    Fails: a component that takes turns between fast and slow
    Passes: rounds that agree; if the machine is busy, examine again when it is not
    """
    pace = evidence.of(probes.Pace)
    medians = [median(each.took_ns) for each in pace.rounds]
    if medians and probes.spread(pace.rounds) > probes.UNSTEADY:
        yards = [median(each.yardsticks_ns) for each in pace.rounds]
        waited = sum(each.waited_ns for each in pace.rounds) / sum(pace.took_ns)
        calm = max(yards) < _MACHINE_STEADY * min(yards) and waited < _WAITED
        machine = (
            "was steady" if calm else f"was not steady either: threads waited for a processor, {waited:.0%} of the time"
        )
        yield Finding(
            message=f"medians of {len(medians)} rounds lie between {min(medians) / 1e6:.2f} and "
            f"{max(medians) / 1e6:.2f} ms; the machine {machine}",
            location=evidence.place(evidence.kind.main_method),
            fix="find what makes equal calls differ" if calm else "examine again on a quiet machine",
            inconclusive=True,
        )


def _too_idle(each: "probes.Round") -> bool:
    slack = len(each.took_ns) * _CALL_NS
    return each.busy_ns is not None and (each.busy_ns + slack) * _OVERCLAIM < sum(each.took_ns)


_TIMED = (*SOUND, "PRF002", "PRF008", "PRF009")

CHECKS: tuple[Check[Evidence], ...] = (
    Check(code="PRF001", slug="claim-without-measure", tier=Tier.SILVER, how="X", function=claim_without_measure,
          needs=SOUND, complete_with=SEEN),
    Check(code="PRF003", slug="overclaim", tier=Tier.SILVER, how="X", function=overclaim, needs=_TIMED,
          waivable=False),
    Check(code="PRF004", slug="budget-missed", tier=Tier.GOLD, how="X", function=budget_missed,
          needs=(*_TIMED, "ASY005"),
          kinds=("market_data", "market_data_enhancer", "execution", "monitoring", "analytics")),
    Check(code="PRF005", slug="tail", tier=Tier.GOLD, how="X", function=tail, needs=_TIMED),
    Check(code="PRF006", slug="scaling", tier=Tier.GOLD, how="X", function=scaling, needs=_TIMED,
          kinds=("market_data_enhancer", "analytics")),
    Check(code="PRF008", slug="clock-tampered", tier=Tier.SILVER, how="X", function=clock_tampered, needs=SOUND,
          complete_with=SEEN, waivable=False),
    Check(code="PRF009", slug="unstable", tier=Tier.GOLD, how="X", function=unstable, needs=(*SOUND, "PRF008")),
)  # fmt: skip # one row a check
