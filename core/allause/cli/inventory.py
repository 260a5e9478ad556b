"""What metadata says of the components that are installed, as text and as JSON."""

import json
import sys
from collections.abc import Sequence

from allause.console.output import emit, tell
from allause.console.table import table
from allause.console.terminal import width
from allause.discovery import ComponentRecord, discover, printable
from allause.groups import GROUPS
from allause.plain import plain

SCHEMA_VERSION = "1.0"
LISTED = ("id", "kind", "name", "distribution", "version", "state", "reason")


def show(*, as_json: bool) -> None:
    """List what is installed on stdout, and on stderr name each place that cannot be read and may hide a component."""
    hidden: list[str] = []
    records = discover(tell=hidden.append)
    emit(list_json(records) if as_json else list_text(records))
    for place in hidden:
        tell(f"allause: note: {place}\n")


def list_json(records: Sequence[ComponentRecord]) -> str:
    """Return what ``allause list --format json`` prints."""
    components = [{name: getattr(record, name) for name in LISTED} for record in records]
    content = {"schema_version": SCHEMA_VERSION, "components": components}
    return json.dumps(plain(content), indent=2, allow_nan=False) + "\n"


def list_text(records: Sequence[ComponentRecord]) -> str:
    """Return what ``allause list`` prints."""
    if not records:
        groups = ", ".join(GROUPS)
        return (
            f"No component is installed in {printable(sys.prefix)}, where this allause looks; "
            f"install there a distribution with an entry point in one of the groups {groups}.\n"
        )
    rows = [(r.id, r.kind or "?", r.version or "?", r.state.value) for r in records]
    lines = table(("COMPONENT", "KIND", "VERSION", "STATE"), rows, width=width(), whole=True)
    lines += [f"{record.id}: {record.reason}" for record in records if record.reason]
    lines.append("Found means: in the metadata. Nothing was imported; 'allause validate' examines the components.")
    return "\n".join(lines) + "\n"
