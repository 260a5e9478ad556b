"""Known small input, and what must come out by the written formulas."""

from collections.abc import Callable
from functools import partial
from math import isclose, log
from statistics import stdev
from typing import Protocol

import polars as pl

from allause.exceptions import DataError
from allause.models import BAR_COLUMNS, ArrowTable, FunctionalityCase, FunctionalityReport, ThroughputReport

#: The window the known answers are for.
WINDOW = 2

_NAN = float("nan")
_ROWS = (
    ("B", 1, 1, 10.0, 12.0, 9.0, 10.0, 100.0, _NAN),
    ("A", 3, 3, 10.0, 12.0, 8.0, 11.0, 300.0, _NAN),
    ("A", 1, 1, 10.0, 12.0, 8.0, 10.0, 100.0, _NAN),
    ("A", 1, 1, 50.0, 51.0, 49.0, 50.0, 900.0, _NAN),
    ("A", 2, 2, 10.0, _NAN, 8.0, 10.0, 100.0, _NAN),
    ("A", 4, 4, 10.0, 13.0, 8.0, 12.0, 0.0, _NAN),
    ("A", 5, 5, 10.0, 100.0, 8.0, 99.0, 100.0, _NAN),
    ("A", 6, 6, -1.0, 13.0, -2.0, 12.0, 100.0, _NAN),
)
_ORDER = [("A", 1), ("A", 3), ("A", 4), ("A", 5), ("B", 1)]
_RETURNS: list[float | None] = [None, log(11 / 10), log(12 / 11), log(99 / 12), None]
_VOLATILITY: list[float | None] = [None, None, stdev(_RETURNS[1:3]), stdev(_RETURNS[2:4]), None]  # type: ignore[type-var]  # no None there
_VALUES = (100 * 10.0, 100 * 10.0 + 300 * 31 / 3, 100 * 10.0 + 300 * 31 / 3 + 100 * 69.0)
_VWAP: list[float | None] = [_VALUES[0] / 100, _VALUES[1] / 400, _VALUES[1] / 400, _VALUES[2] / 500, 31 / 3]
_ADDED: dict[str, list[float | None]] = {"log_return": _RETURNS, "rolling_volatility": _VOLATILITY, "vwap": _VWAP}
_OUTLIERS = [False, False, False, True, False]


class _Enhancer(Protocol):
    def enhance_market_data(self, market_data: ArrowTable) -> ArrowTable: ...

    def enhance_market_data_throughput(self, market_data: ArrowTable) -> ThroughputReport: ...


def examine(enhancer: _Enhancer) -> FunctionalityReport:
    """Try the methods of an enhancer whose window is ``WINDOW``."""
    known = pl.DataFrame(_ROWS, schema=list(BAR_COLUMNS), orient="row")
    return FunctionalityReport(
        cases=(
            _case("cleans, orders and de-duplicates", lambda: _keys(enhancer, known)),
            *(_case(f"adds {column}", partial(_added, enhancer, known, column)) for column in _ADDED),
            _case("flags the outlier and nothing else", lambda: _flagged(enhancer, known)),
            _case("refuses a missing column by name", lambda: _refused(enhancer, known)),
            _case("reports the throughput it measured", lambda: _measured(enhancer, known)),
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


def _enhanced(enhancer: _Enhancer, known: pl.DataFrame) -> pl.DataFrame:
    return pl.DataFrame(enhancer.enhance_market_data(market_data=known))


def _keys(enhancer: _Enhancer, known: pl.DataFrame) -> str:
    enhanced = _enhanced(enhancer, known)
    if missing := [column for column in BAR_COLUMNS if column not in enhanced.columns]:
        return f"columns of the input are missing: {', '.join(missing)}"
    return _compare(enhanced.select("symbol", "ts_event").rows(), _ORDER)


def _added(enhancer: _Enhancer, known: pl.DataFrame, column: str) -> str:
    expected = _ADDED[column]
    found = _enhanced(enhancer, known)[column].to_list()
    same = len(found) == len(expected) and all(
        a is b if a is None or b is None else isclose(a, b, rel_tol=1e-12) for a, b in zip(found, expected, strict=True)
    )
    return "" if same else f"expected {expected!r}, found {found!r}"


def _flagged(enhancer: _Enhancer, known: pl.DataFrame) -> str:
    return _compare(_enhanced(enhancer, known)["is_outlier"].to_list(), _OUTLIERS)


def _refused(enhancer: _Enhancer, known: pl.DataFrame) -> str:
    try:
        enhancer.enhance_market_data(market_data=known.drop("volume"))
    except DataError as error:
        return "" if "volume" in str(error) else f"the message does not name it: {error}"
    return "no error was raised"


def _measured(enhancer: _Enhancer, known: pl.DataFrame) -> str:
    report = enhancer.enhance_market_data_throughput(market_data=known)
    if report.rows != known.height or not report.repetitions or min(report.repetitions) <= 0:
        return f"not a measurement of {known.height} rows: {report!r}"
    shortest, longest = known.height / max(report.repetitions), known.height / min(report.repetitions)
    return (
        "" if shortest <= report.rows_per_second <= longest else f"rows_per_second contradicts repetitions: {report!r}"
    )
