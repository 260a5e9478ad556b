"""Arrays for the row by row functions: lists where they are interpreted, numpy arrays where they are compiled."""

from collections.abc import Callable, Sequence
from itertools import accumulate
from math import nan
from typing import Any, NamedTuple, TypeVar

import polars as pl

from allause_enhancer.exchange import Market
from allause_enhancer.ordering import CODE, number
from allause_enhancer.row_by_row import Added, Array, Bars, Rows, Settings, State

_Record = TypeVar("_Record", bound=NamedTuple)
Make = Callable[[int, str, Any], Array]

#: Types of what is no float64.
_STATE = dict.fromkeys(
    (
        "place", "bar_place", "count", "last_key", "seen", "late", "repeated", "dropped", "held", "head", "held_key",
        "held_row", "time", "slot", "elapsed", "session", "direction", "bar_end", "bar_known", "bar_rows",
    ),
    "int64",
)  # fmt: skip
_ADDED = {
    "row": "uint32", "is_gap": "bool", "is_outlier": "bool", "is_bounce": "bool", "session": "int64",
    "trade_sign": "int8",
}  # fmt: skip
_BARS = {"code": "uint32", "ts_event": "int64", "ts_init": "int64", "rows": "int64"}
_TYPES = {"uint32": pl.UInt32, "int64": pl.Int64, "int8": pl.Int8, "bool": pl.Boolean, "float64": pl.Float64}
_UNKNOWN = ("window_mean", "deviation")  # until there are so many returns


def listed(length: int, kind: str, fill: Any) -> Array:
    """Make an array of the interpreted functions."""
    del kind
    return [fill] * length


def packed(length: int, kind: str, fill: Any) -> Array:
    """Make an array of the compiled functions; one to be written first takes no memory until it is."""
    import numpy as np  # noqa: PLC0415 - comes with the extra

    return np.empty(length, kind) if fill is None else np.full(length, fill, kind)


def state(symbols: int, settings: Settings, make: Make) -> State:
    """Return the memory of ``symbols`` that have had no row."""
    long = {"ring": settings.window, "left_mean": settings.window, "left_m2": settings.window}
    long |= dict.fromkeys(("held_key", "held_row"), settings.hold)

    def array(name: str) -> Array:
        kind = _STATE.get(name, "float64")
        fill = 0 if kind == "int64" else nan if name in _UNKNOWN else 0.0
        return make(symbols * long.get(name, 1), kind, fill)

    return State(*(array(name) for name in State._fields))


def grown(old: State, more: State) -> State:
    """Return the memory of the symbols of both, ``more`` numbered behind ``old``."""
    return State(*(_joined(a, b) for a, b in zip(old, more, strict=True)))


def _joined(first: Array, second: Array) -> Array:
    if isinstance(first, list):
        return first + second
    import numpy as np  # noqa: PLC0415 - comes with the extra

    return np.concatenate((first, second))


def added(length: int, names: Sequence[str], make: Make) -> Added:
    """Return room for the columns ``names`` and for which row of the input each is of."""
    wanted = {"row", *names}
    fill = None if make is packed else 0
    return Added(*(make(length if n in wanted else 0, _ADDED.get(n, "float64"), fill) for n in Added._fields))


def bars(length: int, make: Make) -> Bars:
    """Return room for larger bars."""
    fill = None if make is packed else 0
    return Bars(*(make(length, _BARS.get(name, "float64"), fill) for name in Bars._fields))


def rows(market: Market, codes: pl.Series, make: Make, *, times: bool = True) -> Rows:
    """Return the columns that are read; polars' own memory where they are compiled."""
    frame = market.frame

    def column(name: str) -> Array:
        if not name:
            return make(0, "float64", None if make is packed else 0.0)
        series = frame[name]
        if series.null_count():
            series = series.fill_null(nan)
        return _array(series, make)

    known = column("ts_init") if times else make(0, "int64", 0)
    return Rows(
        _array(codes, make), column(market.key), column("ts_event"), known, *(column(name) for name in market.figures)
    )


def _array(series: pl.Series, make: Make) -> Array:
    return series.to_numpy() if make is packed else series.to_list()


def series(record: Added | Bars, name: str, spans: Sequence[tuple[int, int]]) -> pl.Series:
    """Return the written parts of a column as one series; NaN stands for null."""
    column = getattr(record, name)
    kind = (_ADDED if isinstance(record, Added) else _BARS).get(name, "float64")
    if isinstance(column, list):
        values = [value for begin, end in spans for value in column[begin:end]]
        answer = pl.Series(name, values, dtype=_TYPES[kind])
    else:
        answer = pl.Series(name, _close_up(column, spans))
    return answer.fill_nan(None) if kind == "float64" and name != "adj_close" else answer


def _close_up(column: Array, spans: Sequence[tuple[int, int]]) -> Array:
    """Move the written parts together, within the column's own memory."""
    to = 0
    for begin, end in spans:
        if begin != to:
            column[to : to + end - begin] = column[begin:end]
        to += end - begin
    return column[:to]


def numbered(market: Market) -> tuple[pl.Series, list[str], list[int]]:
    """Return codes, symbols, and where the rows of each symbol begin, if all were good, with the end."""
    codes, names = number(market.frame["symbol"])
    counts = dict(codes.value_counts().select(pl.col(CODE).cast(pl.Int64), "count").iter_rows())
    return codes, names, [0, *accumulate(counts.get(code, 0) for code in range(len(names)))]
