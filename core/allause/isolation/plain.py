"""Plain data: the only thing that crosses from a child to the host, with tags for what JSON cannot say.

====================================  ===========================================================
``{"$decimal": "1.50"}``              a Decimal
``{"$float": "nan"}``                 a float that is not finite
``{"$bytes": "00ff"}``                bytes, in hexadecimal
``{"$tuple": [...]}``                 a tuple
``{"$mapping": [[key, value]]}``      a dict with keys that are no strings, or that begin with ``$``
``{"$record": name, "fields": {}}``   an attrs record or a msgspec struct
``{"$table": {"columns", "types"}}``  an Arrow table: lists by column name, type names by column name
``{"$awaitable": type}``              something that wanted to be awaited
``{"$iterator": type}``               something that wanted to be iterated
``{"$object": type, "repr": text}``   anything else
====================================  ===========================================================
"""

import builtins
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from functools import cache
from math import isfinite
from typing import Any, ClassVar

import attrs

from allause.isolation.bounds import Bounds, GarbledError, Meter, Path, told

__builtins__ = dict(vars(builtins))  # type: ignore[assignment] # functions below keep these, whatever is patched later

#: The tags, each with the keys its object has.
TAGS: Mapping[str, frozenset[str]] = {
    "$decimal": frozenset({"$decimal"}),
    "$float": frozenset({"$float"}),
    "$bytes": frozenset({"$bytes"}),
    "$tuple": frozenset({"$tuple"}),
    "$mapping": frozenset({"$mapping"}),
    "$record": frozenset({"$record", "fields"}),
    "$table": frozenset({"$table"}),
    "$awaitable": frozenset({"$awaitable"}),
    "$iterator": frozenset({"$iterator"}),
    "$object": frozenset({"$object", "repr"}),
}

_SMALLEST, _LARGEST = -(2**63), 2**63 - 1
_SHOWN = 100
_FLOATS = {float}
_SCALARS = frozenset({bool, int, float, type(None)})


@attrs.frozen(repr=False)
class Opaque:
    """Stand on the host for a value that is not plain.

    Attributes:
        tag: ``$awaitable``, ``$iterator`` or ``$object``.
        type: its type, as ``module.Class``.
        repr: what it printed as, cut; empty for the first two.
    """

    tag: str
    type: str
    repr: str = ""

    def __repr__(self) -> str:
        """Say what was found, as findings do."""
        return " ".join(filter(None, (self.repr, f"of type {self.type}, which is no plain data")))


def are_finite_floats(values: Sequence[Any]) -> bool:
    """Tell whether a plain list or tuple holds finite floats only: these cross as they are, and are often many."""
    return {*map(type, values)} == _FLOATS and all(map(isfinite, values))


Builder = Callable[[Any], Any]
#: The keys of an object with a tag, what reads it, and what makes an object of what was read.
_Known = tuple[frozenset[str] | None, Callable[..., Any], Builder | None]
_UNKNOWN: _Known = (None, lambda *_: None, None)


