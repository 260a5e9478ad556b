"""Turn any answer of a component into bounded plain data, inside the child.

Only exact types are trusted: a subclass may lie about its length, items or equality, and is reported as an object.
"""

import builtins
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable
from decimal import Decimal
from enum import EnumType
from inspect import CO_ITERABLE_COROUTINE
from math import isfinite
from types import CoroutineType, GeneratorType, MappingProxyType, NoneType
from typing import Any

import msgspec

from allause.isolation.bounds import Bounds, Meter, Path
from allause.isolation.plain import are_finite_floats
from allause.isolation.tables import read_table

__builtins__ = dict(vars(builtins))  # type: ignore[assignment] # functions below keep these, whatever is patched later

_REPR = 200
_DIGITS = 200
_STRUCT = type(msgspec.Struct)
_type_module = type.__dict__["__module__"].__get__
_type_qualname = type.__dict__["__qualname__"].__get__
_type_mro = type.__dict__["__mro__"].__get__
_type_dict = type.__dict__["__dict__"].__get__
_attribute = object.__getattribute__


def encode(value: Any, bounds: Bounds | None = None) -> Any:
    """Return ``value`` as plain data; see ``allause.isolation.plain`` for the tags.

    Coroutines found in it are closed, so that Python does not also warn that nobody awaited them.

    Raises:
        OversizedError: it exceeds the bounds; nothing beyond them was built.
    """
    return _encode(value, "$", 0, Meter(bounds or Bounds()))


def type_name(kind: type) -> str:
    """Return ``module.Class`` of a type, whatever its metaclass pretends."""
    module, name = _type_module(kind), _type_qualname(kind)
    return f"{module}.{name}" if type(module) is str else name


def printable(text: str, length: int) -> str:
    """Return ``text`` cut to ``length``, with what UTF-8 cannot hold escaped."""
    return str.__str__(text)[:length].encode("utf-8", "backslashreplace").decode("utf-8")


def shown(value: Any) -> str:
    """Return the repr of ``value``, cut; one that raises is said to."""
    try:
        text = repr(value)
    except BaseException as error:  # noqa: BLE001 # a component's repr may raise anything, and nothing may pass here
        return f"<repr raised {type_name(type(error))}>"
    return printable(text, _REPR)


def find(kind: type, name: str) -> tuple[Any, type] | None:
    """Return the attribute ``name`` and the class of the type's MRO that holds it, or None; no code of it runs."""
    for owner in _type_mro(kind):
        members = _type_dict(owner)
        if name in members:
            return members[name], owner
    return None


def on_type(kind: type, name: str) -> Any:
    """Return the attribute ``name`` as a class of the type's MRO holds it, or None."""
    found = find(kind, name)
    return None if found is None else found[0]


def is_awaitable(value: Any) -> bool:
    """Tell whether ``await`` would take ``value``, without asking the object itself."""
    kind = type(value)
    if kind is GeneratorType:
        return bool(value.gi_code.co_flags & CO_ITERABLE_COROUTINE)
    return kind is CoroutineType or on_type(kind, "__await__") is not None


def _encode(value: Any, path: Path, depth: int, meter: Meter) -> Any:
    meter.enter(path, depth)
    kind = type(value)
    exact = _EXACT.get(kind)
    if exact is not None:
        return exact(value, path, depth, meter)
    if type(kind) is EnumType and issubclass(kind, str):
        return _text(value, path, depth, meter)
    if kind is CoroutineType:
        value.close()
        return {"$awaitable": "coroutine"}
    attributes = on_type(kind, "__attrs_attrs__")
    if attributes is not None:
        return _record(value, kind, [attribute.name for attribute in attributes], path, depth, meter)
    if issubclass(type(kind), _STRUCT):
        return _record(value, kind, kind.__struct_fields__, path, depth, meter)
    return _stranger(value, kind, path, depth, meter)


def _stranger(value: Any, kind: type, path: Path, depth: int, meter: Meter) -> Any:
    if on_type(kind, "__arrow_c_stream__") is not None:
        return _table(value, path, depth, meter)
    for method, tag in (("__await__", "$awaitable"), ("__next__", "$iterator"), ("__anext__", "$iterator")):
        if on_type(kind, method) is not None:
            return {tag: printable(type_name(kind), _REPR)}
    return _object(kind, shown(value))


