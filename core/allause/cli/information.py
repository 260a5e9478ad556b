"""What metadata and contract say of one component, as text and as JSON."""

import inspect
import json
from collections.abc import Mapping, Sequence
from typing import Any

from allause.cli.inventory import LISTED, SCHEMA_VERSION
from allause.discovery import ComponentRecord, printable
from allause.hookspecs import StandardSpec
from allause.kinds import KINDS, Kind
from allause.plain import plain


def info_json(records: Sequence[ComponentRecord]) -> str:
    """Return what ``allause info --format json`` prints."""
    content = {"schema_version": SCHEMA_VERSION, "components": [_facts(record) for record in records]}
    return json.dumps(plain(content), indent=2, allow_nan=False) + "\n"


def info_text(records: Sequence[ComponentRecord]) -> str:
    """Return what ``allause info`` prints."""
    return "\n".join(_page(record) for record in records)


def _facts(record: ComponentRecord) -> Mapping[str, Any]:
    facts = {name: getattr(record, name) for name in LISTED}
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
    return (inspect.getdoc(getattr(home, method)) or "").partition("\n")[0].replace("``", "`")
