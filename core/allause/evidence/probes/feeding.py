"""Feed the component recordings with dirt in them, and see what it serves and what it counts."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any

import attrs

from allause.evidence.bench import Bench
from allause.evidence.examinee import Examinee
from allause.evidence.exchange import Exchange
from allause.kinds.recordings import Case, Recording


@attrs.frozen(kw_only=True)
class Told:
    """Hold what became of one symbol.

    Attributes:
        case: what was fed.
        call: for its counts.
        served: its rows that are served.
        rows: counted.
        good: counted.
        defects: counted by cause.
        flagged: counted by name.
    """

    case: Case
    call: str
    served: tuple[dict[str, Any], ...]
    rows: int
    good: int
    defects: Mapping[str, int]
    flagged: Mapping[str, int]


@attrs.frozen(kw_only=True)
class Feeding:
    """Hold what became of what was fed; nothing when the component takes no ``path``, or refuses the recording.

    Attributes:
        told: by symbol.
        failed: the call that gave no proper answer; None when there was none.
    """

    told: tuple[Told, ...] = ()
    failed: Exchange | None = None


class _FailedError(Exception):
    """Leave a feeding; the one argument is the exchange that ended it, None for a refusal."""


def observe_feeding(bench: Bench) -> Feeding:
    """Build the component on each recording of its kind, in one child; a kind that is fed none is not asked."""
    if not bench.kind.fed:
        return Feeding()
    from allause.kinds.dirt import recording  # noqa: PLC0415 - only a kind that is fed needs any

    told: list[Told] = []
    with bench.examinee() as examinee:
        for schema in bench.kind.fed:
            given = recording(schema, _source(bench, schema), certain=True)
            try:
                told += _fed(examinee, schema, given)
            except _FailedError as error:
                if error.args[0] is not None:
                    return Feeding(told=tuple(told), failed=error.args[0])
    return Feeding(told=tuple(told))


def _source(bench: Bench, schema: str) -> Random:
    return bench.random(f"feeding {schema}")


def _fed(examinee: Examinee, schema: str, given: Recording) -> Iterator[Told]:
    path = Path(examinee.directory) / f"{schema}.csv"
    path.write_text(given.csv(), "utf-8")
    if not examinee.observe("construct", configuration={"path": str(path)}):
        return
    table = _answer(examinee, "get_market_data", symbols=list(given.symbols))
    if tuple(table) != given.columns:
        return  # other columns are judged as an answer of a wrong shape
    served: dict[str, list[dict[str, Any]]] = {symbol: [] for symbol in given.symbols}
    for values in zip(*table.values(), strict=True):
        served.get(values[0], []).append(dict(zip(table, values, strict=True)))
    for case in given.cases:
        quality = _answer(examinee, "get_data_quality", symbols=[case.symbol])
        yield Told(
            case=case,
            call=f"get_data_quality(symbols={[case.symbol]!r})",
            served=tuple(served[case.symbol]),
            rows=quality.get("rows", 0),
            good=quality.get("good", 0),
            defects=quality.get("defects", {}),
            flagged=quality.get("flagged", {}),
        )


def _answer(examinee: Examinee, method: str, **arguments: Any) -> Mapping[str, Any]:
    exchange = examinee.call(method, **arguments)
    if exchange.error == "DataError":
        raise _FailedError(None)
    if exchange.ended_badly or exchange.error or not isinstance(exchange.value, Mapping):
        raise _FailedError(exchange)
    return exchange.value