class Decoder:
    """Turn plain data into Python, trusting nothing about its shape.

    Attributes:
        bounds: what is taken.
        builders: replaces, by tag, how a decoded value becomes an object. ``$record`` gets (name, fields) and
            ``$table`` gets (columns, types).
    """

    def __init__(self, bounds: Bounds | None = None, builders: Mapping[str, Builder] | None = None) -> None:
        self.bounds = bounds or Bounds()
        built: dict[str, Builder] = {
            "$record": lambda record: record[1],
            "$table": lambda table: table[0],
            **(builders or {}),
        }
        self._known: dict[str, _Known] = {
            tag: (TAGS.get(tag, frozenset({tag})), self._readers.get(tag, Decoder._inner), built.get(tag))
            for tag in (*TAGS, *built)
        }

    def decode(self, plain: Any) -> Any:
        """Return the Python value of ``plain``.

        Raises:
            GarbledError: it has no shape an honest encoder gives.
            OversizedError: it exceeds the bounds.
        """
        return self._value(plain, "$", 0, Meter(self.bounds))

    def _value(self, plain: Any, path: Path, depth: int, meter: Meter) -> Any:
        meter.enter(path, depth)
        kind = type(plain)
        if kind is str:
            meter.take(path, len(plain))
            return plain
        if kind in _SCALARS:
            return _scalar(plain, path)
        if kind is list:
            if are_finite_floats(plain):
                meter.enter(path, depth + 1, len(plain))
                return plain
            return [self._value(item, (path, index), depth + 1, meter) for index, item in enumerate(plain)]
        if kind is not dict:
            raise GarbledError(f"{kind.__name__} at {told(path)}")
        for key in plain:
            if key.startswith("$"):
                return self._tagged(key, plain, path, depth, meter)
        return self._held(plain, path, depth + 1, meter)

    def _tagged(self, tag: str, plain: dict[str, Any], path: Path, depth: int, meter: Meter) -> Any:
        keys, read, build = self._known.get(tag, _UNKNOWN)
        if plain.keys() != keys:
            raise GarbledError(f"an object with the keys {sorted(plain)[:5]} at {told(path)}")
        decoded = read(self, plain, path, depth, meter)
        return build(decoded) if build else decoded

    def _held(self, plain: dict[str, Any], path: Path, depth: int, meter: Meter) -> dict[str, Any]:
        """Read what a mapping holds; most of it are scalars, which are read here."""
        held: dict[str, Any] = {}
        for key, item in plain.items():
            kind, where = type(item), (path, key)
            if kind is str:
                meter.enter(where, depth)
                meter.take(where, len(item))
                held[key] = item
            elif kind in _SCALARS:
                meter.enter(where, depth)
                held[key] = _scalar(item, where)
            else:
                held[key] = self._value(item, where, depth, meter)
        return held

    def _inner(self, plain: dict[str, Any], path: Path, depth: int, meter: Meter) -> Any:
        """Read a tag of the builders' own."""
        return self._value(next(iter(plain.values())), path, depth + 1, meter)

    def _tuple(self, plain: dict[str, Any], path: Path, depth: int, meter: Meter) -> Any:
        return tuple(self._value(_typed(plain["$tuple"], list, path), path, depth, meter))

    def _mapping(self, plain: dict[str, Any], path: Path, depth: int, meter: Meter) -> Any:
        pairs = [_pair(pair, path) for pair in _typed(plain["$mapping"], list, path)]
        keys = [_key(self._value(key, path, depth + 1, meter), path) for key, _ in pairs]
        items = [self._value(item, (path, bare(key)), depth + 1, meter) for key, item in pairs]
        return dict(zip(keys, items, strict=True))

    def _record(self, plain: dict[str, Any], path: Path, depth: int, meter: Meter) -> Any:
        fields = _typed(plain["fields"], dict, path)
        values = self._held(fields, path, depth + 1, meter)
        return _typed(plain["$record"], str, path), values

    def _worded(self, plain: dict[str, Any], path: Path, _depth: int, meter: Meter) -> Any:
        tag, text = next(iter(plain.items()))
        meter.take(path, len(_typed(text, str, path)))
        return _SCALAR_TAGS[tag](text, path)

    def _opaque(self, plain: dict[str, Any], path: Path, _depth: int, _meter: Meter) -> Any:
        tag = next(key for key in plain if key.startswith("$"))
        return Opaque(tag, _typed(plain[tag], str, path), _typed(plain.get("repr", ""), str, path))

    def _table(self, plain: dict[str, Any], path: Path, _depth: int, meter: Meter) -> Any:
        table = _typed(plain["$table"], dict, path)
        if table.keys() != {"columns", "types"} or {type(part) for part in table.values()} != {dict}:
            raise GarbledError(f"a table with the parts {sorted(table)[:5]} at {told(path)}")
        columns, types = table["columns"], table["types"]
        rows = {len(_typed(column, list, path)) for column in columns.values()}
        if columns.keys() != types.keys() or len(rows) > 1:
            raise GarbledError(f"a table whose columns differ in length or lack a type at {told(path)}")
        meter.table(path, max(rows, default=0), len(columns))
        decoded = {}
        for name, column in columns.items():
            _typed(types[name], str, path)
            nested = Meter(attrs.evolve(self.bounds, nodes=self.bounds.cells))
            decoded[name] = [self._cell(cell, (path, name), nested) for cell in column]
        return decoded, types

    def _cell(self, cell: Any, path: Path, meter: Meter) -> Any:
        if type(cell) is str:
            return cell
        return _scalar(cell, path) if type(cell) in _SCALARS else self._value(cell, path, 1, meter)

    _readers: ClassVar[Mapping[str, Callable[..., Any]]] = {
        "$tuple": _tuple,
        "$mapping": _mapping,
        "$record": _record,
        "$table": _table,
        "$decimal": _worded,
        "$float": _worded,
        "$bytes": _worded,
        "$object": _opaque,
        "$awaitable": _opaque,
        "$iterator": _opaque,
    }


def _scalar(plain: Any, path: Path) -> Any:
    if type(plain) is int and not _SMALLEST <= plain <= _LARGEST:
        raise GarbledError(f"an integer beyond 64 bits at {told(path)}")
    if type(plain) is float and not isfinite(plain):
        raise GarbledError(f"an untagged {plain} at {told(path)}")
    return plain


def _typed(value: Any, kind: type, path: Path) -> Any:
    if type(value) is not kind:
        raise GarbledError(f"{type(value).__name__} where {kind.__name__} belongs at {told(path)}")
    return value


def _pair(pair: Any, path: Path) -> Any:
    if len(_typed(pair, list, path)) != 2:  # noqa: PLR2004 # key and value
        raise GarbledError(f"a mapping entry of {len(pair)} parts at {told(path)}")
    return pair


def _key(key: Any, path: Path) -> Any:
    try:
        hash(key)
    except TypeError:
        raise GarbledError(f"a key of type {type(key).__name__} at {told(path)}") from None
    return key


def bare(plain: Any) -> Any:
    """Return what a tagged key shows in a path: its content without the tag."""
    return next(iter(plain.values())) if type(plain) is dict and plain else plain


def _decimal(text: str, path: Path) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise GarbledError(f"a decimal written {text[:_SHOWN]!r} at {told(path)}") from None


def _float(text: str, path: Path) -> float:
    if text not in {"nan", "inf", "-inf"}:
        raise GarbledError(f"a tagged float written {text[:_SHOWN]!r} at {told(path)}")
    return float(text)


def _bytes(text: str, path: Path) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise GarbledError(f"bytes that are not hexadecimal at {told(path)}") from None


_SCALAR_TAGS: Mapping[str, Callable[[str, str], Any]] = {"$decimal": _decimal, "$float": _float, "$bytes": _bytes}


def decode(plain: Any, bounds: Bounds | None = None) -> Any:
    """Return the Python value of ``plain``: mappings for records, lists by column for tables, ``Opaque`` for the rest.

    Raises:
        GarbledError: it has no shape an honest encoder gives.
        OversizedError: it exceeds the bounds.
    """
    return _decoder(bounds).decode(plain)


_decoder = cache(Decoder)
