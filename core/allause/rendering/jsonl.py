"""Render a report as JSON lines: one object a line, for streams and for tables."""

from collections.abc import Iterator
from typing import Any

from allause.models.report import Report
from allause.rendering.json import document, encoded

_PARTS = ("components", "workflows", "validation", "controls")


def render(report: Report) -> str:
    """Return one line for the report itself, then one for each check, step and control; ``type`` says which."""
    return "".join(encoded(row) + "\n" for row in _rows(document(report)))


def _rows(form: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield {"type": "report", **{name: value for name, value in form.items() if name not in _PARTS}}
    for component in form["components"]:
        named = {"component": component["id"], "kind": component["kind"], "version": component["version"]}
        yield from ({"type": "check", **named, **result} for result in component["results"])
    for workflow in form["workflows"]:
        yield from ({"type": "step", "workflow": workflow["name"], **step} for step in workflow["steps"])
    yield from ({"type": "validation", **result} for result in form["validation"])
    yield from ({"type": "control", **control} for control in form["controls"])
