"""Hold an answer, as plain data, against the annotation that the contract gives it."""

import inspect
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, get_args, get_origin

import attrs


class Sort(StrEnum):
    """Name how a value differs from its annotation."""

    TIMESTAMP = "timestamp"
    DISGUISED = "disguised"
    INEXACT = "inexact"
    OTHER = "other"


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Mismatch:
    """State one place where a value differs from its annotation.

    Attributes:
        path: such as ``$.figures[0].value``.
        expected: the annotation, in words.
        found: the value and its type.
        sort: see ``Sort``.
    """

    path: str
    expected: str
    found: str
    sort: Sort


_TABLE = "a table (an object with __arrow_c_stream__)"
#: Types that nothing of their own needs a closer look.
_EXACT = frozenset({str, int, float, bool, Decimal})


def mismatches(value: Any, annotation: Any, path: str = "$") -> Iterator[Mismatch]:
    """Yield every place where ``value`` is not what ``annotation`` says.

    Records are mappings here, sequences lists, tables mappings of columns, streams the list of what was taken. A
    record may leave out fields that have a default.
    """
    if type(value) is annotation and annotation in _EXACT:
        return
    if annotation in (Any, object, inspect.Signature.empty) or getattr(annotation, "_is_protocol", False):
        return
    origin = get_origin(annotation)
    if origin is UnionType:
        yield from _one_of(value, get_args(annotation), path)
    elif origin is not None:
        yield from _container(value, origin, get_args(annotation), path)
    elif annotation in (None, NoneType):
        if value is not None:
            yield _mismatch(value, "None", path)
    elif attrs.has(annotation) or hasattr(annotation, "__struct_fields__"):
        yield from _record(value, annotation, path)
    elif not _fits(value, annotation):
        yield _mismatch(value, annotation.__name__, path, annotation)


def misfit(value: Any, annotation: Any, *, table: bool = False) -> str:
    """Return in words what ``annotation`` asks for when ``value`` is of another form altogether; else nothing.

    What is inside is not looked at, nor what is returned where nothing is asked for.

    :param table: whether the mapping was a table before it was made plain.
    """
    origin = get_origin(annotation)
    form: type
    if annotation in (None, NoneType) or origin is UnionType:
        return ""
    if origin is not None and issubclass(origin, Mapping):
        form, words = Mapping, "a mapping"
    elif origin is not None:
        form, words = list, f"a sequence of {_names(annotation)}"
    elif getattr(annotation, "_is_protocol", False):
        return "" if table else _TABLE
    elif attrs.has(annotation):
        form, words = Mapping, annotation.__name__
    else:
        form, words = annotation, annotation.__name__
    return "" if isinstance(value, form) and not table else words


def is_time(name: str) -> bool:
    """Tell whether a field of the contract holds nanoseconds UTC."""
    return name in {"ts", "since"} or name.startswith("ts_")


def _one_of(value: Any, choices: tuple[Any, ...], path: str) -> Iterator[Mismatch]:
    problems = [list(mismatches(value, choice, path)) for choice in choices if choice is not NoneType]
    if (value is None and NoneType in choices) or [] in problems:
        return
    # the choice that comes nearest says what is wrong
    yield from min(problems, key=len)


def _container(value: Any, origin: Any, arguments: tuple[Any, ...], path: str) -> Iterator[Mismatch]:
    if issubclass(origin, Mapping):
        if not isinstance(value, Mapping):
            yield _mismatch(value, "a mapping", path)
            return
        for key, item in value.items():
            yield from mismatches(key, arguments[0], f"{path}.{key} (the key)")
            yield from mismatches(item, arguments[1], f"{path}.{key}")
    elif not isinstance(value, list):
        yield _mismatch(value, "a sequence", path)
    else:
        for index, item in enumerate(value):
            yield from mismatches(item, arguments[0], f"{path}[{index}]")


def _record(value: Any, record: type, path: str) -> Iterator[Mismatch]:
    if not isinstance(value, Mapping):
        yield _mismatch(value, record.__name__, path)
        return
    for name, kind, optional in _fields(record):
        if name in value:
            yield from mismatches(value[name], kind, f"{path}.{name}")
        elif not optional:
            found = f"the fields {', '.join(map(str, value))}" if value else "no field"
            yield Mismatch(path=path, expected=f"{name} among them", found=found, sort=Sort.OTHER)


@cache
def _fields(record: Any) -> Sequence[tuple[str, Any, bool]]:
    """Return name and type of each field, and whether it has a default."""
    if attrs.has(record):
        return [(f.name, f.type, f.default is not attrs.NOTHING) for f in attrs.fields(record)]
    from msgspec.structs import fields  # noqa: PLC0415 - slow, and a static look does without

    return [(f.name, f.type, not f.required) for f in fields(record)]


def _fits(value: Any, kind: type) -> bool:
    if issubclass(kind, StrEnum):
        return isinstance(value, str) and value in set(kind)
    if kind is float:
        return type(value) in (float, int)
    return type(value) is kind


def _names(annotation: Any) -> str:
    """Return the names of what a sequence holds."""
    item = get_args(annotation)[0]
    return " or ".join(choice.__name__ for choice in get_args(item) or (item,))


def _mismatch(value: Any, expected: str, path: str, kind: type | None = None) -> Mismatch:
    name = path.rpartition(".")[2]
    if is_time(name):
        sort = Sort.TIMESTAMP
    elif kind is Decimal and type(value) is float:
        sort = Sort.INEXACT
    elif kind in (int, float, Decimal) and (type(value) is bool or _is_numeric(value)):
        sort = Sort.DISGUISED
    else:
        sort = Sort.OTHER
    return Mismatch(path=path, expected=expected, found=f"{type(value).__name__} {value!r:.80}", sort=sort)


def _is_numeric(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    try:
        float(value)
    except ValueError:
        return False
    return True
