"""One record of a segment, and the walk over all of them: where they end, and whether they may end there.

A record is four 32-bit numbers, the body and zeros up to a multiple of 8. ``length`` is the body's; ``synced`` how many
bytes of the segment were on disk when it was written; ``mark`` the checksum of place, length and synced, which lets a
record be recognised wherever it stands; ``chain`` the checksum of it all, continued from the record before.

A record of length 0 is a seal: it says that all before it is on disk, and is no event.
"""

from collections.abc import Iterable, Iterator
from struct import Struct
from zlib import crc32

from allause_execution.journal.damage import DamageError

_LAYOUT = Struct("<4I")
_MARKED = Struct("<3I")
_ALIGN = 8
_PADDING = tuple(bytes(length) for length in range(_ALIGN))
PREFIX = _LAYOUT.size


def pack(bodies: Iterable[bytes], *, offset: int, synced: int, seed: int, chain: int) -> tuple[bytes, int]:
    """Return records as they are written from ``offset`` on, and the chain after them.

    Args:
        bodies: what each holds; an empty one is a seal.
        offset: where in the segment the first goes.
        synced: bytes of the segment that are on disk.
        seed: checksum of the segment's header.
        chain: of the record before.
    """
    parts: list[bytes] = []
    mark, layout = _MARKED.pack, _LAYOUT.pack
    for body in bodies:
        length = len(body)
        marked, padding = mark(offset, length, synced), _PADDING[-length % _ALIGN]
        chain = crc32(padding, crc32(body, crc32(marked, chain)))
        parts += (layout(length, synced, crc32(marked, seed), chain), body, padding)
        offset += PREFIX + length + len(padding)
    return b"".join(parts), chain


class Walk:
    """Yield the bodies of a segment's records, and stand behind the last one afterwards.

    Attributes:
        offset: of the next record.
        chain: of the last one.
        confirmed: bytes of which a record says that they are on disk.
    """

    def __init__(self, data: bytes, *, offset: int, seed: int, chain: int) -> None:
        self.offset = offset
        self.confirmed = 0
        self.chain = chain
        self._data = data
        self._seed = seed

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        """Yield offset and body of each record; seals are passed over."""
        while (body := self._next()) is not None:
            start = self.offset
            self.offset += PREFIX + len(body) + -len(body) % _ALIGN
            if body:
                yield start, body

    def torn(self) -> int:
        """Return how many bytes behind the end are the remains of a write that was never confirmed.

        Raises:
            DamageError: what is wrong here was on disk, for a later record says so.
        """
        rest = self._data[self.offset :].rstrip(b"\0")
        end = self.offset + len(rest)
        for place in range(self.offset, end, _ALIGN):
            synced = self._synced(place)
            if synced is not None and synced > self.offset:
                raise DamageError("a record does not match its checksum", self.offset)
        return len(rest)

    def _next(self) -> bytes | None:
        """Return the body at the offset, None where it is not the next one of the chain."""
        if self._synced(self.offset) is None:
            return None
        length, synced, _, chain = _LAYOUT.unpack_from(self._data, self.offset)
        start = self.offset + PREFIX
        end = start + length + -length % _ALIGN
        marked = _MARKED.pack(self.offset, length, synced)
        found = crc32(self._data[start:end], crc32(marked, self.chain))
        if end > len(self._data) or found != chain:
            return None
        self.chain, self.confirmed = chain, synced
        return self._data[start : start + length]

    def _synced(self, place: int) -> int | None:
        """Return what a record at that place says to be on disk, None where there is no record."""
        if place + PREFIX > len(self._data):
            return None
        length, synced, mark, _ = _LAYOUT.unpack_from(self._data, place)
        if mark != crc32(_MARKED.pack(place, length, synced), self._seed):
            return None
        return int(synced)
