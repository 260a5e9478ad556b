"""How arrays and settings are described in memory for the compiled functions: two integers for each."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from allause_enhancer.records import Array

#: Settings that decide what is done at all.
_CONSTANT = ("shape", "hold", "sequenced", "unique", "interval", "stride", "carries")
#: Integers that describe one array or setting.
WORDS = 2


class Field(NamedTuple):
    """Say what one array or setting is, as far as code depends on it.

    Attributes:
        name: how it is called; empty for an array that stands alone.
        kind: numpy's type of an item, or the class of a setting.
        stride: bytes from one item to the next; 0 for a setting.
        known: the number of items, or the setting, where the compiler may rely on it.
    """

    name: str
    kind: Any
    stride: int
    known: float | None


#: The fields of each thing.
Layout = tuple[tuple[Field, ...], ...]


def layout(things: Sequence[Any], *, for_good: bool = False) -> Layout:
    """Return how things lie: arrays, and named tuples of arrays and settings.

    Args:
        things: what is asked for its types alone.
        for_good: things stay as they are, so the compiler may leave out what is never asked for: columns without items,
            and what settings do not ask for.
    """
    return tuple(tuple(_field(*each, for_good=for_good) for each in _named(thing)) for thing in things)


def _named(thing: Any) -> Iterable[tuple[str, Any]]:
    return zip(thing._fields, thing, strict=True) if isinstance(thing, tuple) else [("", thing)]  # type: ignore[attr-defined]  # a named one


def _field(name: str, value: Any, *, for_good: bool) -> Field:
    if isinstance(value, int | float):
        return Field(name, type(value), 0, value if for_good and (name in _CONSTANT or not value) else None)
    items = len(value)
    # one item has no next one; whoever made the array may have written anything
    stride = value.strides[0] if items > 1 else value.dtype.itemsize
    return Field(name, value.dtype, stride, 0 if for_good and items == 0 else None)


def described(things: Sequence[Any]) -> Array:
    """Return the description, an array that lasts as long as anything is called with its address."""
    import numpy as np  # noqa: PLC0415 - comes with the extra

    return np.array([word for thing in things for _, value in _named(thing) for word in _words(value)], "i8")


def _words(value: Any) -> tuple[int, int]:
    import numpy as np  # noqa: PLC0415 - comes with the extra

    if isinstance(value, float):
        return int(np.float64(value).view("i8")), 0
    return (value, 0) if isinstance(value, int) else (address_of(value), len(value))


def address_of(array: Array) -> int:
    """Return where a numpy array begins."""
    address: int = array.__array_interface__["data"][0]
    return address
