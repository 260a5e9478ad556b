"""Unpack gzip and zstandard as it comes, never more than a bounded multiple of what is stored."""

import zlib
from collections.abc import Iterator
from enum import StrEnum
from typing import BinaryIO

import zstandard

from allause.exceptions import DataError


class Packing(StrEnum):
    """Name how a file is packed."""

    NONE = ""
    GZIP = "gzip"
    ZSTD = "zstandard"
    ZIP = "zip"


#: Recorded text shrinks 4 to 40 times. What swells more than this, and past this size, is made to exhaust the reader.
LARGEST_RATIO = 200
ALWAYS_ALLOWED = 64 << 20
#: What the unpackers raise on damage.
FAULTS = (EOFError, OSError, zlib.error, ValueError)

_MAGIC = {b"\x1f\x8b": Packing.GZIP, b"\x28\xb5\x2f\xfd": Packing.ZSTD, b"PK\x03\x04": Packing.ZIP}
_STORED = 65_536
# a zstandard block of 4 bytes can stand for 128 KiB, so a bomb is met after at most 128 MiB
_STORED_ZSTD = 4_096
_UNPACKED = 1 << 20


def packing_of(head: bytes) -> Packing:
    """Return how a file that starts with ``head`` is packed."""
    return next((packing for magic, packing in _MAGIC.items() if head.startswith(magic)), Packing.NONE)


def bounded(unpacked_bytes: int, stored: int, name: str) -> None:
    """Refuse what swells beyond reason.

    Raises:
        DataError: it does.
    """
    if unpacked_bytes > ALWAYS_ALLOWED and unpacked_bytes > LARGEST_RATIO * max(stored, 1):
        raise DataError(
            f"{name}: expected data that unpacks to at most {LARGEST_RATIO} times its size, found {unpacked_bytes} "
            f"bytes out of {stored}; this is a decompression bomb or no market data: unpack it by hand if you trust it"
        )


def unpacked(file: BinaryIO, packing: Packing, name: str) -> Iterator[bytes]:
    """Yield the bytes of a file that is stored plainly, as gzip or as zstandard.

    Raises:
        DataError: truncated, damaged, or swelling beyond reason; the message names the offset in the file.
    """
    if packing is Packing.NONE:
        while chunk := file.read(_UNPACKED):
            yield chunk
        return
    steps = _gunzipped(file) if packing is Packing.GZIP else _unzstd(file)
    length = 0
    try:
        for chunk in steps:
            length += len(chunk)
            bounded(length, file.tell(), name)
            yield chunk
    except (*FAULTS, zstandard.ZstdError) as error:
        raise DataError(
            f"{name}: expected a whole {packing} file, found a truncated or damaged one at byte {file.tell()} "
            f"({error}); fetch it again"
        ) from error


def _gunzipped(file: BinaryIO) -> Iterator[bytes]:
    stored = file.read(_STORED)
    while stored:
        member = zlib.decompressobj(31)
        while not member.eof:
            if not stored and not (stored := file.read(_STORED)):
                raise EOFError("the file ends before its end marker")
            if chunk := member.decompress(stored, _UNPACKED):
                yield chunk
            stored = member.unused_data if member.eof else member.unconsumed_tail
        stored = (stored or file.read(_STORED)).lstrip(b"\0")  # some tools pad


def _unzstd(file: BinaryIO) -> Iterator[bytes]:
    stored = file.read(_STORED_ZSTD)
    while stored:
        frame = zstandard.ZstdDecompressor().decompressobj()
        while not frame.eof:
            if not stored and not (stored := file.read(_STORED_ZSTD)):
                raise EOFError("the file ends before its end marker")
            if chunk := frame.decompress(stored):
                yield chunk
            stored = frame.unused_data if frame.eof else b""
        stored = stored or file.read(_STORED_ZSTD)
