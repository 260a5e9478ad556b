"""The lengths of DBN records, looked at before they are decoded: the decoder panics at one that is too short.

A panic is no error of Python, and it is written to standard error before anybody can catch it.
"""

from collections.abc import Mapping

_WORD = 4
_TS_OUT = 8
#: Bytes of a record by its type, in the newest version.
_BYTES: Mapping[int, int] = {
    0x00: 48, 0x01: 80, 0x0A: 368, 0x11: 56, 0x12: 40, 0x13: 520, 0x14: 112, 0x15: 320, 0x16: 176, 0x17: 320, 0x18: 80,
    **dict.fromkeys((0x20, 0x21, 0x22, 0x23, 0x24, 0xA0), 56), **dict.fromkeys((0xB1, *range(0xC0, 0xC6)), 80),
}  # fmt: skip
_OLDER: Mapping[int, Mapping[int, int]] = {
    1: {0x13: 360, 0x15: 80, 0x16: 80, 0x17: 80, 0x18: 64},
    2: {0x13: 400, 0x18: 64},
}


class ShortRecordError(ValueError):
    """Say that a record is shorter than those of its type.

    Attributes:
        offset: of the record in the bytes looked at.
    """

    def __init__(self, offset: int, kind: int, found: int, expected: int) -> None:
        super().__init__(f"a record of type {kind:#04x} claims {found} bytes, where such have {expected}")
        self.offset = offset


def whole_records(data: bytearray, version: int, *, ts_out: bool) -> int:
    """Return how many bytes at the beginning of ``data`` are whole records.

    Args:
        data: records, from the beginning of one on.
        version: of the format.
        ts_out: whether each has the time it was sent at behind it.

    Raises:
        ShortRecordError: one is shorter than those of its type.
    """
    least = {**_BYTES, **_OLDER.get(version, {})}
    at, end = 0, len(data)
    while at + 1 < end:
        length, kind = data[at] * _WORD, data[at + 1]
        expected = least.get(kind, _WORD) + (_TS_OUT if ts_out else 0)
        if length < expected:
            raise ShortRecordError(at, kind, length, expected)
        if at + length > end:
            break
        at += length
    return at
