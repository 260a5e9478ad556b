"""Frames on the private descriptor: a magic word, a length, and one JSON object.

Everything used here is bound at import, before any component is: a component that patches ``json``, ``os`` or
``builtins`` in its child changes nothing about how its answers travel.
"""

import builtins
from collections.abc import Iterator, Mapping
from os import read as _read
from os import write as _write
from struct import Struct
from typing import Any

import msgspec

from allause.isolation.bounds import GarbledError, OversizedError

__builtins__ = dict(vars(builtins))  # type: ignore[assignment] # functions below keep these, whatever is patched later

_MAGIC = b"\xf5fr1"  # 0xf5 never occurs in UTF-8, so printed text is never taken for a frame
_HEADER = Struct(">4sI")
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


def pack(message: Mapping[str, Any]) -> bytes:
    """Return ``message``, plain JSON data, as one frame."""
    body = _encode(message)
    return _HEADER.pack(_MAGIC, len(body)) + body


def send(descriptor: int, frame: bytes) -> None:
    """Write a whole frame to a blocking descriptor."""
    rest = memoryview(frame)
    while rest:
        rest = rest[_write(descriptor, rest) :]


def receive(descriptor: int) -> dict[str, Any]:
    """Read one message from a blocking descriptor.

    Raises:
        EOFError: the other side closed it.
        GarbledError: it is no frame.
    """
    magic, length = _HEADER.unpack(_exactly(descriptor, _HEADER.size))
    if magic != _MAGIC:
        raise GarbledError("a request without the magic word")
    return _message(_exactly(descriptor, length))


def _exactly(descriptor: int, count: int) -> bytes:
    parts = bytearray()
    while len(parts) < count:
        part = _read(descriptor, min(count - len(parts), 1 << 16))
        if not part:
            raise EOFError
        parts += part
    return bytes(parts)


def _message(body: bytes) -> dict[str, Any]:
    try:
        message = _decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise GarbledError(f"a frame that is not JSON: {error}") from error
    if type(message) is not dict:
        raise GarbledError(f"a frame holding {type(message).__name__}, expected an object")
    return message


class FrameReader:
    """Cut a stream of bytes into messages, on the host's side.

    Attributes:
        limit: bytes of one frame.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._buffer = bytearray()
        self._taken = 0

    @property
    def unfinished(self) -> bool:
        """Tell whether a part of a frame has arrived."""
        return bool(self._buffer)

    def feed(self, chunk: bytes) -> Iterator[dict[str, Any]]:
        """Take ``chunk`` and yield the messages that are complete.

        Raises:
            GarbledError: the bytes are no frames.
            OversizedError: a frame, or all frames of one request together, exceed their limit.
        """
        self._buffer += chunk
        self._taken += len(chunk)
        if self._taken > 2 * self.limit:
            raise OversizedError(f"more than {2 * self.limit} bytes for one request")
        while len(self._buffer) >= _HEADER.size:
            magic, length = _HEADER.unpack_from(self._buffer)
            if magic != _MAGIC:
                raise GarbledError(f"bytes that are no frame: {bytes(self._buffer[:16])!r}")
            if length > self.limit:
                raise OversizedError(f"an answer of {length} bytes, at most {self.limit} are taken")
            end = _HEADER.size + length
            if len(self._buffer) < end:
                return
            body = bytes(self._buffer[_HEADER.size : end])
            del self._buffer[:end]
            yield _message(body)
