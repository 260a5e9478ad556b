"""Look at how one instance treats its caller, and how the next one finds the world.

The first one is asked by a probe of its own, for others may work in the child between the two.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from allause.evidence.asker import EndedError
from allause.evidence.bench import Bench
from allause.evidence.examinee import Examinee
from allause.evidence.exchange import Exchange
from allause.kinds import Problem

#: Questions whose answer does not change by being asked.
READINGS = ("get_component_info", "get_performance_stats", "get_optimization_metrics", "validate_component")
_STATS = "get_performance_stats"
_INTERVIEWED = (AttributeError, ArithmeticError, LookupError, TypeError, ValueError)


@attrs.frozen(kw_only=True)
class Conduct:
    """Hold what was seen.

    Attributes:
        readings: the questions that only tell, asked of a fresh instance.
        again: the same, asked once more in the same order.
        mutated: literal calls after which an argument was another.
        aliased: methods whose next answer showed what a caller wrote into the one before.
        raised: own calls that raised, during an interview.
        errors: how far ``errors`` grew meanwhile; None when it could not be read.
        second: what the readers of the kind and the counters told of an instance made after others had worked.
        ended: the exchange that ended it early; else None.
    """

    readings: tuple[Exchange, ...] = ()
    again: tuple[Exchange, ...] = ()
    mutated: tuple[str, ...] = ()
    aliased: tuple[str, ...] = ()
    raised: tuple[str, ...] = ()
    errors: int | None = None
    second: Mapping[str, Any] = attrs.field(factory=dict)
    ended: Exchange | None = None


@attrs.frozen(kw_only=True)
class Fresh:
    """Hold what was told of an instance before any had worked in its process.

    Attributes:
        told: by the readers of the kind and the counters.
        ended: the exchange that ended it early; else None.
    """

    told: Mapping[str, Any] = attrs.field(factory=dict)
    ended: Exchange | None = None


def observe_fresh(bench: Bench) -> Fresh:
    """Ask an instance that has not worked, in a child where none has."""
    with bench.shared() as examinee:
        try:
            return Fresh(told=_told(bench, examinee))
        except EndedError as ended:
            return Fresh(ended=ended.exchange)


def observe_conduct(bench: Bench) -> Conduct:
    """Ask twice, interview, edit the answers, and ask another instance."""
    exchanges: list[Exchange] = []
    with bench.shared() as examinee:
        try:
            return _observed(bench, examinee, exchanges)
        except EndedError as ended:
            return Conduct(ended=ended.exchange)


def _observed(bench: Bench, examinee: Examinee, exchanges: list[Exchange]) -> Conduct:
    readings = _asked(examinee, (*READINGS, *READINGS))
    before = _counted(_asked(examinee, [_STATS]))["errors"]
    interview(bench, examinee, exchanges, kept=True)
    after = _counted(_asked(examinee, [_STATS]))["errors"]
    own = [exchange for exchange in exchanges if exchange.method in bench.kind.own_methods]
    aliased = tuple(_aliased(bench, examinee, own))
    examinee.rebuild()
    return Conduct(
        readings=tuple(readings[: len(READINGS)]),
        again=tuple(readings[len(READINGS) :]),
        mutated=tuple(exchange.call for exchange in own if exchange.mutated),
        aliased=aliased,
        raised=tuple(exchange.call for exchange in own if not exchange.returned),
        errors=None if before is None or after is None else after - before,
        second=_told(bench, examinee),
    )


def interview(
    bench: Bench, examinee: Examinee, exchanges: list[Exchange], purpose: str = "conduct", **options: Any
) -> list[Problem]:
    """Interview with input of its own and return the problems; other checks judge wrong answers."""
    try:
        return list(bench.kind.interview(examinee.asker(exchanges, **options), bench.random(purpose)))
    except _INTERVIEWED as error:
        # an answer of another shape than the contract's
        return [Problem(call=exchanges[-1].call if exchanges else "", expected="", found=f"{type(error).__name__}")]


def _asked(examinee: Examinee, names: Sequence[str]) -> list[Exchange]:
    exchanges = examinee.calls([(name, {}, None) for name in names])
    if exchanges[-1].ended_badly:
        raise EndedError(exchanges[-1])
    return exchanges


def _counted(stats: Sequence[Exchange]) -> dict[str, Any]:
    """Return the counters of the first answer; None for one that is not a whole number."""
    value = stats[0].value
    counts = {name: value.get(name) if isinstance(value, Mapping) else None for name in ("operations", "errors")}
    return {name: count if type(count) is int else None for name, count in counts.items()}


def _told(bench: Bench, examinee: Examinee) -> dict[str, Any]:
    """Return the counters, and how much each reader of the kind tells."""
    exchanges = _asked(examinee, (_STATS, *bench.kind.readers))
    told = _counted(exchanges)
    for name, exchange in zip(bench.kind.readers, exchanges[1:], strict=True):
        value = exchange.value
        told[name] = len(value) if isinstance(value, Sequence | Mapping) else repr(value)
    return told


def _aliased(bench: Bench, examinee: Examinee, own: Sequence[Exchange]) -> list[str]:
    """Ask, edit the answer in place, ask the same again, and look for the edit."""
    marker = f"edited-by-the-caller-{bench.random('marker').randrange(10**12)}"
    main = next((e for e in own if e.method == bench.kind.main_method and e.returned), None)
    calls: dict[str, Mapping[str, Any]] = {name: {} for name in (*READINGS, *bench.kind.readers)}
    if main is not None:
        calls[main.method] = main.arguments
    seconds = examinee.calls([(name, arguments, None) for name, arguments in calls.items()], marker=marker)
    if seconds[-1].ended_badly:
        raise EndedError(seconds[-1])
    return [second.method for second in seconds if marker in repr(second.plain)]
