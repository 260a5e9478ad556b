"""A report as the reader of its JSON gets it."""

from collections.abc import Sequence
from enum import Enum
from functools import cache
from operator import is_
from typing import Any, TypeVar

import attrs

from allause.discovery import printable
from allause.models.report import Report
from allause.plain import LONGEST_TEXT, plain

_Record = TypeVar("_Record", bound=attrs.AttrsInstance)


class _Publisher:
    """Publish a report once, in however many formats it is wanted, and a published one not again."""

    def __init__(self) -> None:
        self._last: tuple[Report, Report] | None = None

    def __call__(self, report: Report) -> Report:
        """Return the report with every text bounded and printable, and every number finite."""
        if self._last is None or all(known is not report for known in self._last):
            self._last = report, _bounded(report)
        return self._last[1]


published = _Publisher()


def _bounded(record: _Record) -> _Record:
    """Return the record itself when nothing in it has to change, as is most often so."""
    kind = type(record)
    fields = names(kind)
    held = [getattr(record, name) for name in fields]
    bounded = [*map(_value, held)]
    return record if all(map(is_, bounded, held)) else kind(**dict(zip(fields, bounded, strict=True)))


def _value(value: Any) -> Any:
    kind = type(value)
    if kind is str:
        return printable(value, LONGEST_TEXT)
    if isinstance(value, Enum):
        return value
    if isinstance(value, list | tuple):
        bounded = tuple(map(_value, value))
        return value if kind is tuple and all(map(is_, bounded, value)) else bounded
    return _bounded(value) if attrs.has(kind) else plain(value)


@cache
def names(kind: type[attrs.AttrsInstance]) -> Sequence[str]:
    """Return the names of a record's fields, in their order."""
    return tuple(each.name for each in attrs.fields(kind))
