"""What a reader of a format is, and the batches it gives."""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Protocol, runtime_checkable

import attrs
import polars as pl

from allause.models import (
    BAR_COLUMNS,
    DEPTH_COLUMNS,
    OBSERVATION_COLUMNS,
    OPTION_COLUMNS,
    QUOTE_COLUMNS,
    TRADE_COLUMNS,
)
from allause_market_data.config import MarketDataConfig
from allause_market_data.reading.source import Source


class Schema(StrEnum):
    """Name what the rows of a table are."""

    BAR = "bar"
    QUOTE = "quote"
    TRADE = "trade"
    DEPTH = "depth"
    OPTION = "option"
    OBSERVATION = "observation"

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the columns of such a table, in order."""
        return _COLUMNS[self]


_COLUMNS: Mapping[Schema, tuple[str, ...]] = {
    Schema.BAR: BAR_COLUMNS,
    Schema.QUOTE: QUOTE_COLUMNS,
    Schema.TRADE: TRADE_COLUMNS,
    Schema.DEPTH: DEPTH_COLUMNS,
    Schema.OPTION: OPTION_COLUMNS,
    Schema.OBSERVATION: OBSERVATION_COLUMNS,
}
_TYPES: Mapping[str, pl.DataType] = {
    **dict.fromkeys(("symbol", "side", "underlying", "right", "field"), pl.String()),
    **dict.fromkeys(("ts_event", "ts_init", "first_id", "last_id", "previous_id"), pl.Int64()),
    "snapshot": pl.Boolean(),
    "expiry": pl.Date(),
}


def type_of(column: str) -> pl.DataType:
    """Return the type of a column of any schema."""
    return _TYPES.get(column, pl.Float64())


@attrs.frozen
class Batch:
    """Hold some rows of a file, in the order of the file.

    Attributes:
        schema: what they are.
        frame: the columns of the schema, then ``row``, the number of the record in the file from 1 on; where the
            source has them ``seq``, a number that grows by one from row to row of a symbol, ``unit``, the currency, and
            ``rest``, what tells apart rows that are equal otherwise.
        told: the columns that the file has; the others are NaN throughout.
        repeats: whether equal rows are usual, as of ticks that are told to the millisecond and carry no number.
    """

    schema: Schema
    frame: pl.DataFrame
    told: frozenset[str]
    repeats: bool = False


@runtime_checkable
class Reader(Protocol):
    """Read files of one format; offer an instance or a class as an entry point of the group ``allause.readers``."""

    @property
    def name(self) -> str:
        """Name the format in one or a few words, such as ``Parquet``."""
        ...

    def recognise(self, source: Source) -> bool:
        """Say whether the file is of this format, by ``source.head``, ``packing`` and ``members``, not by its name."""
        ...

    def read(self, source: Source, config: MarketDataConfig) -> Iterator[Batch]:
        """Yield the rows in batches that fit memory.

        Raises:
            DataError: the file cannot be trusted; the message names file, row or offset, expected, found and fix.
        """
        ...


def batch(schema: Schema, columns: Mapping[str, pl.Series | pl.Expr | object], frame: pl.DataFrame) -> Batch:
    """Make a batch of a reader's columns: each in its type, those left out NaN.

    Args:
        schema: what the rows are.
        columns: an expression over ``frame``, a series or a plain value for each column that the file has.
        frame: the raw rows, with ``row``.
    """
    wanted = [*schema.columns, *(name for name in ("seq", "rest") if name in columns)]
    made = [
        _column(name, columns.get(name)).cast(_TYPES.get(name, pl.UInt64() if name == "rest" else pl.Float64()))
        if name != "seq"
        else _column(name, columns[name]).cast(pl.Int64)
        for name in wanted
    ]
    selected = frame.select(
        *(column.alias(name) for name, column in zip(wanted, made, strict=True)), pl.col("row").cast(pl.Int64)
    )
    return Batch(schema, selected, frozenset(columns))


def _column(name: str, value: pl.Series | pl.Expr | object) -> pl.Expr:
    if isinstance(value, pl.Expr):
        return value
    if value is None:
        value = None if name in _TYPES else float("nan")
    return pl.lit(value)


def joined(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Return the rows of several frames of one schema as one, without copying columns."""
    return parts[0] if len(parts) == 1 else pl.concat(parts, how="diagonal", rechunk=True)
