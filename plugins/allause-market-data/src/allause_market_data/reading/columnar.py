"""Parquet and Arrow IPC: columns that carry their types, read in batches."""

import io
from collections.abc import Callable, Iterator

import attrs
import polars as pl

from allause.exceptions import DataError
from allause_market_data.config import MarketDataConfig
from allause_market_data.reading.canonical import canonical
from allause_market_data.reading.packing import Packing
from allause_market_data.reading.reader import Batch
from allause_market_data.reading.source import Source

_ROWS = 1_000_000
_STREAM = b"\xff\xff\xff\xff"
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
        yield from _batches(source, config, self.name, pl.scan_parquet)


@attrs.frozen
class ArrowReader:
    """Read Arrow IPC, the file form and the stream form."""

    name: str = "Arrow IPC"

    def recognise(self, source: Source) -> bool:
        """Take what starts as either form does."""
        start = source.head[:6]
        return source.packing is Packing.NONE and (start == b"ARROW1" or start[:4] == _STREAM)

    def read(self, source: Source, config: MarketDataConfig) -> Iterator[Batch]:
        """Yield the rows in their order."""
        if source.head.startswith(_STREAM):
            _require_stream(source)
            yield from _batches(source, config, self.name, lambda file: pl.read_ipc_stream(file).lazy())
            return
        _require_end(source, b"ARROW1", self.name)
        yield from _batches(source, config, self.name, pl.scan_ipc)


def _require_end(source: Source, magic: bytes, what: str) -> None:
    """Refuse a file without its end before a parser is let loose on it: the directory of its contents stands there."""
    with source.opened() as file:
        file.seek(max(0, source.size - len(magic) - 4))
        end = file.read()
    length = int.from_bytes(end[:4], "little", signed=True)
    if not end.endswith(magic):
        raise _damaged(source, what, f"it ends at byte {source.size} without the end marker")
    if not 0 < length < source.size:
        raise _damaged(source, what, f"its footer at byte {source.size - len(magic) - 4} claims {length} bytes")


def _require_stream(source: Source) -> None:
    """Walk the messages of a stream and refuse one that claims more than there is."""
    offset = 0
    with source.opened() as file:
        while (start := file.read(8)) and start != _STREAM + b"\0\0\0\0":
            length = int.from_bytes(start[4:], "little", signed=True)
            metadata = file.read(max(length, 0)) if 0 <= length <= source.size - offset else b""
            body = _body_length(metadata)
            if start[:4] != _STREAM or not metadata or not 0 <= body <= source.size - offset - 8 - length:
                raise _damaged(source, "Arrow IPC", f"the message at byte {offset} claims more than the file holds")
            offset += 8 + length + body
            file.seek(offset)
        if not start:
            raise _damaged(source, "Arrow IPC", f"it ends at byte {offset} without the end marker")


def _body_length(message: bytes) -> int:
    """Return the bodyLength of a flatbuffer Message, -1 when it has none to be found."""

    def number(at: int, size: int, *, signed: bool = False) -> int:
        return int.from_bytes(message[at : at + size], "little", signed=signed) if 0 <= at <= len(message) - size else 0

    root = number(0, 4)
    table = root - number(root, 4, signed=True)
    field = number(table + 10, 2) if number(table, 2) >= 12 else 0  # noqa: PLR2004 - the fourth slot of its vtable
    if not root:
        return -1
    return number(root + field, 8, signed=True) if field else 0


def _batches(source: Source, config: MarketDataConfig, what: str, scan: Callable[..., pl.LazyFrame]) -> Iterator[Batch]:
    row = 1
    try:
        target = source.path if source.path is not None else io.BytesIO(source.opened().read())
        for frame in scan(target).collect_batches(chunk_size=_ROWS, maintain_order=True):
            for part in frame.iter_slices(_ROWS):
                if part.height:
                    yield from canonical(part, source.name, config, row)
                    row += part.height
    except (*_FAULTS, pl.exceptions.PanicException) as error:
        # damage can make the Rust reader panic, which is no Exception; the file is not trusted either way
        raise _damaged(source, what, str(error).strip().split("\n", 1)[0]) from error
    if row == 1:
        raise DataError(f"{source.name}: expected rows, found {what} without any; export the data again")


def _damaged(source: Source, what: str, reason: str) -> DataError:
    return DataError(
        f"{source.name}: expected a whole {what} file, found a truncated or damaged one ({reason}); fetch it again"
    )