def _object(kind: type, text: str) -> dict[str, Any]:
    return {"$object": printable(type_name(kind), _REPR), "repr": text}


def _same(value: bool | None, _path: Path, _depth: int, _meter: Meter) -> bool | None:
    return value


def _integer(value: int, _path: Path, _depth: int, _meter: Meter) -> Any:
    return value if -(2**63) <= value < 2**63 else _object(int, f"an integer of {value.bit_length()} bits")


def _float(value: float, _path: Path, _depth: int, _meter: Meter) -> Any:
    return value if isfinite(value) else {"$float": repr(value)}


def _decimal(value: Decimal, _path: Path, _depth: int, _meter: Meter) -> Any:
    digits = len(value.as_tuple().digits)
    return {"$decimal": str(value)} if digits <= _DIGITS else _object(Decimal, f"a decimal of {digits} digits")


def _bytes(value: bytes, path: Path, _depth: int, meter: Meter) -> Any:
    meter.take(path, 2 * len(value))
    return {"$bytes": value.hex()}


def _text(value: str, path: Path, _depth: int, meter: Meter) -> Any:
    text = str.__str__(value)
    meter.take(path, len(text))
    return text if _is_utf8(text) else _object(str, printable(text, _REPR))


def _is_utf8(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _list(value: list[Any] | tuple[Any, ...], path: Path, depth: int, meter: Meter) -> list[Any]:
    if are_finite_floats(value):
        meter.enter(path, depth + 1, len(value))
        return list(value)
    return [_encode(item, (path, index), depth + 1, meter) for index, item in enumerate(value)]


def _tuple(value: tuple[Any, ...], path: Path, depth: int, meter: Meter) -> Any:
    return {"$tuple": _list(value, path, depth, meter)}


def _view(value: Any, path: Path, depth: int, meter: Meter) -> Any:
    return _mapping(dict(value), path, depth, meter)


def _mapping(value: dict[Any, Any], path: Path, depth: int, meter: Meter) -> Any:
    if all(type(key) is str and not key.startswith("$") and _is_utf8(key) for key in dict.keys(value)):
        return {
            _text(key, path, depth, meter): _encode(item, (path, key), depth + 1, meter)
            for key, item in dict.items(value)
        }
    pairs = []
    for key, item in dict.items(value):
        name = key if type(key) in {str, int, bool, float} else type_name(type(key))
        pairs.append([_encode(key, path, depth + 1, meter), _encode(item, (path, name), depth + 1, meter)])
    return {"$mapping": pairs}


def _record(value: Any, kind: type, names: Any, path: Path, depth: int, meter: Meter) -> Any:
    fields = {}
    for name in names:
        field = printable(name, _REPR)
        meter.take(path, len(field))
        fields[field] = _encode(_attribute(value, name), (path, field), depth + 1, meter)
    return {"$record": printable(_type_qualname(kind), _REPR), "fields": fields}


def _table(value: Any, path: Path, depth: int, meter: Meter) -> Any:
    columns, types = read_table(value, path, meter)
    counted = meter.nodes
    plain = {}
    for name, column in columns.items():
        for cell in column:
            if type(cell) is str:
                meter.take(path, len(cell))
        plain[name] = [cell if type(cell) is str else _cell(cell, (path, name), depth, meter) for cell in column]
        meter.nodes = counted  # cells were counted by read_table
    return {"$table": {"columns": plain, "types": types}}


def _cell(cell: Any, path: Path, depth: int, meter: Meter) -> Any:
    return cell if type(cell) is float and isfinite(cell) else _encode(cell, path, depth + 1, meter)


_EXACT: dict[type, Callable[[Any, Path, int, Meter], Any]] = {
    NoneType: _same,
    bool: _same,
    int: _integer,
    float: _float,
    str: _text,
    bytes: _bytes,
    Decimal: _decimal,
    list: _list,
    tuple: _tuple,
    dict: _mapping,
    OrderedDict: _mapping,
    defaultdict: _mapping,
    Counter: _mapping,
    MappingProxyType: _view,
}
