"""Put the same questions to the methods of a kind and to their twins, the other way round as to awaiting."""

from typing import Any

import attrs

from allause.evidence.asker import EndedError
from allause.evidence.bench import Bench
from allause.evidence.examinee import Examinee
from allause.evidence.exchange import Exchange
from allause.evidence.probes.replay import Difference, difference
from allause.kinds import Ask, Heard

_NAMES = ("a{}", "async_{}", "{}_async", "sync_{}", "{}_sync")
_INTERVIEWED = (AttributeError, ArithmeticError, LookupError, TypeError, ValueError)


@attrs.frozen(kw_only=True)
class Twins:
    """Hold what was seen of methods that are there twice.

    Attributes:
        pairs: method of the kind and its twin.
        difference: the first between the two; None when they answered the same.
    """

    pairs: tuple[tuple[str, str], ...] = ()
    difference: Difference | None = None


def observe_twins(bench: Bench) -> Twins:
    """Interview one instance by the methods of the contract and another by their twins, where there are any."""
    pairs = {
        method: pattern.format(method)
        for method in bench.kind.own_methods
        for pattern in _NAMES
        if pattern.format(method) in bench.source.members
    }
    if not pairs:
        return Twins()
    with bench.examinee() as examinee:
        first = _answers(bench, examinee, {})
        examinee.rebuild()
        second = _answers(bench, examinee, pairs)
    found = difference(bench, first, second, f"{', '.join(pairs.values())}")
    return Twins(pairs=tuple(pairs.items()), difference=found)


def _answers(bench: Bench, examinee: Examinee, pairs: dict[str, str]) -> list[Exchange]:
    exchanges: list[Exchange] = []
    asker = examinee.asker(exchanges)

    def ask(method: str, /, *, consume: int | None = None, **arguments: Any) -> Heard:
        return asker(pairs.get(method, method), consume=consume, **arguments)

    _interview(bench, ask)
    return exchanges


def _interview(bench: Bench, ask: Ask) -> None:
    try:
        for _ in bench.kind.interview(ask, bench.random("twins")):
            pass  # whether an answer is right is judged elsewhere; here only whether the two agree
    except (EndedError, *_INTERVIEWED):  # the exchanges up to it are compared
        return
