"""Reduce a value to what JSON can hold, whatever a component put into it."""

from collections.abc import Mapping
from decimal import Decimal
from enum import Enum
from math import isfinite
from pathlib import PurePath
from typing import Any

import attrs

from allause.discovery import printable

LONGEST_TEXT = 4_000
_TEXTUAL = (str, Decimal, PurePath)
_DEEPEST = 20
_WIDEST_INT = 128  # bits; a longer one may not even be printable


def plain(value: Any, depth: int = 0) -> Any:
    """Return ``value`` as dict, list, str, int, bool, None and finite float.

    Text is cut and its control characters are escaped. A Decimal becomes the text it prints as, and so does a
    float that is not finite, since JSON has no such number. A record of ours becomes a dict of its attributes. An
    object of any other class, or one that lies too deep, becomes its class name.
    """
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, _TEXTUAL):
        return printable(str(value), LONGEST_TEXT)
    if value is None or isinstance(value, int | float):
        return _number(value)
    if depth < _DEEPEST and isinstance(value, Mapping):
        return {_key(key): plain(item, depth + 1) for key, item in value.items()}
    if depth < _DEEPEST and isinstance(value, list | tuple):
        return [plain(item, depth + 1) for item in value]
    if depth < _DEEPEST and type(value).__module__.startswith("allause.") and attrs.has(type(value)):
        return {each.name: plain(getattr(value, each.name), depth + 1) for each in attrs.fields(type(value))}
    return _named(value)


def _number(value: Any) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, float):
        return float(value) if isfinite(value) else str(float(value))
    return int(value) if value.bit_length() <= _WIDEST_INT else _named(value)


def _key(key: Any) -> str:
    if type(key) is str:
        return printable(key, LONGEST_TEXT)
    return printable(str(plain(key)) if isinstance(key, str | int | float | Decimal) else _named(key), LONGEST_TEXT)


def _named(value: Any) -> str:
    return f"<{printable(type(value).__name__)}>"
