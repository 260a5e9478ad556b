"""The headers of a Parquet file's pages, looked at before its values are decoded.

The decoder takes the counts in them as they are: one of a damaged file lets it ask for more memory than there can be,
and that ends the process. Headers are Thrift's compact protocol; of its structures only the numbers are kept.
"""

from collections.abc import Container
from typing import Any, BinaryIO

_SCHEMA, _ROW_GROUPS, _COLUMNS, _ROWS, _META = 2, 4, 1, 3, 3  # of a file, of a row group, of a column
_REPETITION, _REPEATED = 3, 2  # of an element of the schema
_TYPE, _ENCODINGS, _CODEC = 1, 2, 4  # of a column's meta data
_VALUES, _SIZE, _DATA_AT, _DICTIONARY_AT = 5, 7, 9, 11
_KIND, _UNPACKED, _STORED = 1, 2, 3  # of a page
_COUNTED = (5, 8, 7)  # of a page: data, data of the second version, dictionary; each has its number of values first
_ENCODED = {5: (2, 3, 4), 8: (4,), 7: (2,)}  # where each names encodings
_HOLDS = {0: 5, 1: 6, 2: 7, 3: 8}  # what a page of each kind holds beside its sizes
_KNOWN_TYPES, _KNOWN_CODECS, _KNOWN_ENCODINGS = range(8), range(8), frozenset({0, *range(2, 10)})
_STOP, _TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = 0, 1, 2, 3, 7, 8, 9, 10, 11, 12
_HEADER = 4096  # bytes that a header of a page may have, statistics included
_LONGEST_HEADER = 1 << 24
_DEEPEST = 32


class PageError(ValueError):
    """Say what is wrong with a header."""


class _Compact:
    """Read numbers of Thrift's compact protocol."""

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data, self.at = data, at

    def struct(self, depth: int = 0) -> dict[int, Any]:
        """Return the fields of a structure by their numbers."""
        fields: dict[int, Any] = {}
        number = 0
        while kind := self._byte():
            number = number + (kind >> 4) if kind >> 4 else self._signed()
            kind &= 15
            fields[number] = kind == _TRUE if kind in {_TRUE, _FALSE} else self._value(kind, depth)
        return fields

    def _value(self, kind: int, depth: int) -> Any:
        if depth > _DEEPEST:
            raise PageError("it is nested beyond reason")
        if kind <= _BYTE:
            return self._byte()
        if kind < _DOUBLE:
            return self._signed()
        if kind == _DOUBLE:
            return self._skipped(8)
        if kind == _BINARY:
            return self._skipped(self._unsigned())
        if kind in {_LIST, _SET}:
            head = self._byte()
            count = head >> 4 if head >> 4 < 15 else self._unsigned()  # noqa: PLR2004 - a longer one says so behind it
            return [self._value(head & 15, depth + 1) for _ in range(self._within(count))]
        if kind == _STRUCT:
            return self.struct(depth + 1)
        raise PageError(f"it has a field of the unknown kind {kind}")

    def _byte(self) -> int:
        if self.at >= len(self.data):
            raise PageError("it breaks off")
        self.at += 1
        return self.data[self.at - 1]

    def _unsigned(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:  # noqa: PLR2004 - the last one
                return value
            if shift > 63:  # noqa: PLR2004 - bits of the longest
                raise PageError("it has a number beyond 64 bits")

    def _signed(self) -> int:
        value = self._unsigned()
        return (value >> 1) ^ -(value & 1)

    def _within(self, count: int) -> int:
        if count > len(self.data) - self.at:
            raise PageError(f"it claims {count} entries or bytes")
        return count

    def _skipped(self, count: int) -> None:
        self.at += self._within(count)


def require_pages(file: BinaryIO, size: int) -> None:
    """Refuse headers whose counts and sizes cannot be.

    Args:
        file: the whole of it.
        size: its bytes.

    Raises:
        PageError: one is damaged; the message says where.
    """
    try:
        _require(file, size)
    except (AttributeError, TypeError) as error:
        raise PageError(f"a header has a field of another kind than it should be ({error})") from error


def _require(file: BinaryIO, size: int) -> None:
    file.seek(size - 8)
    length = int.from_bytes(file.read(4), "little")
    footer = _read(file, size - 8 - length, length)
    flat = all(element.get(_REPETITION) != _REPEATED for element in footer.get(_SCHEMA, ()))
    for group in footer.get(_ROW_GROUPS, ()):
        for column in group.get(_COLUMNS, ()):
            meta = column.get(_META, {})
            _require_known(meta.get(_TYPE, 0), _KNOWN_TYPES, "type")
            _require_known(meta.get(_CODEC, 0), _KNOWN_CODECS, "compression")
            for encoding in meta.get(_ENCODINGS, ()):
                _require_known(encoding, _KNOWN_ENCODINGS, "encoding")
            rows, values = group.get(_ROWS, 0), meta.get(_VALUES, 0)
            if flat and rows != values:
                raise PageError(f"a column has {values} values for {rows} rows")
            starts = [meta[at] for at in (_DATA_AT, _DICTIONARY_AT) if meta.get(at)]
            if starts:
                _walk(file, size, min(starts), meta.get(_SIZE, 0), values)


def _walk(file: BinaryIO, size: int, begin: int, length: int, values: int) -> None:
    if not 0 <= begin <= begin + length <= size:
        raise PageError(f"a column at byte {begin} claims {length} bytes")
    at, told = begin, 0
    # old writers left a header out of the length, so that the last page may lie behind it
    while at < begin + length or told < values:
        page, behind = _page(file, at, size)
        counts = [page[held].get(1, 0) for held in _COUNTED if held in page]
        sizes = page.get(_UNPACKED, -1), page.get(_STORED, -1)
        told += 0 if _COUNTED[-1] in page else max(counts, default=0)
        if min(*counts, *sizes) < 0 or told > values or behind + sizes[1] > size:
            raise PageError(f"the page at byte {at} claims {counts} values in {sizes[1]} bytes")
        _require_kind(page, at)
        at = behind + sizes[1]


def _require_kind(page: dict[int, Any], at: int) -> None:
    kind = page.get(_KIND)
    if kind not in _HOLDS or _HOLDS[kind] not in page:
        raise PageError(f"the page at byte {at} claims to be of kind {kind} and is not")
    for held, encodings in _ENCODED.items():
        for number in encodings:
            _require_known(page.get(held, {}).get(number, 0), _KNOWN_ENCODINGS, "encoding")


def _require_known(number: int, known: Container[int], what: str) -> None:
    if number not in known:
        raise PageError(f"it has the unknown {what} {number}")


def _page(file: BinaryIO, at: int, end: int) -> tuple[dict[int, Any], int]:
    """Return the header of a page, and where it ends; statistics can make it long."""
    length = _HEADER
    while True:
        file.seek(at)
        header = _Compact(file.read(min(length, end - at)))
        try:
            return header.struct(), at + header.at
        except PageError as error:
            if length >= min(_LONGEST_HEADER, end - at):
                raise PageError(f"the header of a page at byte {at} is none: {error}") from None
            length *= 16


def _read(file: BinaryIO, at: int, length: int) -> dict[int, Any]:
    if at < 0:
        raise PageError(f"a footer claims {length} bytes")
    file.seek(at)
    return _Compact(file.read(length)).struct()
