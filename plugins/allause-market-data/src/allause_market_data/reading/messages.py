"""The messages of Arrow IPC, found by their own lengths and read one after the other.

A file is read like a stream and never mapped into memory: a map of a file that is cut meanwhile ends the process.
"""

import struct
from collections.abc import Iterable, Iterator
from io import BytesIO
from itertools import pairwise
from typing import BinaryIO

import polars as pl

from allause_market_data.reading.arrow_schema import days
from allause_market_data.reading.flatbuffer import field, number
from allause_market_data.reading.source import Source, damaged

#: How each message begins.
MARK = b"\xff\xff\xff\xff"
_END = MARK + b"\0\0\0\0"
_SLACK = 72  # bytes of padding and of the end marker behind a message
_TAIL = 10  # bytes behind the footer of a file: its length and the name
_VERSION, _SCHEMA, _DICTIONARIES, _BATCHES = range(4)  # fields of a footer
_RECORDS = 3  # among the kinds of messages
# a flatbuffer Message before the footer whose schema it has: where its table begins, which fields that has, itself
_WRAP = struct.Struct("<I 5H 2x i h B x I 4x")
_WRAPPED = (16, 10, 12, 4, 6, 8, 12)
_HEADER = 24  # where in it the place of the schema stands
_WHAT = "Arrow IPC"


def require_messages(source: Source) -> None:
    """Walk the messages of a stream.

    Raises:
        DataError: one claims more than there is, or the end is missing.
    """
    for _ in _messages(source):
        pass


def streamed(source: Source) -> Iterator[pl.DataFrame]:
    """Yield the batches of a stream one after the other, each read with the schema and dictionaries before it."""
    with source.opened() as file:
        before, behind = b"", True
        for kind, offset, length in _messages(source):
            if behind := kind != _RECORDS:
                before += _piece(file, source, offset, length)
            else:
                yield _dated(_batch(file, source, before, offset, length), before)
        if behind:  # no records follow on it, but it has to be sound as well
            yield _dated(pl.read_ipc_stream(BytesIO(before + _END)), before)


def filed(source: Source) -> Iterator[pl.DataFrame]:
    """Yield the batches of a file one after the other, each read with the schema of the footer and all dictionaries.

    Raises:
        DataError: the list of its batches, at its end, points to where none is.
    """
    with source.opened() as file:
        length = int.from_bytes(_piece(file, source, source.size - _TAIL, 4), "little")
        end = source.size - _TAIL - length
        footer = _piece(file, source, end, length)
        dictionaries, batches = [*_blocks(footer, _DICTIONARIES)], [*_blocks(footer, _BATCHES)]
        for (offset, size), (following, _) in pairwise(sorted([*dictionaries, *batches, (end, 0)])):
            if not 0 <= following - offset - size <= _SLACK:
                raise damaged(source, _WHAT, f"its footer lists no message between {offset + size} and {following}")
        before = _schema(footer, source) + b"".join([_piece(file, source, *block) for block in dictionaries])
        for block in batches:
            yield _dated(_batch(file, source, before, *block), before)
        if not batches:
            yield _dated(pl.read_ipc_stream(BytesIO(before + _END)), before)


def _dated(frame: pl.DataFrame, before: bytes) -> pl.DataFrame:
    """Return a batch whose days in milliseconds are days again; ``before`` begins with the message of its schema."""
    return as_days(frame, days(before[8:]))


def as_days(frame: pl.DataFrame, names: Iterable[str]) -> pl.DataFrame:
    """Return a table whose columns of days are."""
    found = [name for name in names if name in frame.columns and isinstance(frame.schema[name], pl.Datetime)]
    return frame.with_columns(pl.col(found).cast(pl.Date)) if found else frame


def _schema(footer: bytes, source: Source) -> bytes:
    """Return the schema of a footer as the message with which a stream begins; not every writer puts one before it."""
    at = _field(footer, _SCHEMA)
    version = _field(footer, _VERSION)
    if not at:
        raise damaged(source, _WHAT, "its footer has no schema")
    place = _WRAP.size + at + number(footer, at, 4) - _HEADER
    made = _WRAP.pack(*_WRAPPED, number(footer, version, 2) if version else 0, 1, place & 0xFFFFFFFF) + footer
    made += bytes(-len(made) % 8)
    return MARK + len(made).to_bytes(4, "little") + made


def _batch(file: BinaryIO, source: Source, before: bytes, offset: int, length: int) -> pl.DataFrame:
    """Read the message of a batch behind what comes before it, straight to where it is parsed."""
    _require_within(source, offset, length)
    stream = BytesIO(bytes(len(before) + length + len(_END)))
    file.seek(offset)
    with stream.getbuffer() as view:
        view[: len(before)], view[-len(_END) :] = before, _END
        found = file.readinto(view[len(before) : -len(_END)])  # type: ignore[attr-defined]  # files and BytesIO have it
    _require_whole(source, offset, length, found)
    return pl.read_ipc_stream(stream)


def _piece(file: BinaryIO, source: Source, offset: int, length: int) -> bytes:
    _require_within(source, offset, length)
    file.seek(offset)
    found = file.read(length)
    _require_whole(source, offset, length, len(found))
    return found


def _require_within(source: Source, offset: int, length: int) -> None:
    if not (0 <= offset <= source.size - length and length > 0):
        raise damaged(source, _WHAT, f"it claims {length} bytes at byte {offset}")


def _require_whole(source: Source, offset: int, length: int, found: int) -> None:
    if found < length:
        raise damaged(source, _WHAT, f"it ends within the message at byte {offset}")


def _messages(source: Source) -> Iterator[tuple[int, int, int]]:
    """Yield kind, offset and length of each message of a stream.

    Raises:
        DataError: one claims more than there is, or the end is missing.
    """
    offset = 0
    with source.opened() as file:
        while (start := file.read(8)) and start != _END:
            length = int.from_bytes(start[4:], "little", signed=True)
            metadata = file.read(max(length, 0)) if 0 <= length <= source.size - offset else b""
            body = _body_length(metadata)
            if start[:4] != MARK or not metadata or not 0 <= body <= source.size - offset - 8 - length:
                raise damaged(source, _WHAT, f"the message at byte {offset} claims more than the file holds")
            yield _kind(metadata), offset, 8 + length + body
            offset += 8 + length + body
            file.seek(offset)
        if not start:
            raise damaged(source, _WHAT, f"it ends at byte {offset} without the end marker")


def _body_length(message: bytes) -> int:
    """Return the bodyLength of a flatbuffer Message, -1 when it has none to be found."""
    at = _field(message, 3)
    if at is None:
        return -1
    return number(message, at, 8) if at else 0


def _kind(message: bytes) -> int:
    """Return the header_type of a flatbuffer Message, 0 when it has none to be found."""
    at = _field(message, 1)
    return number(message, at, 1) if at else 0


def _blocks(footer: bytes, slot: int) -> Iterator[tuple[int, int]]:
    """Yield offset and length of each message that a flatbuffer Footer lists."""
    at = _field(footer, slot)
    if not at:
        return
    first = at + number(footer, at, 4) + 4
    count = min(number(footer, first - 4, 4), len(footer))  # one beyond the footer is of length 0, and refused
    for block in range(first, first + 24 * count, 24):
        yield number(footer, block, 8), number(footer, block + 8, 4) + number(footer, block + 16, 8)


def _field(message: bytes, slot: int) -> int | None:
    """Return where a field of the root table stands, 0 when it is left out and None when there is no table."""
    root = number(message, 0, 4)
    return field(message, root, slot) if root else None
