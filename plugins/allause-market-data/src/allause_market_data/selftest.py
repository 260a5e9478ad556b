"""Known small input with every defect, and what must come out."""

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

import polars as pl

from allause.exceptions import DataError
from allause.models import (
    BAR_COLUMNS,
    ArrowTable,
    DataQuality,
    DefectCause,
    FunctionalityCase,
    FunctionalityReport,
    MarketEvent,
)
from allause_market_data.config import MarketDataConfig
from allause_market_data.dataset import Dataset, parse_dataset

_ROWS = b"""symbol,ts_event,ts_init,open,high,low,close,volume,adj_close
B,1000,1000,10,12,9,11,5,11
A,1000,1000,20,22,19,21,5,21
A,1000,1000,20,22,19,21,5,21
A,4000,4000,20,22,19,20,5,20
A,3000,3000,20,22,19,22,5,22
A,5000,5000,20,nan,19,21,5,21
A,6000,6000,-1,22,-2,21,5,21
A,7000,7000,20,19,18,21,5,21
A,8000,7999,20,22,19,21,5,21
"""
_SYMBOLS = ("A", "B")
_SERVED = (("A", 1000, 21.0), ("B", 1000, 11.0), ("A", 3000, 22.0), ("A", 4000, 20.0))
_DEFECTS = {
    DefectCause.DUPLICATE: 1,
    DefectCause.DISORDER: 1,
    DefectCause.NON_FINITE: 1,
    DefectCause.NEGATIVE_PRICE: 1,
    DefectCause.IMPOSSIBLE_BAR: 1,
    DefectCause.TIME_REVERSED: 1,
}


class _Source(Protocol):
    def get_symbols(self) -> tuple[str, ...]: ...

    def get_market_data(
        self, symbols: Sequence[str], start: int | None = None, end: int | None = None
    ) -> ArrowTable: ...

    def stream_market_data(
        self, symbols: Sequence[str], start: int | None = None, end: int | None = None
    ) -> Iterable[MarketEvent]: ...

    def get_data_quality(self, symbols: Sequence[str]) -> DataQuality: ...


def known_dataset() -> Dataset:
    """Return the known input, having taken the same way as a file."""
    return parse_dataset(_ROWS, "selftest.csv", MarketDataConfig())


def examine(source: _Source, sample: _Source) -> FunctionalityReport:
    """Try the methods of a system.

    Args:
        source: it, holding ``known_dataset``.
        sample: it, holding the packaged sample.
    """
    return FunctionalityReport(
        cases=(
            _case("names the known symbols, sorted", lambda: _compare(tuple(source.get_symbols()), _SYMBOLS)),
            _case("serves the known good rows in order", lambda: _served(source)),
            _case("keeps to start and end", lambda: _bounded(source)),
            _case("streams the same rows as events", lambda: _streamed(source)),
            _case("counts each known defect under its cause", lambda: _counted(source)),
            _case("refuses an unknown symbol by name", lambda: _refused(source)),
            _case("reads the packaged sample", lambda: _sampled(sample)),
        )
    )


def _case(name: str, try_it: Callable[[], str]) -> FunctionalityCase:
    try:
        problem = try_it()
    except Exception as error:  # noqa: BLE001 - whatever a broken method raises is this case's finding
        problem = f"raised {type(error).__name__}: {error}"
    return FunctionalityCase(name=name, passed=not problem, detail=problem)


def _compare(found: object, expected: object) -> str:
    return "" if found == expected else f"expected {expected!r}, found {found!r}"


def _rows(table: ArrowTable) -> tuple[tuple[object, ...], ...]:
    return tuple(pl.DataFrame(table).select("symbol", "ts_event", "close").iter_rows())


def _served(source: _Source) -> str:
    table = source.get_market_data(symbols=_SYMBOLS)
    return _compare(tuple(pl.DataFrame(table).columns), BAR_COLUMNS) or _compare(_rows(table), _SERVED)


def _bounded(source: _Source) -> str:
    return _compare(_rows(source.get_market_data(symbols=_SYMBOLS, start=1001, end=4000)), _SERVED[2:3])


def _streamed(source: _Source) -> str:
    events = source.stream_market_data(symbols=_SYMBOLS)
    return _compare(tuple((event.symbol, event.ts_event, getattr(event, "close", None)) for event in events), _SERVED)


def _counted(source: _Source) -> str:
    quality = source.get_data_quality(symbols=_SYMBOLS)
    expected = {cause.value: _DEFECTS.get(cause, 0) for cause in DefectCause}
    return _compare((quality.rows, quality.good, dict(quality.defects)), (9, 3, expected))


def _refused(source: _Source) -> str:
    try:
        source.get_market_data(symbols=("NO-SUCH",))
    except DataError as error:
        return "" if "NO-SUCH" in str(error) else f"the message does not name it: {error}"
    return "no error was raised"


def _sampled(sample: _Source) -> str:
    rows = _rows(sample.get_market_data(symbols=("AAPL",), end=951_955_200_000_000_001))
    return _compare(rows, (("AAPL", 951_955_200_000_000_000, 130.31),))
