"""Parquet and Arrow IPC: columns that carry their types, read in batches."""

import io
from collections.abc import Callable, Iterator

import attrs
import polars as pl

from allause.exceptions import DataError
from allause_market_data.config import MarketDataConfig
from allause_market_data.reading.canonical import Canonical
from allause_market_data.reading.packing import Packing
from allause_market_data.reading.reader import Batch
from allause_market_data.reading.source import Source

_ROWS = 1_000_000
_STREAM = b"\xff\xff\xff\xff"
_STREAM_END = _STREAM + b"\0\0\0\0"
_RECORDS = 3  # among the kinds of messages
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
        yield from _served(_scanned(source, pl.scan_parquet), source, config, self.name)


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
            yield from _served(_streamed(source), source, config, self.name)
            return
        _require_end(source, b"ARROW1", self.name)
        yield from _served(_scanned(source, pl.scan_ipc), source, config, self.name)


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
    for _ in _messages(source):
        pass


def _streamed(source: Source) -> Iterator[pl.DataFrame]:
    """Yield the batches of a stream one after the other, each read with the schema and dictionaries before it."""
    with source.opened() as file:
        before, behind = b"", True
        for kind, offset, length in _messages(source):
            file.seek(offset)
            message = file.read(length)
            if behind := kind != _RECORDS:
                before += message
            else:
                yield pl.read_ipc_stream(io.BytesIO(before + message + _STREAM_END))
        if behind:  # no records follow on it, but it has to be sound as well
            yield pl.read_ipc_stream(io.BytesIO(before + _STREAM_END))


def _messages(source: Source) -> Iterator[tuple[int, int, int]]:
    """Yield kind, offset and length of each message of a stream.

    Raises:
        DataError: one claims more than there is, or the end is missing.
    """
    offset = 0
    with source.opened() as file:
        while (start := file.read(8)) and start != _STREAM_END:
            length = int.from_bytes(start[4:], "little", signed=True)
            metadata = file.read(max(length, 0)) if 0 <= length <= source.size - offset else b""
            body = _body_length(metadata)
            if start[:4] != _STREAM or not metadata or not 0 <= body <= source.size - offset - 8 - length:
                raise _damaged(source, "Arrow IPC", f"the message at byte {offset} claims more than the file holds")
            yield _kind(metadata), offset, 8 + length + body
            offset += 8 + length + body
            file.seek(offset)
        if not start:
            raise _damaged(source, "Arrow IPC", f"it ends at byte {offset} without the end marker")


def _body_length(message: bytes) -> int:
    """Return the bodyLength of a flatbuffer Message, -1 when it has none to be found."""
    at = _field(message, 3)
    if at is None:
        return -1
    return _number(message, at, 8) if at else 0


def _kind(message: bytes) -> int:
    """Return the header_type of a flatbuffer Message, 0 when it has none to be found."""
    at = _field(message, 1)
    return _number(message, at, 1) if at else 0


def _field(message: bytes, slot: int) -> int | None:
    """Return where a field of the root table stands, 0 when it is left out and None when there is no table."""
    root = _number(message, 0, 4)
    if not root:
        return None
    table = root - _number(message, root, 4)
    held = _number(message, table, 2) >= 6 + 2 * slot  # the vtable: its size, that of the table, two bytes a slot
    field = _number(message, table + 4 + 2 * slot, 2) if held else 0
    return root + field if field else 0


def _number(message: bytes, at: int, size: int) -> int:
    return int.from_bytes(message[at : at + size], "little", signed=True) if 0 <= at <= len(message) - size else 0


def _scanned(source: Source, scan: Callable[..., pl.LazyFrame]) -> Iterator[pl.DataFrame]:
    target = source.path if source.path is not None else io.BytesIO(source.opened().read())
    yield from scan(target).collect_batches(chunk_size=_ROWS, maintain_order=True)


def _served(frames: Iterator[pl.DataFrame], source: Source, config: MarketDataConfig, what: str) -> Iterator[Batch]:
    columns = Canonical(source.name, config)
    try:
        for frame in frames:
            for part in frame.iter_slices(_ROWS):
                if part.height:
                    yield from columns.take(part)
    except (*_FAULTS, pl.exceptions.PanicException) as error:
        # damage can make the Rust reader panic, which is no Exception; the file is not trusted either way
        raise _damaged(source, what, str(error).strip().split("\n", 1)[0]) from error
    if columns.row == 1:
        raise DataError(f"{source.name}: expected rows, found {what} without any; export the data again")


def _damaged(source: Source, what: str, reason: str) -> DataError:
    return DataError(
        f"{source.name}: expected a whole {what} file, found a truncated or damaged one ({reason}); fetch it again"
    )
