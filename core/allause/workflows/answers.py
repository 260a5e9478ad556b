"""Answers of components, taken as the records the contract names, or refused."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from enum import StrEnum
from functools import cache
from inspect import iscoroutine
from itertools import islice
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin

import attrs
import cattrs
from arro3.core import Table

from allause.exceptions import AllauseError
from allause.models.market import Bar, MarketEvent, Quote, Trade
from allause.models.orders import exact
from allause.workflows.scene import StepFailed

#: More rows than this are not compared; workflows ask for less.
MOST_ROWS = 200_000

T = TypeVar("T")

_converter = cattrs.Converter()
_converter.register_structure_hook(Decimal, lambda value, _: exact(value))


def shaped(value: object, record: type[T], call: str) -> T:
    """Return an answer as the record the contract names; a mapping of the same shape is taken as one.

    Raises:
        StepFailed: it is something else.
    """
    if isinstance(value, record):
        _check_fields(value, call)
        return value
    _dispose(value)
    shape: Any = record
    if isinstance(value, dict) and attrs.has(shape):
        with suppress(cattrs.BaseValidationError, ValueError, TypeError):
            return shaped(_converter.structure(value, shape), record, call)
    raise StepFailed(f"{call} had to answer {_named(record)}, got {_found(value)}")


def many(value: object, record: type[T], call: str) -> tuple[T, ...]:
    """Return an answer that is a sequence of records.

    Raises:
        StepFailed: it is no tuple or list, or one item is something else.
    """
    if not isinstance(value, tuple | list):
        _dispose(value)
        raise StepFailed(f"{call} had to answer a tuple of {record.__name__}, got {_found(value)}")
    return tuple(shaped(item, record, f"{call}[{index}]") for index, item in enumerate(value))


def columns(value: object, call: str) -> dict[str, list[Any]]:
    """Return an Arrow table as lists by column name.

    Raises:
        StepFailed: it is no table, or holds more than ``MOST_ROWS`` rows.
    """
    _dispose(value)
    if not hasattr(value, "__arrow_c_stream__"):
        raise StepFailed(f"{call} had to answer a table (__arrow_c_stream__), got {_found(value)}")
    try:
        table = Table.from_arrow(value)
        rows, answer = table.num_rows, {}
        if rows <= MOST_ROWS:
            answer = {name: list(table.column(name).to_pylist()) for name in table.column_names}
    except Exception as error:
        # the export is the component's own code and may raise anything
        raise StepFailed(f"{call} answered a table that cannot be read: {type(error).__name__}: {error}") from error
    if rows > MOST_ROWS:
        raise StepFailed(f"{call} answered {rows} rows; at most {MOST_ROWS} are compared")
    return answer


def events(value: object, call: str, count: int) -> list[MarketEvent]:
    """Take at most ``count`` events of a stream, asynchronous or not, and close it.

    Raises:
        StepFailed: it cannot be iterated, raised, or held something that is no event.
    """
    (taken,) = pieces(value, call, (count,))
    return taken


def pieces(value: object, call: str, sizes: Sequence[int]) -> Iterator[list[MarketEvent]]:
    """Yield the events of a stream, at most as many as each size says, and close it after the last.

    It stays open while the caller works on a piece.

    Raises:
        StepFailed: as ``events`` does.
    """
    _dispose(value)
    before = 0
    try:
        for taken in _taken(value, call, sizes):
            _check_events(taken, before, call)
            before += len(taken)
            yield taken
    except (StepFailed, AllauseError):
        raise
    except (Exception, SystemExit) as error:
        raise StepFailed(f"{call}: iterating it raised {type(error).__name__}: {error}") from error


def _check_events(taken: Sequence[object], before: int, call: str) -> None:
    for index, event in enumerate(taken, before):
        if not isinstance(event, Bar | Trade | Quote):
            raise StepFailed(f"{call}: event {index} had to be a Bar, Trade or Quote, got {_found(event)}")


def _taken(value: object, call: str, sizes: Sequence[int]) -> Iterator[list[Any]]:
    if isinstance(value, AsyncIterable):
        yield from _taken_async(value, sizes)
        return
    if not isinstance(value, Iterable):
        raise StepFailed(f"{call} had to answer an iterable of events, got {_found(value)}")
    iterator: Iterator[Any] = iter(value)
    for size in sizes:
        yield list(islice(iterator, size))
    close = getattr(iterator, "close", None)
    if close is not None:
        close()


def _taken_async(value: AsyncIterable[Any], sizes: Sequence[int]) -> Iterator[list[Any]]:
    iterator = aiter(value)
    close = getattr(iterator, "aclose", None)
    with asyncio.Runner() as runner:
        for size in sizes:
            yield runner.run(_some(iterator, size))
        if close is not None:
            runner.run(close())


async def _some(iterator: AsyncIterator[Any], size: int) -> list[Any]:
    taken: list[Any] = []
    while len(taken) < size:
        try:
            taken.append(await anext(iterator))
        except StopAsyncIteration:
            break
    return taken


def _check_fields(record: object, call: str) -> None:
    shape: Any = type(record)
    for name, kind in _fields(shape):
        value = getattr(record, name)
        if not _check(kind)(value):
            wanted = getattr(kind, "__name__", str(kind))
            raise StepFailed(f"{call}: {shape.__name__}.{name} had to be {wanted}, got {_found(value)}")


@cache
def _fields(shape: Any) -> tuple[tuple[str, Any], ...]:
    return tuple((field.name, field.type) for field in attrs.fields(shape)) if attrs.has(shape) else ()


@cache
def _check(kind: Any) -> Callable[[Any], bool]:
    """Return what tells whether a value is what an annotation of the contract's records says, items included.

    It is made once for each annotation: an examination asks it a million times.
    """
    if get_origin(kind) is not None:
        return _check_generic(get_origin(kind), get_args(kind))
    if kind is Any:
        return lambda _: True
    if issubclass(kind, StrEnum):
        words = frozenset(kind)
        return lambda value: isinstance(value, str) and value in words
    if attrs.has(kind):
        checks = [(name, _check(each)) for name, each in _fields(kind)]
        return lambda value: isinstance(value, kind) and all(check(getattr(value, name)) for name, check in checks)
    # bool is an int in Python and nowhere else
    allowed = (int, float) if kind is float else kind
    return lambda value: isinstance(value, allowed) and (kind is bool or not isinstance(value, bool))


def _check_generic(origin: Any, arguments: tuple[Any, ...]) -> Callable[[Any], bool]:
    if origin is UnionType:
        checks = [_check(each) for each in arguments]
        return lambda value: any(check(value) for check in checks)
    item = _check(arguments[0])
    if origin is tuple:
        return lambda value: isinstance(value, tuple | list) and all(map(item, value))
    other = _check(arguments[1])  # of the only other one in the records, Mapping
    return lambda value: isinstance(value, Mapping) and all(item(k) and other(v) for k, v in value.items())


def _dispose(value: object) -> None:
    """Close a coroutine that nobody will await, so that no warning is printed about it."""
    if iscoroutine(value):
        value.close()


def _named(record: type) -> str:
    return f"an {record.__name__}" if record.__name__[0] in "AEIO" else f"a {record.__name__}"


def _found(value: object) -> str:
    return "None" if value is None else f"an object of type {type(value).__name__}"
