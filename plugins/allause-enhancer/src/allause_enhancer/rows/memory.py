"""Arrays for the row by row functions: lists where they are interpreted, numpy arrays where they are compiled."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import accumulate
from math import isnan
from mmap import mmap
from struct import pack, unpack
from typing import Any

import attrs
import polars as pl

from allause_enhancer.records import Added, Array, LargerBar, Rows, Settings, State, Symbol
from allause_enhancer.rows import compiling, kernel
from allause_enhancer.tables.exchange import Market
from allause_enhancer.tables.ordering import number

Make = Callable[[int, str, Any], Array]

_ADDED = {
    "row": "uint32", "is_gap": "bool", "is_outlier": "bool", "is_bounce": "bool", "session": "int64",
    "trade_sign": "int8", "ts": "int64", "known": "int64", "key": "int64",
}  # fmt: skip
_TYPES = {"uint32": pl.UInt32, "int64": pl.Int64, "int8": pl.Int8, "bool": pl.Boolean, "float64": pl.Float64}


_LARGE_PAGE = 2**21
#: Rows that are due at once: what is noted of them stays in the nearest cache.
_DUE = 120
_NULL_BITS = 0x7FF8_A11A_0000_0000
#: A NaN that stands for null until the answer is whole; no arithmetic makes it.
NULL: float = unpack("d", pack("q", _NULL_BITS))[0]


@attrs.frozen(kw_only=True)
class Numbers:
    """Number the symbols of rows.

    Attributes:
        codes: of each row.
        symbols: by their codes.
        begins: where the rows of each symbol begin, if all were good, and the end.
    """

    codes: pl.Series
    symbols: list[str]
    begins: list[int]


def listed(length: int, kind: str, fill: Any) -> Array:
    """Make an array of the interpreted functions."""
    del kind
    return [fill] * length


def packed(length: int, kind: str, fill: Any) -> Array:
    """Make an array of the compiled functions; one to be written first takes no memory until it is."""
    import numpy as np  # noqa: PLC0415 - comes with the extra

    return np.empty(length, kind) if fill is None else np.full(length, fill, kind)


def records(length: int, of: type, make: Make, *, parts: int = 0) -> Array:
    """Return an array of ``Symbol`` or ``LargerBar``: objects where interpreted, packed records where compiled.

    With ``parts`` it has no values yet, and each of so many parts will be written from its begin on.
    """
    if make is listed:
        return [of() for _ in range(length)]
    import numpy as np  # noqa: PLC0415 - comes with the extra

    fields = [(field.name, "i8" if field.type is int else "f8") for field in attrs.fields(of)]
    kinds = np.dtype((np.record, fields))  # records have attributes, as the objects have
    if parts and length * kinds.itemsize // parts > 2 * _LARGE_PAGE:
        # numpy's own memory comes in large pages, of which each part would take one for its few records
        return np.frombuffer(mmap(-1, length * kinds.itemsize), kinds, length)
    if parts:
        return np.empty(length, kinds)
    return np.full(length, np.array(attrs.astuple(of()), kinds), kinds)


def state(symbols: int, settings: Settings, make: Make) -> State:
    """Return the memory of ``symbols`` that have had no row."""
    ring, mean, m2 = (make(symbols * settings.window, "float64", 0.0) for _ in range(3))
    keys, rows = (make(symbols * (settings.hold + 1), "int64", 0) for _ in range(2))
    one_by = make(settings.window + 1, "float64", 0.0)
    for count in range(1, settings.window + 1):
        one_by[count] = 1 / count
    due = _due(symbols, settings, make)
    return State(records(symbols, Symbol, make), ring, mean, m2, keys, rows, one_by, make(_DUE, "int64", 0), *due)


def _due(symbols: int, settings: Settings, make: Make) -> list[Array]:
    """Return room for what is due at once: all that is held back, or all that each of so many rows may release."""
    room = min(_DUE + symbols * settings.hold, _DUE * (settings.hold + 1))
    kinds = ("int64", "int64", "uint32", "int64", *("float64",) * 4)
    return [make(room, kind, 0) for kind in kinds]


def of_a_lane(state: State) -> State:
    """Return the same memory of symbols with another one of what is due."""
    own = State._fields.index("one_by") + 1
    return State(*state[:own], *(one.copy() for one in state[own:]))


def held(state: State) -> Array:
    """Return the places of the rows held back, by symbol and key, and expect these rows to come again, first of all."""
    import numpy as np  # noqa: PLC0415 - comes with the extra

    room = len(state.held_row) // len(state.of)
    turn = np.arange(room)
    places = (state.of["head"][:, None] + turn) % room
    rows = np.take_along_axis(state.held_row.reshape(-1, room), places, axis=1)[turn < state.of["held"][:, None]]
    state.of["held"] = state.of["head"] = 0
    return rows


def total(state: State, name: str) -> int:
    """Return the sum of a count over all symbols."""
    return sum(int(one) for one in column(state.of, name))


def places(state: State, name: str = "place") -> list[int]:
    """Return where the next answer, or bar, of each symbol is written."""
    return [int(place) for place in column(state.of, name)]


def column(array: Array, name: str) -> Array:
    """Return one field of an array of records."""
    return [getattr(one, name) for one in array] if isinstance(array, list) else array[name]


def grown(old: State, more: State, settings: Settings, make: Make) -> State:
    """Return the memory of the symbols of both, ``more`` numbered behind ``old``."""
    shared, due = State._fields.index("one_by"), State._fields.index("due_row")
    both = [_joined(a, b) for a, b in zip(old[:shared], more[:shared], strict=True)]
    return State(*both, *old[shared:due], *_due(len(both[0]), settings, make))


def _joined(first: Array, second: Array) -> Array:
    if isinstance(first, list):
        return first + second
    import numpy as np  # noqa: PLC0415 - comes with the extra

    return np.concatenate((first, second)).view(first.dtype)  # joined, records have lost their attributes


def added(length: int, names: Sequence[str], make: Make) -> Added:
    """Return room for the columns ``names``."""
    wanted = set(names)
    fill = None if make is packed else 0
    return Added(*(make(length if n in wanted else 0, _ADDED.get(n, "float64"), fill) for n in Added._fields))


def rows(market: Market, codes: pl.Series, make: Make, *, times: bool = True) -> Rows:
    """Return the columns that are read; polars' own memory where they are compiled.

    Types are the same whatever the table, so that what was compiled once serves all.
    """
    frame = market.frame

    def values(name: str) -> Array:
        if not name:
            return _array(pl.Series(name, [], pl.Float64), make)
        series = frame[name]
        if make is listed and name == "adj_close":
            return _array(series, make)  # not reckoned with, and a list has room for None
        return _array(series.fill_null(NULL) if series.null_count() else series, make)

    known = values("ts_init") if times else _array(pl.Series("ts_init", [], pl.Int64), make)
    return Rows(
        _array(codes.cast(pl.UInt32), make),
        values(market.key),
        values("ts_event"),
        known,
        *(values(name) for name in market.figures),
    )


def _array(series: pl.Series, make: Make) -> Array:
    if make is listed:
        return series.to_list()
    return series.to_numpy()


def carried(market: Market, names: Sequence[str]) -> dict[str, str]:
    """Return by name the columns of the input that can be carried over, those without null, as fields of ``Added``."""
    columns = dict(zip(market.figures, Rows._fields[4:], strict=True)) | {market.key: "key"}
    columns |= {"ts_event": "ts", "ts_init": "known"}
    return {name: columns[name] for name in names if name in columns and not market.frame[name].null_count()}


def written(name: str, column: Array, spans: Sequence[tuple[int, int]]) -> pl.Series:
    """Return the written parts of a numpy array as one series."""
    return pl.Series(name, _close_up(column, spans))


def series(name: str, column: Array, spans: Sequence[tuple[int, int]], kind: str = "") -> pl.Series:
    """Return the written parts of a column as one series; NaN stands for null."""
    kind = kind or _ADDED.get(name, "float64")
    may_lack = kind == "float64" and name != "adj_close"
    if isinstance(column, list):
        values = [value for begin, end in spans for value in column[begin:end]]
        if may_lack:  # a call of polars takes longer than a few rows do
            values = [None if isnan(value) else value for value in values]
        return pl.Series(name, values, dtype=_TYPES[kind])
    answer = written(name, column, spans)
    if kind != "float64" or not answer.is_nan().any():
        return answer
    return answer.fill_nan(None) if may_lack else unmarked(answer)


def unmarked(column: pl.Series) -> pl.Series:
    """Return a column with null where ``NULL`` stands; its other NaN stay what they were."""
    lacks = pl.Series("lacks", column.to_numpy().view("int64") == _NULL_BITS)
    return pl.DataFrame([column, lacks]).select(pl.when(~pl.col("lacks")).then(column.name)).to_series()


def repeated(symbols: pl.Series, spans: Sequence[tuple[int, int]]) -> pl.Series:
    """Return each symbol as often as rows of it were written."""
    parts = [symbols[code : code + 1].new_from_index(0, end - begin) for code, (begin, end) in enumerate(spans)]
    return pl.concat(parts, rechunk=True) if parts else symbols


def bar_table(made: Array, spans: Sequence[tuple[int, int]], symbols: list[str], kind: pl.DataType) -> pl.DataFrame:
    """Return larger bars as a table, their symbols of the type they came in."""
    if not isinstance(made, list):
        made = _close_up(made, spans)
        spans = [(0, len(made))]
    fields = attrs.fields(LargerBar)
    frame = pl.DataFrame(
        [
            series(field.name, column(made, field.name), spans, "int64" if field.type is int else "float64")
            for field in fields
        ]
    )
    named = pl.Series("symbol", symbols, pl.String).gather(frame["code"]).cast(kind)
    return frame.select(named, pl.exclude("code"))


def _close_up(column: Array, spans: Sequence[tuple[int, int]]) -> Array:
    """Move the written parts together, within the column's own memory."""
    to = 0
    for begin, end in spans:
        if begin != to:
            column[to : to + end - begin] = column[begin:end]
        to += end - begin
    return column[:to]


def numbered(symbols: pl.Series, make: Make) -> Numbers:
    """Number the symbols of all rows."""
    codes, names = number(symbols)
    values, half = _array(codes.cast(pl.UInt32), make), len(codes) // 2
    counts = [make(len(names), "int64", 0) for _ in range(2)]
    tally = kernel.tally if make is listed else compiling.tallying()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(tally, (0, half), (half, len(codes)), (values, values), counts))
    return Numbers(
        codes=codes, symbols=names, begins=[0, *accumulate(int(a + b) for a, b in zip(*counts, strict=True))]
    )
