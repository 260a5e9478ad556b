"""Cut a stream of text into blocks of whole lines."""

from collections.abc import Iterable, Iterator

import attrs

from allause.exceptions import DataError

#: Bytes of text taken at a time: what a reader holds beside its rows.
BLOCK = 64 << 20
_LONGEST_LINE = 256 << 20


@attrs.frozen
class Block:
    """Hold whole lines.

    Attributes:
        data: their bytes.
        line: number of the first one, from 1 on.
        offset: of the first byte in the unpacked text.
        last: whether the text ends here.
    """

    data: bytes
    line: int
    offset: int
    last: bool


def blocks(chunks: Iterable[bytes], name: str, size: int | None = None, *, quoted: bool = False) -> Iterator[Block]:
    """Cut text into blocks of about ``size`` bytes, 64 MiB unless told.

    Args:
        chunks: of the text.
        name: of the file, for messages.
        size: bytes of a block.
        quoted: whether a line break inside double quotes ends no line.

    Raises:
        DataError: a line is longer than any record.
    """
    size = size or BLOCK
    held = bytearray()
    line, offset, first = 1, 0, True
    for chunk in chunks:
        held += chunk
        if first and held[:3] == b"\xef\xbb\xbf":
            del held[:3]
            offset = 3
        first = False
        if len(held) < size:
            continue
        cut = _cut(held, quoted=quoted)
        if not cut:
            if len(held) > _LONGEST_LINE:
                raise DataError(
                    f"{name}: expected lines, found {len(held)} bytes without a line end after byte {offset}; "
                    "check what the file is"
                )
            continue
        data = bytes(held[:cut])
        del held[:cut]
        yield Block(data, line, offset, last=False)
        line += data.count(b"\n")
        offset += cut
    yield Block(bytes(held), line, offset, last=True)


def _cut(held: bytearray, *, quoted: bool) -> int:
    cut = held.rfind(b"\n") + 1
    if quoted and held.count(b'"', 0, cut) % 2:
        # an open quote: end before the line that opened it
        cut = held.rfind(b"\n", 0, held.rfind(b'"', 0, cut)) + 1
        while cut and held.count(b'"', 0, cut) % 2:
            cut = held.rfind(b"\n", 0, cut - 1) + 1
    return cut


def text(block: Block, name: str) -> bytes:
    """Return the bytes of a block once they are known to be text.

    Raises:
        DataError: they are not; the message names the byte and its offset.
    """
    try:
        block.data.decode()
    except UnicodeDecodeError as error:
        raise DataError(
            f"{name}: expected text in UTF-8, found byte 0x{block.data[error.start]:02x} at offset "
            f"{block.offset + error.start}; re-save it as UTF-8"
        ) from None
    at = block.data.find(b"\0")
    if at >= 0:
        raise DataError(
            f"{name}: expected {_TEXT}, found binary content at offset {block.offset + at}; check what the file is"
        )
    return block.data


_TEXT = "text of market data"
