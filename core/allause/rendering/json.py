"""Render a report as JSON: the published form, from which every other format is made."""

import re
from json import dumps
from typing import Any

import attrs

from allause.models.report import Report, Status
from allause.rendering.published import names, published

_COMMAND = re.compile(r"##(?=\w*\[)")


def render(report: Report) -> str:
    """Return the report as ASCII JSON, its keys in the published order, with a newline at the end."""
    return encoded(document(report), indented=True) + "\n"


def encoded(value: Any, *, indented: bool = False) -> str:
    """Return plain data as ASCII JSON in which no build server finds a command such as ``##[group]``."""
    text = _indented(value, "\n") if indented else dumps(value, allow_nan=False)
    return _COMMAND.sub(r"#\\u0023", text)  # it can only stand within a string


def _indented(value: Any, margin: str) -> str:
    """Return what ``dumps(value, indent=2)`` does; that one is written in Python and encodes one scalar at a time."""
    if not value or not isinstance(value, dict | list):
        return dumps(value, allow_nan=False)
    within = f"{margin}  "
    held = value.values() if isinstance(value, dict) else value
    if not any(isinstance(each, dict | list) for each in held):
        text = dumps(value, allow_nan=False, separators=(f",{within}", ": "))
        return f"{text[0]}{within}{text[1:-1]}{margin}{text[-1]}"
    if isinstance(value, dict):
        parts = [f"{dumps(key)}: {_indented(each, within)}" for key, each in value.items()]
        return f"{{{within}{f',{within}'.join(parts)}{margin}}}"
    return f"[{within}{f',{within}'.join(_indented(each, within) for each in value)}{margin}]"


def document(report: Report) -> dict[str, Any]:
    """Return the published form of a report: plain data, every text of it bounded and printable."""
    return _form(published(report))


def _form(record: attrs.AttrsInstance) -> dict[str, Any]:
    """Return the fields of a record in their order, which is the published one."""
    return {name: _plain(getattr(record, name)) for name in names(type(record))}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [*map(_plain, value)]
    if isinstance(value, Status):
        return value.value
    return _form(value) if hasattr(value, "__attrs_attrs__") else value
