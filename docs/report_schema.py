"""Write the JSON Schema of the report from its records.

Run ``python docs/report_schema.py`` after a change of ``allause.models.report``; a test compares.
"""

import inspect
import json
import re
from collections.abc import Mapping
from enum import StrEnum
from importlib.resources import files
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import attrs

from allause.models.report import Report

_PRIMITIVES = {str: "string", int: "integer", float: "number", bool: "boolean", NoneType: "null"}
_SHARE = {"minimum": 0, "maximum": 1}
_COUNT = {"minimum": 0}
# what a record's type does not say, by field
_MORE: Mapping[str, Mapping[str, Any]] = {
    "schema_version": {"pattern": r"^1\.[0-9]+$"},
    "plan_digest": {"pattern": "^[0-9a-f]{64}$"},
    "started_at": {"format": "date-time"},
    "duration_s": _COUNT,
    "seconds": _COUNT,
    "exit_code": {"enum": [0, 1, 3, 4]},
    "functionality": _SHARE,
    "integration": _SHARE,
} | dict.fromkeys(
    ("planned", "passed", "errored", "blocked", "skipped", "inconclusive", "waived", "not_applicable"), _COUNT
)


def schema() -> dict[str, Any]:
    """Return the schema. Unknown keys are allowed, since a minor version may add some."""
    records: dict[str, Any] = {}
    root = _record(Report, records)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "allause report",
        **root,
        "$defs": dict(sorted(records.items())),
    }


def text() -> str:
    """Return the schema as the file has it."""
    return json.dumps(schema(), indent=2) + "\n"


def _record(record: type, records: dict[str, Any]) -> dict[str, Any]:
    summary, _, attributes = (inspect.getdoc(record) or "").partition("\nAttributes:\n")
    meanings = dict(re.findall(r"^    (\w+): ((?:.|\n {5,})*)", attributes, flags=re.MULTILINE))
    hints = get_type_hints(record)
    properties: dict[str, Any] = {}
    for field in attrs.fields(record):
        meaning = " ".join(meanings.get(field.name, "").split())
        described = {"description": meaning} if meaning else {}
        properties[field.name] = {**_type(hints[field.name], records), **_MORE.get(field.name, {}), **described}
    return {
        "description": " ".join(summary.split()),
        "type": "object",
        "properties": properties,
        "required": list(properties),
    }


def _type(annotation: Any, records: dict[str, Any]) -> dict[str, Any]:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if annotation in _PRIMITIVES:
        return {"type": _PRIMITIVES[annotation]}
    if origin in {Union, UnionType}:
        return {"type": [_PRIMITIVES[each] for each in arguments]}
    if origin is tuple:
        return {"type": "array", "items": _type(arguments[0], records)}
    if origin is Mapping:
        return {"type": "object"}
    name = annotation.__name__
    if name not in records:
        if issubclass(annotation, StrEnum):
            records[name] = {"description": inspect.getdoc(annotation), "enum": [each.value for each in annotation]}
        else:
            records[name] = _record(annotation, records)
    return {"$ref": f"#/$defs/{name}"}


def main() -> None:
    """Write the file into the package."""
    (files("allause.rendering") / "report.schema.json").write_text(text(), encoding="utf-8")  # type: ignore[attr-defined] # a source checkout has real paths


if __name__ == "__main__":
    main()
