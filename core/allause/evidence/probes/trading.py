"""Let the component trade at the exam venue, which misbehaves by script."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import attrs

from allause.evidence.bench import Bench

#: What the child runs, named and not imported: the host itself needs no venue for it.
REFERENCE = "allause.evidence.floor:trade"


@attrs.frozen(kw_only=True)
class Trading:
    """Hold what the venue logged and what the component told.

    Attributes:
        asked: every order asked for, by client order id.
        told: after each call, the call, the class of what it raised, and every order as the component told it.
        fills: executions, as the component counted them.
        positions: as the component told them.
        log: the venue's records of the component's orders.
        received_while_halted: orders that reached the venue after ``halt``.
        problem: why it came to no end; empty when it did.
    """

    asked: Mapping[str, Mapping[str, Any]] = attrs.field(factory=dict)
    told: tuple[Mapping[str, Any], ...] = ()
    fills: tuple[Mapping[str, Any], ...] = ()
    positions: tuple[Mapping[str, Any], ...] = ()
    log: tuple[Mapping[str, Any], ...] = ()
    received_while_halted: int = 0
    problem: str = ""


def observe_trading(bench: Bench) -> Trading:
    """Trade in a child of its own; a kind that places no orders is not asked."""
    if not bench.kind.trades:
        return Trading()
    record = bench.record
    arguments = {
        "module": record.module,
        "attribute": record.attribute,
        "kind": record.kind,
        "prefix": f"t{bench.random('trading').randrange(10**9)}",
    }
    with bench.helper.session() as session:
        answer = session.run(REFERENCE, arguments)
    if not isinstance(answer.value, Mapping):
        failure = answer.data.get("exception", {})
        return Trading(problem=f"{answer.outcome.value}: {failure.get('message', '') or answer.reason}")
    seen = answer.value
    return Trading(
        asked={intent["client_order_id"]: intent for intent in seen["asked"]},
        told=tuple(seen["told"]),
        fills=_records(seen["fills"], trade_id=str),
        positions=_records(seen["positions"], symbol=str, quantity=Decimal),
        log=tuple(seen["log"]),
        received_while_halted=seen["received_while_halted"],
    )


def _records(values: Any, **fields: type) -> tuple[Mapping[str, Any], ...]:
    """Return the records that have these fields; others were judged as answers of a wrong shape."""
    listed = values if isinstance(values, list | tuple) else ()
    return tuple(
        value
        for value in listed
        if isinstance(value, Mapping) and all(isinstance(value.get(name), kind) for name, kind in fields.items())
    )
