"""How what is written in a file or on a command line becomes a component's ``Config``."""

from decimal import Decimal
from functools import partial
from typing import Any

import cattrs

#: What may be written for a plain type.
_PLAIN: dict[type, tuple[tuple[type, ...], str]] = {
    bool: ((bool,), "true or false"),
    int: ((int,), "a whole number"),
    float: ((float, int), "a number"),
    str: ((str,), "text"),
    Decimal: ((str, int, float), "a decimal number"),
}


def converter() -> cattrs.Converter:
    """Return what structures mappings: a value is taken as it is, and an unknown key is refused at any depth.

    A field that has an attrs converter is left to that one.
    """
    made = cattrs.Converter(prefer_attrib_converters=True, forbid_extra_keys=True)
    for plain, (kinds, expected) in _PLAIN.items():
        made.register_structure_hook(plain, partial(_as_written, kinds, expected))
    return made


def _as_written(kinds: tuple[type, ...], expected: str, value: object, shape: Any) -> Any:
    """Take a value as it is: "false" is true, and 3.7 a 3, to whoever converts what was written."""
    try:
        if type(value) in kinds:
            return shape(str(value) if shape is Decimal else value)
    except (ArithmeticError, ValueError):
        pass
    raise ValueError(f"expected {expected}, found {repr(value)[:100]}")
