"""Put the same questions to the same component in other processes, and look for a difference."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

import attrs

from allause.evidence.asker import EndedError
from allause.evidence.bench import Bench
from allause.evidence.examinee import Examinee
from allause.evidence.exchange import Exchange
from allause.evidence.probes.conduct import interview
from allause.isolation import Helper

_SEED = 7
_TIME_ZONE = "NPT-05:45"
_REPEATS = 3
_AMBIENT = ("ambience", {"time_zone": _TIME_ZONE, "folder": "elsewhere"})
_HIDE: tuple[str, Mapping[str, Any]] = ("hide", {})
_HIDDEN = {"manner": "thread"}  # below its frames there is nothing of ours
#: What a child is asked for before the component comes, so that everything differs that must not matter.
DIFFERENT: tuple[tuple[str, Mapping[str, Any]], ...] = (_AMBIENT, _HIDE)
_EVERYTHING = f"another hash seed, TZ={_TIME_ZONE}, another folder and the examiner out of sight"


@attrs.frozen(kw_only=True)
class Difference:
    """Hold the first difference between two runs.

    Attributes:
        call: the literal call.
        path: where in its answer.
        first: what stood there.
        second: what stood there in the other run.
        surroundings: what was different around the other run.
    """

    call: str
    path: str
    first: str
    second: str
    surroundings: str


@attrs.frozen(kw_only=True)
class Replay:
    """Hold the difference found, under its cause; all None when every run answered the same.

    Attributes:
        unseeded: with everything equal.
        hash_order: with another hash seed only.
        ambient: with another time zone, folder and locale.
        hidden: with the examiner out of sight: its modules, and its frames below the call.
    """

    unseeded: Difference | None = None
    hash_order: Difference | None = None
    ambient: Difference | None = None
    hidden: Difference | None = None


@attrs.frozen
class Reference:
    """Hold every exchange of a run with a started component where nothing is unusual."""

    exchanges: Sequence[Exchange]


@attrs.frozen
class Different:
    """Hold every exchange of such a run where everything differs that must not matter."""

    exchanges: Sequence[Exchange]


def observe_replay(bench: Bench, reference: Reference, different: Different) -> Replay:
    """Compare two runs between which everything differs that must not matter; seek the cause only if they differ.

    ``reference`` was made after other probes, and words were planted around ``different``; a component for which that
    matters is given a child of its own for each before it is accused.
    """
    if difference(bench, reference.exchanges, different.exchanges, _EVERYTHING) is None:
        return Replay()
    alone = _run(bench, bench.helper)
    if difference(bench, alone, different.exchanges, _EVERYTHING) is None:
        return Replay()
    elsewhere = _run(bench, bench.helper.other(), ambient=True, hidden=True)
    differs = difference(bench, alone, elsewhere, _EVERYTHING)
    return Replay() if differs is None else _cause(bench, alone, differs)


def observe_reference(bench: Bench) -> Reference:
    """Put the questions where nothing is unusual."""
    with bench.shared() as examinee:
        return Reference(_asked_and_closed(bench, examinee))


def observe_different(bench: Bench) -> Different:
    """Put them in a child of the other helper that is prepared with ``DIFFERENT``."""
    with bench.shared() as examinee:
        return Different(_asked_and_closed(bench, examinee, **_HIDDEN))


def _asked_and_closed(bench: Bench, examinee: Examinee, **options: Any) -> Sequence[Exchange]:
    """Put the questions and leave nothing running for the next probe."""
    exchanges = _asked(bench, examinee, **options)
    examinee.call("close")
    return exchanges


def _cause(bench: Bench, reference: Sequence[Exchange], differs: Difference) -> Replay:
    """Try one difference after the other; what none of them brings by itself counts as ambient."""

    def told(other: Sequence[Exchange], surroundings: str) -> Difference | None:
        return difference(bench, reference, other, surroundings)

    for _ in range(_REPEATS):
        if found := told(_run(bench, bench.helper), "another process, all else equal"):
            return Replay(unseeded=found)
    if found := told(_run(bench, bench.helper.other()), "another hash seed"):
        return Replay(hash_order=found)
    if found := told(_run(bench, bench.helper, ambient=True), f"TZ={_TIME_ZONE}, another folder"):
        return Replay(ambient=found)
    if found := told(_run(bench, bench.helper, hidden=True), "the examiner out of sight"):
        return Replay(hidden=found)
    return Replay(ambient=differs)


def _run(bench: Bench, helper: Helper, *, ambient: bool = False, hidden: bool = False) -> Sequence[Exchange]:
    before = (_AMBIENT,) * ambient + (_HIDE,) * hidden
    with attrs.evolve(bench, helper=helper, before=before).prepared() as examinee:
        return _asked(bench, examinee, **(_HIDDEN if hidden else {}))


def _asked(bench: Bench, examinee: Examinee, **options: Any) -> Sequence[Exchange]:
    exchanges: list[Exchange] = []
    started = examinee.start(seed=_SEED, folder="replay")
    if not started.returned:
        examinee.rebuild()
    with suppress(EndedError):
        interview(bench, examinee, exchanges, "replay", **options)
        exchanges += [examinee.call(name, options=options) for name in bench.kind.readers]
    return exchanges


def difference(
    bench: Bench, first: Sequence[Exchange], second: Sequence[Exchange], surroundings: str
) -> Difference | None:
    """Return the first difference between the answers of two runs, measured figures left out; None without one."""
    for one, two in zip(first, second, strict=False):
        if one.method in bench.kind.volatile:
            continue
        for path, left, right in _differences(one, two, bench.kind.volatile):
            return Difference(call=one.call, path=path, first=left, second=right, surroundings=surroundings)
    if len(first) != len(second):
        longer = max(first, second, key=len)
        return Difference(call=longer[min(len(first), len(second))].call, path="$",
                          first=f"run of {len(first)} calls", second=f"run of {len(second)} calls",
                          surroundings=surroundings)  # fmt: skip # one thought
    return None


def _differences(one: Exchange, two: Exchange, volatile: frozenset[str]) -> Iterator[tuple[str, str, str]]:
    if (one.outcome, one.error) != (two.outcome, two.error):
        yield "$", one.story, two.story
    yield from _compared(one.value, two.value, "$", volatile)


def _compared(left: Any, right: Any, path: str, volatile: frozenset[str]) -> Iterator[tuple[str, str, str]]:
    if isinstance(left, Mapping) and isinstance(right, Mapping) and left.keys() == right.keys():
        for key in left:
            if key not in volatile:
                yield from _compared(left[key], right[key], f"{path}.{key}", volatile)
    elif isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        for index, (a, b) in enumerate(zip(left, right, strict=True)):
            yield from _compared(a, b, f"{path}[{index}]", volatile)
    # repr compares NaN with NaN, which == does not
    elif repr(left) != repr(right):
        yield path, f"{left!r:.80}", f"{right!r:.80}"
