"""Let the component trade at the exam venue, which misbehaves by script."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import attrs

from allause.evidence.bench import Bench
from allause.exceptions import AllauseError


@attrs.frozen(kw_only=True)
class Trading:
    """Hold what the venue logged and what the component told.

    Attributes:
        asked: every order asked for, by client order id.
        told: after each call, the call, the class of what it raised, and every order as the component told it.
        fills: executions, as the component counted them.
        positions: as the component told them.
        log: the venue's records of the component's orders.
        received_while_halted: orders that reached the venue after ``halt``, of the next instance too.
        forgotten: orders that the component answered for, and did not know after it was killed and started again.
        altered: what the venue received otherwise than it was asked for, one sentence each.
        refused: how it refused a bracket; empty when it took them.
        loose: what the venue's log shows to be wrong with its brackets, one sentence each.
        problem: why it came to no end; empty when it did.
    """

    asked: Mapping[str, Mapping[str, Any]] = attrs.field(factory=dict)
    told: tuple[Mapping[str, Any], ...] = ()
    fills: tuple[Mapping[str, Any], ...] = ()
    positions: tuple[Mapping[str, Any], ...] = ()
    log: tuple[Mapping[str, Any], ...] = ()
    received_while_halted: int = 0
    forgotten: tuple[str, ...] = ()
    altered: tuple[str, ...] = ()
    refused: str = ""
    loose: tuple[str, ...] = ()
    problem: str = ""


def observe_trading(bench: Bench) -> Trading:
    """Trade with the component in a child of its own; a kind that places no orders is not asked."""
    if not bench.kind.trades:
        return Trading()
    from allause.evidence.sequence import trade  # noqa: PLC0415 - slow; only a kind that trades needs a venue
    from allause.remote import RemoteComponent  # noqa: PLC0415 - the same

    try:
        component = RemoteComponent(bench.record, bench.helper)
    except AllauseError as error:
        return Trading(problem=str(error))
    try:
        seen = trade(component, f"t{bench.random('trading').randrange(10**9)}")
    except AllauseError as error:
        return Trading(problem=str(error))
    finally:
        component.dispose()
    return Trading(
        asked=seen["asked"],
        told=tuple(seen["told"]),
        fills=_records(seen["fills"], trade_id=str),
        positions=_records(seen["positions"], symbol=str, quantity=Decimal),
        log=tuple(seen["log"]),
        received_while_halted=seen["received_while_halted"],
        forgotten=tuple(seen["forgotten"]),
        altered=tuple(seen["altered"]),
        refused=seen["refused"],
        loose=tuple(seen["loose"]),
    )


def _records(values: Any, **fields: type) -> tuple[Mapping[str, Any], ...]:
    """Return the records that have these fields; others were judged as answers of a wrong shape."""
    listed = values if isinstance(values, list | tuple) else ()
    return tuple(
        value
        for value in listed
        if isinstance(value, Mapping) and all(isinstance(value.get(name), kind) for name, kind in fields.items())
    )
