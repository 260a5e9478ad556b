"""Feed the component recordings with dirt in them, and see what it serves and what it counts."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from random import Random
from typing import Any

import attrs

from allause.evidence.bench import Bench
from allause.evidence.examinee import Examinee
from allause.evidence.exchange import Exchange
from allause.kinds.recordings import Case, Recording

_REFUSALS = frozenset({"ConfigurationError", "DataError"})


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
        flagged: rows counted as good that something speaks against, by the name of that.
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
    """Hold what became of what was fed.

    Attributes:
        told: by symbol; nothing of a recording that was refused.
        refused: how each recording was refused that was: there is no ``path``, or what it names is not read.
        failed: the call that gave no proper answer; None when there was none.
        found: what that call did instead.
    """

    told: tuple[Told, ...] = ()
    refused: tuple[str, ...] = ()
    failed: Exchange | None = None
    found: str = ""


class _RefusedError(Exception):
    """Leave a recording that the component does not take; the argument says how it refused."""


class _FailedError(Exception):
    """Leave a feeding; the arguments are the exchange that ended it and what it did."""


def observe_feeding(bench: Bench) -> Feeding:
    """Build the component on each recording of its kind, in one child; a kind that is fed none is not asked."""
    if not bench.kind.fed:
        return Feeding()
    told: list[Told] = []
    refused: list[str] = []
    with bench.examinee() as examinee:
        for schema in bench.kind.fed if examinee.alive else ():
            try:
                told += _fed(examinee, schema, bench.random(f"feeding {schema}"))
            except _RefusedError as error:
                refused.append(str(error))
            except _FailedError as error:
                failed, found = error.args
                return Feeding(told=tuple(told), refused=tuple(refused), failed=failed, found=found)
    return Feeding(told=tuple(told), refused=tuple(refused))


def _fed(examinee: Examinee, schema: str, random: Random) -> Iterator[Told]:
    from allause.kinds.dirt import recording, truncated  # noqa: PLC0415 - only a kind that is fed needs any

    yield from _told(examinee, schema, recording(schema, random, certain=True))
    with suppress(_RefusedError):  # to refuse what breaks off is as right as to count its last row
        yield from _told(examinee, f"truncated_{schema}", truncated(schema, random))


def _told(examinee: Examinee, name: str, given: Recording) -> Iterator[Told]:
    _taken(examinee.feed(f"{name}.csv", given.csv()))
    served = _served(_taken(examinee.call("get_market_data", symbols=list(given.symbols))), given)
    for case in given.cases:
        exchange = _answered(examinee.call("get_data_quality", symbols=[case.symbol]))
        quality = exchange.value
        if not _counts(quality):
            raise _FailedError(exchange, f"answered {quality!r:.200}; expected whole numbers of rows, good and defects")
        yield Told(
            case=case,
            call=exchange.call,
            served=tuple(served[case.symbol]),
            rows=quality["rows"],
            good=quality["good"],
            defects=quality["defects"],
            flagged=quality.get("flagged") or {},
        )


def _taken(exchange: Exchange) -> Exchange:
    if exchange.error in _REFUSALS:
        raise _RefusedError(f"{exchange.call} {exchange.story}")
    return _answered(exchange)


def _answered(exchange: Exchange) -> Exchange:
    if not exchange.returned:
        raise _FailedError(exchange, exchange.story)
    return exchange


def _served(exchange: Exchange, given: Recording) -> dict[str, list[dict[str, Any]]]:
    """Return the rows that are served, by symbol."""
    table = exchange.value
    columns: list[Any] = [table.get(name) for name in given.columns] if isinstance(table, Mapping) else [None]
    if not all(isinstance(column, list) for column in columns) or len({*map(len, columns)}) != 1:
        raise _FailedError(exchange, f"answered {table!r:.100}; expected the columns {', '.join(given.columns)}")
    served: dict[str, list[dict[str, Any]]] = {symbol: [] for symbol in given.symbols}
    for values in zip(*columns, strict=True):
        row = dict(zip(given.columns, values, strict=True))
        if not isinstance(row["symbol"], str) or row["symbol"] not in served:
            raise _FailedError(exchange, f"served a row of {row['symbol']!r:.60}, which was not asked for")
        served[row["symbol"]].append(row)
    return served


def _counts(quality: Any) -> bool:
    if not isinstance(quality, Mapping) or not isinstance(quality.get("defects"), Mapping):
        return False
    flagged = quality.get("flagged") or {}
    if not isinstance(flagged, Mapping):
        return False
    counts = (quality.get("rows"), quality.get("good"), *quality["defects"].values(), *flagged.values())
    return all(type(count) is int for count in counts)
