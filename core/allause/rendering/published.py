"""A report as the reader of its JSON gets it."""

from enum import Enum
from typing import Any, TypeVar

import attrs

from allause.models.report import Report
from allause.plain import plain

_Record = TypeVar("_Record", bound=attrs.AttrsInstance)


def published(report: Report) -> Report:
    """Return the report with every text bounded and printable, and every number finite."""
    return _bounded(report)


def _bounded(record: _Record) -> _Record:
    return type(record)(**{each.name: _value(getattr(record, each.name)) for each in attrs.fields(type(record))})


def _value(value: Any) -> Any:
    if isinstance(value, Enum):
        return value
    if isinstance(value, list | tuple):
        return tuple(map(_value, value))
    return _bounded(value) if attrs.has(type(value)) else plain(value)
