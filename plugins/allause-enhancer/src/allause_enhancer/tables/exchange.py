"""Take tables from any library that speaks the Arrow PyCapsule interface, and see what rows they have."""

from typing import TypeGuard

import attrs
import polars as pl

from allause.exceptions import DataError
from allause_enhancer.columns import BY_NAME, COLUMNS, Needs
from allause_enhancer.config import EnhancerConfig
from allause_enhancer.records import BARS, QUOTES, TRADES

_INTEGERS = ("ts_event", "ts_init", "seq")


@attrs.frozen(kw_only=True)
class Market:
    """Hold rows of market data and what they are.

    Attributes:
        frame: the table, every column of it.
        shape: ``BARS``, ``QUOTES``, ``TRADES``, or the last two together.
        sequenced: whether ``seq`` orders the rows of a symbol; else ``ts_event`` does.
    """

    frame: pl.DataFrame
    shape: int
    sequenced: bool

    @property
    def key(self) -> str:
        """Name the column that orders the rows of a symbol."""
        return "seq" if self.sequenced else "ts_event"

    @property
    def unique(self) -> bool:
        """Say whether a key can come once only: ticks of one time are different events unless numbered."""
        return self.sequenced or self.shape == BARS

    @property
    def prices(self) -> tuple[str, ...]:
        """Name the columns that must be finite and positive."""
        if self.shape == BARS:
            return ("open", "high", "low", "close")
        return (*(("bid", "ask") if self.shape & QUOTES else ()), *(("price",) if self.shape & TRADES else ()))

    @property
    def figures(self) -> tuple[str, ...]:
        """Name all float columns that are read, in the order in which ``records.Rows`` has them."""
        if self.shape == BARS:
            return ("open", "high", "low", "close", "volume", "adj_close")
        quotes = ("bid", "ask", "bid_size", "ask_size") if self.shape & QUOTES else ("",) * 4
        return (*quotes, *(("price", "size") if self.shape & TRADES else ("",) * 2))


class _Stream:
    """Show a table's Arrow stream and nothing else, so that polars takes every library's the same way."""

    def __init__(self, table: object) -> None:
        self._table = table

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._table.__arrow_c_stream__(requested_schema)  # type: ignore[attr-defined]  # seen in take


def frame_of(table: object) -> pl.DataFrame:
    """Return a table of any library as polars.

    Raises:
        DataError: it is none, or cannot be read.
    """
    if isinstance(table, pl.DataFrame):
        return table
    if not hasattr(table, "__arrow_c_stream__"):
        lazy = hasattr(table, "collect")
        hint = "call .collect() first" if lazy else "pass a polars, pandas, pyarrow or duckdb table"
        raise DataError(f"market_data: expected a table with __arrow_c_stream__, found {type(table).__name__}; {hint}")
    try:
        return pl.DataFrame(_Stream(table))
    except Exception as error:  # every library raises its own
        raise DataError(
            f"market_data: expected a {type(table).__name__} that can be exported as an Arrow stream, found "
            f"{type(error).__name__}: {error}; materialise it, or close other results of its connection"
        ) from error


def take(table: object) -> Market:
    """Return the rows of a table as polars, without a copy where the library allows it.

    A table with a price or a bid is one of trades or quotes, or of both when it has all their columns; every other one
    is one of bars.

    Raises:
        DataError: not a table, one that cannot be read, or a column is missing, has another type or lacks keys.
    """
    frame = frame_of(table)
    shape = _shape(frame)
    market = Market(frame=frame, shape=shape, sequenced=shape != BARS and "seq" in frame.columns)
    for name in (*("symbol", "ts_event", "ts_init"), *filter(None, market.figures)):
        if name not in frame.columns:
            raise DataError(
                f"market_data: expected the column {name!r} of {_word(shape)}, found "
                f"{', '.join(frame.columns) or 'no column'}; rename what has another name"
            )
    for name in frame.columns:
        _check_type(frame, name, market)
    for name in {"symbol", "ts_event", "ts_init", market.key}:
        if missing := frame[name].null_count():
            raise DataError(f"market_data: expected a {name!r} in every row, found {missing} rows without; drop them")
    return market


def take_bars(table: object) -> pl.DataFrame:
    """Return the bars of a table.

    Raises:
        DataError: as in ``take``, or they are no bars.
    """
    market = take(table)
    if market.shape != BARS:
        raise DataError(f"market_data: expected the column 'open' of bars, found {_word(market.shape)}")
    return market.frame


def chosen(market: Market, config: EnhancerConfig) -> tuple[str, ...]:
    """Return the names of the columns to add.

    Raises:
        DataError: one was asked for that these rows cannot give, or one to keep is not there.
    """
    has = {
        Needs.ROWS: True,
        Needs.VOLUME: market.shape != QUOTES,
        Needs.QUOTES: bool(market.shape & QUOTES),
        Needs.BOTH: market.shape == QUOTES | TRADES,
        Needs.OPTIONS: False,  # valued by themselves, and of no record of an event
    }
    for name in config.keep or ():
        if name not in market.frame.columns:
            raise DataError(
                f"market_data: expected the column {name!r} to keep, found {', '.join(market.frame.columns)}"
            )
    if config.columns is None:
        return tuple(column.name for column in COLUMNS if column.standard and has[column.needs])
    for name in config.columns:
        if not has[BY_NAME[name].needs]:
            raise DataError(f"market_data: expected {BY_NAME[name].needs} for {name!r}, found {_word(market.shape)}")
    return tuple(dict.fromkeys(config.columns))


def kept(market: Market, config: EnhancerConfig, added: tuple[str, ...]) -> list[str]:
    """Return the names of the input's columns to carry over; an added one is computed anew."""
    names = market.frame.columns if config.keep is None else config.keep
    return [name for name in names if name not in added]


def _shape(frame: pl.DataFrame) -> int:
    names = set(frame.columns)
    if "open" in names or "close" in names or not names & {"price", "bid", "ask"}:
        return BARS
    return (TRADES if "price" in names else 0) | (QUOTES if names & {"bid", "ask"} else 0)


def _word(shape: int) -> str:
    return {BARS: "bars", QUOTES: "quotes", TRADES: "trades"}.get(shape, "trades with quotes")


def _is_text(kind: pl.DataType) -> TypeGuard[pl.String]:
    return kind == pl.String or isinstance(kind, pl.Categorical | pl.Enum)


def _check_type(frame: pl.DataFrame, name: str, market: Market) -> None:
    kind = frame.schema[name]
    if name == "symbol":
        fits, expected = _is_text(kind), "String, Categorical or Enum"
    elif name in _INTEGERS and (name != "seq" or market.sequenced):
        fits, expected = kind == pl.Int64, "Int64"
    else:
        fits, expected = name not in market.figures or kind == pl.Float64, "Float64"
    if not fits:
        raise DataError(f"market_data: expected {expected} in column {name!r}, found {kind}; cast the column")
