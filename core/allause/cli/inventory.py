"""What metadata and contract say of components, as text and as JSON."""

import inspect
import json
from collections.abc import Mapping, Sequence
from typing import Any

from allause.discovery import ComponentRecord, printable
from allause.hookspecs import StandardSpec
from allause.kinds import KINDS, Kind
from allause.plain import plain
from allause.console.table import table
from allause.console.terminal import width

SCHEMA_VERSION = "1.0"
_LISTED = ("id", "kind", "name", "distribution", "version", "state", "reason")


def list_json(records: Sequence[ComponentRecord]) -> str:
    """Return what ``allause list --format json`` prints."""
    return _json([{name: getattr(record, name) for name in _LISTED} for record in records])


def list_text(records: Sequence[ComponentRecord]) -> str:
    """Return what ``allause list`` prints."""
    if not records:
        groups = ", ".join(kind.group for kind in KINDS.values())
        return f"No component is installed; install a distribution with an entry point in one of the groups {groups}.\n"
    rows = [(r.id, r.kind or "?", r.version or "?", r.state.value) for r in records]
    lines = table(("COMPONENT", "KIND", "VERSION", "STATE"), rows, width=width())
    lines += [f"{record.id}: {record.reason}" for record in records if record.reason]
    return "\n".join(lines) + "\n"


def info_json(records: Sequence[ComponentRecord]) -> str:
    """Return what ``allause info --format json`` prints."""
    return _json([_facts(record) for record in records])


def info_text(records: Sequence[ComponentRecord]) -> str:
    """Return what ``allause info`` prints."""
    return "\n".join(_page(record) for record in records)


def _json(components: Sequence[Mapping[str, Any]]) -> str:
    content = plain({"schema_version": SCHEMA_VERSION, "components": components})
    return json.dumps(content, indent=2, allow_nan=False) + "\n"


def _facts(record: ComponentRecord) -> Mapping[str, Any]:
    facts = {name: getattr(record, name) for name in _LISTED}
    facts["entry_point"] = _entry_point(record)
    facts["location"] = record.location
    facts["methods"] = [
        {"name": name, "signature": signature, "summary": line} for name, signature, line in _methods(record.kind)
    ]
    return facts


def _page(record: ComponentRecord) -> str:
    rows = [
        (record.id, ""),
        ("kind", record.kind or "?"),
        ("version", record.version or "?"),
        ("state", f"{record.state.value}: {record.reason}" if record.reason else record.state.value),
        ("entry point", _entry_point(record) or "?"),
        ("location", printable(record.location, 400)),
    ]
    lines = [f"  {label:<12} {value}" if value else label for label, value in rows]
    if methods := _methods(record.kind):
        lines.append(f"  methods of the contract of kind {record.kind}, with a ? after what may be left out:")
        lines += [f"    {name}{signature}\n        {line}" for name, signature, line in methods]
    return "\n".join(lines) + "\n"


def _entry_point(record: ComponentRecord) -> str:
    return f"{record.module}:{record.attribute}" if record.module else ""


def _methods(name: str) -> list[tuple[str, str, str]]:
    kind = KINDS.get(name)
    if kind is None:
        return []
    return [(method, _signature(kind, method), _summary(kind, method)) for method in kind.methods]


def _signature(kind: Kind, method: str) -> str:
    required = kind.required(method)
    return f"({', '.join(p if p in required else p + '?' for p in kind.signature(method))})"


def _summary(kind: Kind, method: str) -> str:
    home = kind.spec if method in kind.own_methods else StandardSpec
    return (inspect.getdoc(getattr(home, method)) or "").partition("\n")[0]
