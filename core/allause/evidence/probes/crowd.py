"""Let several threads use one instance at once, and hold its counters against the calls that were made."""

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from allause.evidence.bench import Bench
from allause.evidence.examinee import Examinee
from allause.evidence.exchange import Exchange
from allause.isolation.encoding import encode
from allause.kinds import Heard

_THREADS = 4
_FOR_S, _MOST = 0.25, 100
_PATIENCE_S = 3.0
_ASKED = ("get_performance_stats", "get_optimization_metrics")

Listed = list[tuple[str, Mapping[str, Any]]]


@attrs.frozen(kw_only=True)
class Crowding:
    """Hold what was seen.

    Attributes:
        threads: how many called at once.
        calls: of the kind's own methods that ended.
        before: ``operations`` before; None when it could not be read.
        after: ``operations`` after; None also when threads were stuck.
        raised: classes raised in the crowd and by none of the same calls made one after another.
        stuck: where each thread stood when none had ended a call for long; empty when all came to an end.
        ended: how the child ended, when it did not survive; else empty.
    """

    threads: int = _THREADS
    calls: int = 0
    before: int | None = None
    after: int | None = None
    raised: tuple[str, ...] = ()
    stuck: tuple[str, ...] = ()
    ended: str = ""


def observe_crowd(bench: Bench) -> Crowding:
    """Put the same work to one instance from one thread, and to another instance from several."""
    with bench.shared() as examinee:
        lists = [work_calls(bench, examinee, f"crowd {number}") for number in range(_THREADS)]
        alone = {e.error for e in _made(examinee, [call for calls in lists for call in calls]) if not e.returned}
        examinee.rebuild()
        before, lost = operations(examinee), examinee.lost
        mixed = [[*encoded(calls), *((name, {}) for name in _ASKED)] for calls in lists]
        seen = examinee.observe(
            "crowd", lists=mixed, for_s=_FOR_S, most=_MOST, patience_s=_PATIENCE_S, deadline_s=2 * _PATIENCE_S + 10
        )
        if "stuck" not in seen:
            return Crowding(before=before, ended="the child gave no answer")
        stuck = tuple(seen["stuck"])
        after = None if stuck else operations(examinee)
        return Crowding(
            calls=sum(count for name, count in seen["done"].items() if name in bench.kind.own_methods),
            before=before,
            after=after,
            raised=tuple(name for name in seen["raised"] if name.rpartition(".")[2] not in alone),
            stuck=stuck,
            ended="" if examinee.lost is lost else "the child gave no answer",
        )


def work_calls(bench: Bench, examinee: Examinee, purpose: str) -> Listed:
    """Return the calls that the kind's work makes, made only where an answer is needed to go on."""
    calls: Listed = []

    def ask(method: str, /, *, consume: int | None = None, **arguments: Any) -> Heard:  # noqa: ARG001 - see Ask
        calls.append((method, arguments))
        if method in {name for name in bench.kind.own_methods if not bench.kind.signature(name)}:
            return Heard(value=examinee.call(method).value)
        return Heard()

    bench.kind.work(ask, bench.random(purpose))
    return calls


def encoded(calls: Listed) -> list[tuple[str, Any]]:
    """Return the calls as they travel."""
    return [(method, encode(arguments)) for method, arguments in calls]


def operations(examinee: Examinee) -> int | None:
    """Return the component's own count of its calls."""
    return counter(examinee, "operations")


def counter(examinee: Examinee, name: str) -> int | None:
    """Return a whole number of ``get_performance_stats``; None when it gives none."""
    value = examinee.call("get_performance_stats").value
    count = value.get(name) if isinstance(value, Mapping) else None
    return count if type(count) is int else None


def _made(examinee: Examinee, calls: Listed) -> Sequence[Exchange]:
    return examinee.calls([(method, arguments, None) for method, arguments in calls])
