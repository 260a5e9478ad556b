"""Call the methods in other orders, and begin and end an instance in every legal way."""

from collections.abc import Sequence
from random import Random

import attrs

from allause.evidence.bench import Bench
from allause.evidence.examinee import Examinee
from allause.evidence.exchange import Call, Exchange
from allause.evidence.probes.conduct import READINGS
from allause.evidence.probes.crowd import work_calls

#: Where it may end, and by what.
_ALLOWED = ("start", "ConfigurationError")
_ASKED = "get_component_info"


@attrs.frozen(kw_only=True)
class Fault:
    """Hold calls, on a fresh instance, the last of which went wrong.

    Attributes:
        steps: the calls in order.
        exchange: what came of the last one.
    """

    steps: tuple[str, ...]
    exchange: Exchange


@attrs.frozen(kw_only=True)
class Order:
    """Hold what went wrong.

    Attributes:
        seed: of the sequences.
        sequence: the shortest sequence of legal calls found that fails; None when all went well.
        life: beginnings and ends that went wrong.
        changed: the sequence after which ``get_component_info`` answered otherwise; empty when it never did.
    """

    seed: str
    sequence: Fault | None = None
    life: tuple[Fault, ...] = ()
    changed: tuple[str, ...] = ()


def observe_order(bench: Bench) -> Order:
    """Try a few sequences, then the life cycles that the contract allows."""
    seed = f"{bench.nonce} order"
    with bench.shared() as examinee:
        calls = work_calls(bench, examinee, "order work")
        work: list[Call] = [(method, arguments, None) for method, arguments in calls]
        fault = _first_fault(bench, examinee, work, Random(seed))  # noqa: S311 - has to be new, not secret
        life, changed = _lives(examinee, work)
    return Order(seed=seed, sequence=fault, life=life, changed=changed)


def _first_fault(bench: Bench, examinee: Examinee, work: Sequence[Call], random: Random) -> Fault | None:
    moves = [*READINGS, "test_functionality", *bench.kind.readers, "work"]
    random.shuffle(moves)
    # there and back again: of any two moves each comes once before the other
    for sequence in (moves, moves[::-1]):
        fault = _failing(examinee, work, sequence)
        if fault is not None:
            return _shortest(examinee, work, fault)
    return None


def _failing(examinee: Examinee, work: Sequence[Call], moves: Sequence[str]) -> Fault | None:
    """Make the moves on a fresh instance and return the first that raises or ends the process."""
    for index, exchange in _made(examinee, work, moves):
        if not exchange.returned:
            return Fault(steps=tuple(moves[: index + 1]), exchange=exchange)
    return None


def _made(examinee: Examinee, work: Sequence[Call], moves: Sequence[str]) -> list[tuple[int, Exchange]]:
    """Make the moves on a fresh instance and return what came of each call, behind the place of its move."""
    examinee.rebuild()
    own: dict[str, Sequence[Call]] = {
        "work": work,
        "start": [("start", {"seed": 1, "folder": "-".join(moves)}, None)],
    }
    calls = [(index, call) for index, move in enumerate(moves) for call in own.get(move, [(move, {}, None)])]
    exchanges = examinee.calls([call for _, call in calls])
    return [(index, exchange) for (index, _), exchange in zip(calls, exchanges, strict=False)]


def _shortest(examinee: Examinee, work: Sequence[Call], fault: Fault) -> Fault:
    *before, last = fault.steps
    for steps in ((last,), *((step, last) for step in before)):
        shorter = _failing(examinee, work, steps)
        if shorter is not None:
            return shorter
    return fault


def _lives(examinee: Examinee, work: Sequence[Call]) -> tuple[tuple[Fault, ...], tuple[str, ...]]:
    """Close without start, close twice, work between start and close; before and after, ask what it is."""
    faults: list[Fault] = []
    changed: tuple[str, ...] = ()
    for life in (("close", "close"), ("start", "close", "close"), ("start", "work", "close", "close")):
        steps = (_ASKED, *life, _ASKED)
        made = _made(examinee, work, steps)
        first, last = made[0][1], made[-1][1]
        wrong, exchange = next(((i, each) for i, each in made[1:] if not each.returned), (0, last))
        if exchange.ended_badly or (wrong and (steps[wrong], exchange.error) != _ALLOWED):
            faults.append(Fault(steps=steps[1 : wrong + 1] or steps[:1], exchange=exchange))
        elif not wrong and last.value != first.value:
            changed = changed or life
    return tuple(faults), changed
