"""A record of the journal as a line of text, of JSON or of CSV; what strangers wrote is made harmless first."""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from io import StringIO
from typing import Any, get_args, get_type_hints

import attrs
import msgspec

from allause.cli.choices import Format
from allause.discovery import printable
from allause_execution.journal.notation import Record
from allause_execution.journal.reading import Entry
from allause_execution.orders.events import Event

_LONGEST = 500
_BEFORE = ("number", "segment", "offset", "time")
_TIMES = frozenset({"ts_event", "ts_init"})
_ANSWERS = {True: "yes", False: "no"}
_FORMULA = ("=", "+", "-", "@")  # what a spreadsheet would compute


class Form(StrEnum):
    """Name how records are written."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"


def rendered(records: Iterable[Record], form: Form) -> Iterator[str]:
    """Yield one line for each record, in CSV after a line of names."""
    if form is Form.CSV:
        yield _row([*_BEFORE, *_columns(Event)])
    line = {Form.TEXT: _text, Form.JSON: _json, Form.CSV: _csv}[form]
    for entry, event in records:
        yield line(entry, event)


def _text(entry: Entry, event: Event) -> str:
    said = [f"{name}={printable(_worded(name, value), _LONGEST)}" for name, value in _said(event)]
    return " ".join([f"{entry.number:>6}", _time(event.ts), f"{event.kind:16}", *said]).rstrip() + "\n"


def _json(entry: Entry, event: Event) -> str:
    place = {"number": entry.number, "segment": entry.segment, "offset": entry.offset, "time": _time(event.ts)}
    # ASCII alone, so that no terminal acts on a character of it and the file means the same everywhere
    return json.dumps(place | {"event": msgspec.to_builtins(event)}) + "\n"


def _csv(entry: Entry, event: Event) -> str:
    values = _flat(event)
    place: list[object] = [entry.number, entry.segment, entry.offset, _time(event.ts)]
    return _row([*place, *(values.get(name) for name in _columns(Event))])


def _worded(name: str, value: object) -> str:
    """Return a value for people; what counts nanoseconds of UTC by its name is a time."""
    return _time(value) if isinstance(value, int) and name.rpartition(".")[2] in _TIMES else str(value)


def _time(ts: int) -> str:
    seconds, nanoseconds = divmod(ts, 1_000_000_000)
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{nanoseconds:09d}Z"
    except (OverflowError, ValueError, OSError):
        return f"{ts}ns"  # no clock that is right says so, but the journal does


def _said(event: Event) -> Iterator[tuple[str, object]]:
    """Yield the fields that say more than their defaults do, and once what a record within it says again.

    A field of a record within it is named without that record, unless the name is taken by another value.
    """
    said: dict[str, object] = {}
    for name, value in _flat(event).items():
        if name in {"kind", "ts"} or value in (None, "", False):
            continue
        short = name.rpartition(".")[2]
        if short not in said:
            said[short] = value
        elif said[short] != value:
            said[name] = value
    yield from said.items()


def _flat(record: Any, prefix: str = "") -> dict[str, object]:
    flat: dict[str, object] = {}
    for name in get_type_hints(type(record)):
        value = getattr(record, name)
        flat |= _flat(value, f"{prefix}{name}.") if _is_record(type(value)) else {prefix + name: value}
    return flat


def _columns(record: type, prefix: str = "") -> list[str]:
    columns: list[str] = []
    for name, kind in get_type_hints(record).items():
        within = next(filter(_is_record, get_args(kind)), None)
        columns += [prefix + name] if within is None else _columns(within, f"{prefix}{name}.")
    return columns


def _is_record(kind: type) -> bool:
    return attrs.has(kind) or issubclass(kind, msgspec.Struct)


def _row(cells: Iterable[object]) -> str:
    line = StringIO()
    csv.writer(line, lineterminator="\n").writerow([_cell(cell) for cell in cells])
    return line.getvalue()


def _cell(value: object) -> str:
    if value is None:
        return ""
    text = printable(str(value), _LONGEST)
    number = isinstance(value, int | Decimal)
    return f"'{text}" if text.startswith(_FORMULA) and not number else text


def summary(facts: Mapping[str, object], form: Format) -> str:
    """Return what a verification found, as text or as one JSON object."""
    if form is Format.JSON:
        return json.dumps(facts) + "\n"
    words = {name: _ANSWERS[value] if isinstance(value, bool) else value for name, value in facts.items()}
    return "".join(f"{name.replace('_', ' ')}: {printable(str(value), _LONGEST)}\n" for name, value in words.items())
