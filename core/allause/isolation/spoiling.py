"""Edit an answer in place, as a careless caller would."""

import builtins
from collections.abc import Iterator
from typing import Any

import msgspec

from allause.isolation.encoding import on_type

__builtins__ = dict(vars(builtins))  # type: ignore[assignment] # functions below keep these, whatever is patched later

_DEPTH = 6
_STRUCT = type(msgspec.Struct)


def spoil(value: Any, marker: str, depth: int = 0) -> int:
    """Put ``marker`` into every list, mapping and set inside ``value`` and return how many there were."""
    if depth > _DEPTH:
        return 0
    edits = sum(spoil(part, marker, depth + 1) for part in list(_parts(value)))
    kind = type(value)
    if kind is list:
        value.append(marker)
    elif kind is set:
        value.add(marker)
    elif issubclass(kind, dict):
        dict.__setitem__(value, marker, marker)
    else:
        return edits
    return edits + 1


def _parts(value: Any) -> Iterator[Any]:
    kind = type(value)
    if kind in (list, tuple):
        yield from value
    elif issubclass(kind, dict):
        yield from dict.values(value)
    elif on_type(kind, "__attrs_attrs__") is not None:
        yield from (getattr(value, attribute.name, None) for attribute in kind.__attrs_attrs__)
    elif issubclass(type(kind), _STRUCT):
        yield from (getattr(value, name, None) for name in kind.__struct_fields__)
