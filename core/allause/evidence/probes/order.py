"""Call the methods in other orders, and begin and end an instance in every legal way."""

from collections.abc import Sequence
from random import Random

import attrs

from allause.evidence.bench import Bench
from allause.evidence.examinee import EndedError, Examinee
from allause.evidence.exchange import Exchange
from allause.evidence.probes.conduct import READINGS

_ALLOWED_AT_START = "ConfigurationError"


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
        fault = _first_fault(bench, examinee, Random(seed))  # noqa: S311 - has to be new, not secret
        life, changed = _lives(bench, examinee)
    return Order(seed=seed, sequence=fault, life=life, changed=changed)


def _first_fault(bench: Bench, examinee: Examinee, random: Random) -> Fault | None:
    moves = [*READINGS, "test_functionality", *bench.kind.readers, "work"]
    random.shuffle(moves)
    # there and back again: of any two moves each comes once before the other
    for sequence in (moves, moves[::-1]):
        fault = _failing(bench, examinee, sequence)
        if fault is not None:
            return _shortest(bench, examinee, fault)
    return None


def _failing(bench: Bench, examinee: Examinee, moves: Sequence[str]) -> Fault | None:
    """Make the moves on a fresh instance and return the first that raises or ends the process."""
    examinee.rebuild()
    for index, move in enumerate(moves):
        wrong = _move(bench, examinee, move)
        if wrong is not None:
            return Fault(steps=tuple(moves[: index + 1]), exchange=wrong)
    return None


def _move(bench: Bench, examinee: Examinee, move: str) -> Exchange | None:
    if move != "work":
        exchange = examinee.call(move)
        return None if exchange.returned else exchange
    exchanges: list[Exchange] = []
    try:
        bench.kind.work(examinee.asker(exchanges), bench.random("order work"))
    except EndedError as ended:
        return ended.exchange
    return next((exchange for exchange in exchanges if not exchange.returned), None)


def _shortest(bench: Bench, examinee: Examinee, fault: Fault) -> Fault:
    *before, last = fault.steps
    for steps in ((last,), *((step, last) for step in before)):
        shorter = _failing(bench, examinee, steps)
        if shorter is not None:
            return shorter
    return fault


def _lives(bench: Bench, examinee: Examinee) -> tuple[tuple[Fault, ...], tuple[str, ...]]:
    """Close without start, close twice, work between start and close; then ask what it is."""
    faults: list[Fault] = []
    changed: tuple[str, ...] = ()
    for life in (("close", "close"), ("start", "close", "close"), ("start", "work", "close", "close")):
        examinee.rebuild()
        info = examinee.call("get_component_info").value
        done: list[str] = []
        for step in life:
            done.append(step)
            wrong = _live(bench, examinee, step, folder="-".join(life))
            if wrong is not None:
                if step == "start" and wrong.error == _ALLOWED_AT_START:
                    break
                faults.append(Fault(steps=tuple(done), exchange=wrong))
                break
        else:
            after = examinee.call("get_component_info")
            if not after.returned:
                faults.append(Fault(steps=(*done, "get_component_info"), exchange=after))
            elif after.value != info:
                changed = changed or tuple(done)
    return tuple(faults), changed


def _live(bench: Bench, examinee: Examinee, step: str, folder: str) -> Exchange | None:
    if step == "start":
        exchange = examinee.start(seed=1, folder=folder)
        return None if exchange.returned else exchange
    return _move(bench, examinee, step)
