"""The first 64 bytes of a segment: what it is, and where in which journal it belongs."""

from struct import Struct
from zlib import crc32

import attrs

from allause_execution.journal.damage import DamageError, FormatError

FORMAT_VERSION = 2
SIZE = 64
_MAGIC = b"\x89ALJ\r\n\x1a\n"  # damaged by whatever takes the file for text
_SQLITE = b"SQLite format 3\0"
_LAYOUT = Struct("<8sHHI16sQQI8x")
_CHECKSUM = Struct("<I")
_STARTS = 1


@attrs.frozen(kw_only=True)
class Header:
    """Say where a segment belongs.

    Attributes:
        journal: 16 random bytes, the same in every segment of a journal.
        number: of the segment; they count up without a gap.
        starts: whether the events begin here: nothing before this segment counts any more.
        first: number of events before this segment.
        chain: checksum of the last record before this segment.
        size: bytes of the segment.
    """

    journal: bytes
    number: int
    starts: bool
    first: int
    chain: int
    size: int

    def pack(self) -> bytes:
        """Return the header as it is written."""
        fields = (_MAGIC, FORMAT_VERSION, _STARTS * self.starts, self.size, self.journal)
        packed = _LAYOUT.pack(*fields, self.number, self.first, self.chain)
        return packed + _CHECKSUM.pack(crc32(packed))

    @classmethod
    def unpack(cls, data: bytes) -> "Header":
        """Return the header that a segment begins with; ``data`` may go on behind it.

        Raises:
            FormatError: it is another file, or of another version.
            DamageError: it is a damaged one.
        """
        if data.startswith(_SQLITE):
            raise FormatError(
                f"expected an order journal of version {FORMAT_VERSION}, found an SQLite database, as version 1 was; "
                "settle its orders with the allause-execution that wrote it, then move it away"
            )
        if len(data) < SIZE and _MAGIC.startswith(data[: len(_MAGIC)]):
            raise DamageError(f"expected a header of {SIZE} bytes, found {len(data)}: it ends", len(data))
        if not data.startswith(_MAGIC):
            raise FormatError("expected an order journal, found another file")
        packed, checksum = data[: SIZE - _CHECKSUM.size], data[SIZE - _CHECKSUM.size : SIZE]
        if checksum != _CHECKSUM.pack(crc32(packed)):
            raise DamageError("the header does not match its checksum", 0)
        _, version, flags, size, journal, number, first, chain = _LAYOUT.unpack(packed)
        if version != FORMAT_VERSION:
            raise FormatError(
                f"expected an order journal of version {FORMAT_VERSION}, found version {version}; "
                "use the allause-execution that wrote it"
            )
        return cls(journal=journal, number=number, starts=bool(flags & _STARTS), first=first, chain=chain, size=size)
