"""Read the published form back: a report that was saved."""

import json
from datetime import datetime
from functools import partial
from typing import Any

import cattrs
from cattrs.v import format_exception

from allause.discovery import printable
from allause.exceptions import UsageError
from allause.models.report import Report
from allause.plain import plain

LARGEST = 64 * 1024 * 1024
_SERIES = "1"
_RUN = "allause run"  # what a run's record says of itself; not imported, for that is a layer beside this one


def parse(content: bytes, name: str) -> Report:
    """Return the report that a JSON file holds, whoever wrote it.

    :param name: of the file, for the error.

    Raises:
        UsageError: it is no report, or one of a later series.
    """
    shown = printable(name)
    if len(content) > LARGEST:
        raise UsageError(f"{shown}: expected a report of at most {LARGEST} bytes, found {len(content)}")
    try:
        value = json.loads(content, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:  # UnicodeDecodeError is a ValueError
        raise UsageError(f"{shown}: expected a report as JSON, found {_other(error)}; name its JSON form") from error
    version = value.get("schema_version") if isinstance(value, dict) else None
    if not isinstance(version, str):
        raise UsageError(f"{shown}: expected a report of allause, found no 'schema_version'; name its JSON form")
    if value.get("tool") == _RUN:
        raise UsageError(f"{shown}: expected a report of 'allause validate', found the record of an 'allause run'")
    if version.partition(".")[0] != _SERIES:
        raise UsageError(
            f"{shown}: expected a report of schema {_SERIES}.x, found {printable(version, 20)!r}; "
            "render it with the version of allause that wrote it"
        )
    try:
        report = _structured(plain(value))
    except Exception as error:
        problem = cattrs.transform_error(error, path="report", format_exception=_worded)[0]
        raise UsageError(f"{shown}: not a report: {printable(problem)}") from error
    try:
        datetime.fromisoformat(report.started_at)
    except ValueError as error:
        raise UsageError(f"{shown}: not a report: expected a time @ report.started_at; {_first_line(error)}") from error
    return report


def _structured(form: Any) -> Report:
    return _CONVERTER.structure(form, Report)


def _exactly(primitive: type, value: Any, wanted: type) -> Any:
    accepted = (int, float) if primitive is float else primitive
    if not isinstance(value, accepted) or (isinstance(value, bool) and primitive is not bool):
        raise ValueError(f"expected {primitive.__name__}, found {type(value).__name__}")
    return wanted(value)  # the class itself, or a StrEnum


def _worded(error: BaseException, wanted: type | None) -> str:
    if isinstance(error, KeyError):
        return "a field is missing"
    return str(error) if isinstance(error, ValueError) else format_exception(error, wanted)


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _other(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"text that is no JSON in line {error.lineno}, column {error.colno}"
    if isinstance(error, UnicodeDecodeError):
        return "bytes that are no text"
    return _first_line(error)


def _first_line(error: Exception) -> str:
    return printable(str(error).partition("\n")[0])


def _converter() -> cattrs.Converter:
    converter = cattrs.Converter()
    for primitive in (str, int, float, bool):
        converter.register_structure_hook(primitive, partial(_exactly, primitive))
    return converter


_CONVERTER = _converter()
