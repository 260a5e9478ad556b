"""Numbers, fields and offsets of a flatbuffer, in which Arrow writes down what its messages hold."""


def number(message: bytes, at: int, size: int) -> int:
    """Return an integer of a flatbuffer, 0 where there is none."""
    return int.from_bytes(message[at : at + size], "little", signed=True) if 0 <= at <= len(message) - size else 0


def field(message: bytes, table: int, slot: int) -> int:
    """Return where a field of a table stands, 0 when it is left out."""
    shape = table - number(message, table, 4)
    held = number(message, shape, 2) >= 6 + 2 * slot  # the vtable: its size, that of the table, two bytes a slot
    offset = number(message, shape + 4 + 2 * slot, 2) if held else 0
    return table + offset if offset else 0


def pointed(message: bytes, at: int) -> int:
    """Return where what stands at a place points to."""
    return at + number(message, at, 4)
