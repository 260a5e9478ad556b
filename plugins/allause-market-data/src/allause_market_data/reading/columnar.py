"""Parquet and Arrow IPC: columns that carry their types, read in batches."""

import base64
import io
from collections.abc import Iterator

import attrs
import polars as pl

from allause.exceptions import DataError
from allause.parquet import PageError, require_pages
from allause_market_data.config import MarketDataConfig
from allause_market_data.reading.arrow_schema import days
from allause_market_data.reading.canonical import Canonical
from allause_market_data.reading.messages import MARK, as_days, filed, require_messages, streamed
from allause_market_data.reading.packing import Packing
from allause_market_data.reading.reader import Batch, Schema
from allause_market_data.reading.source import Source, damaged

_ROWS = 1_000_000
_OF_A_STORE = ("row", "flags")
_FAULTS = (pl.exceptions.PolarsError, OSError, ValueError, OverflowError, MemoryError)


@attrs.frozen
class ParquetReader:
    """Read Parquet, row groups at a time."""

    name: str = "Parquet"

    def recognise(self, source: Source) -> bool:
        """Take what starts as Parquet does."""
        return source.packing is Packing.NONE and source.head.startswith(b"PAR1")

    def read(self, source: Source, config: MarketDataConfig) -> Iterator[Batch]:
        """Yield the rows in their order."""
        _require_end(source, b"PAR1", self.name)
        try:
            with source.opened() as file:
                require_pages(file, source.size)
        except PageError as error:
            raise damaged(source, self.name, str(error)) from error
        yield from _served(_scanned(source), source, config, self.name)


@attrs.frozen
class ArrowReader:
    """Read Arrow IPC, the file form and the stream form."""

    name: str = "Arrow IPC"

    def recognise(self, source: Source) -> bool:
        """Take what starts as either form does."""
        start = source.head[:6]
        return source.packing is Packing.NONE and (start == b"ARROW1" or start[:4] == MARK)

    def read(self, source: Source, config: MarketDataConfig) -> Iterator[Batch]:
        """Yield the rows in their order."""
        if source.head.startswith(MARK):
            require_messages(source)
            yield from _served(streamed(source), source, config, self.name)
            return
        _require_end(source, b"ARROW1", self.name)
        yield from _served(filed(source), source, config, self.name)


def _require_end(source: Source, magic: bytes, what: str) -> None:
    """Refuse a file without its end before a parser is let loose on it: the directory of its contents stands there."""
    with source.opened() as file:
        file.seek(max(0, source.size - len(magic) - 4))
        end = file.read()
    length = int.from_bytes(end[:4], "little", signed=True)
    if not end.endswith(magic):
        raise damaged(source, what, f"it ends at byte {source.size} without the end marker")
    if not 0 < length < source.size:
        raise damaged(source, what, f"its footer at byte {source.size - len(magic) - 4} claims {length} bytes")


def _scanned(source: Source) -> Iterator[pl.DataFrame]:
    target = source.path if source.path is not None else io.BytesIO(source.opened().read())
    rows = pl.scan_parquet(target, glob=False)
    names = tuple(rows.collect_schema())
    # more behind them is what an enhancer added
    if any(names[: len(schema.columns) + 2] == (*schema.columns, *_OF_A_STORE) for schema in Schema):
        # a store has every column of the schema, also those that its source had not: they are NaN throughout
        lacking = rows.select(pl.col(pl.Float64).is_nan().all()).collect().row(0, named=True)
        rows = rows.drop(name for name, lacks in lacking.items() if lacks)
    stored = pl.read_parquet_metadata(target).get("ARROW:schema", "")
    named = days(base64.b64decode(stored)[8:])
    for frame in rows.collect_batches(chunk_size=_ROWS, maintain_order=True):
        yield as_days(frame, named)


def _served(frames: Iterator[pl.DataFrame], source: Source, config: MarketDataConfig, what: str) -> Iterator[Batch]:
    columns = Canonical(source.name, config)
    try:
        for frame in frames:
            for part in frame.iter_slices(_ROWS):
                if part.height:
                    yield from columns.take(part)
    except (*_FAULTS, pl.exceptions.PanicException) as error:
        # damage can make the Rust reader panic, which is no Exception; the file is not trusted either way
        raise damaged(source, what, str(error).strip().split("\n", 1)[0]) from error
    if columns.row == 1:
        raise DataError(f"{source.name}: expected rows, found {what} without any; export the data again")
