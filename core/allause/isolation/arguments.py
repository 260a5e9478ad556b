"""Build, inside the child, the objects that the host describes as plain data."""

import logging
from enum import EnumType, StrEnum
from pathlib import Path
from typing import Any

import attrs

from allause import models
from allause.isolation.bounds import Bounds
from allause.isolation.plain import Decoder
from allause.isolation.tables import make_table
from allause.kinds.reference_target import ReferenceTarget
from allause.measurement import SystemClock

#: What else the host may describe: objects that an interview hands to a component.
_EXAMINERS_OWN: dict[str, type] = {"ReferenceTarget": ReferenceTarget}


def build(plain: Any) -> Any:
    """Return the Python value of the host's ``plain`` data.

    ``$table`` becomes an Arrow table, ``$record`` a record of ``allause.models``, and
    ``{"$context": {"seed": 7, "name": "...", "folder": "..."}}`` a Context whose directory is the child's own.
    """
    return _DECODER.decode(plain)


def _table(table: tuple[dict[str, list[Any]], dict[str, str]]) -> Any:
    return make_table(*table)


def _record(record: tuple[str, dict[str, Any]]) -> Any:
    name, fields = record
    cls = getattr(models, name) if name in models.__all__ else _EXAMINERS_OWN.get(name)
    if cls is None:
        raise ValueError(f"no record {name!r} in allause.models")
    if attrs.has(cls):
        fields = {name: _enumerated(getattr(attrs.fields(cls), name).type, value) for name, value in fields.items()}
    return cls(**fields)


def _enumerated(annotation: Any, value: Any) -> Any:
    is_vocabulary = type(annotation) is EnumType and issubclass(annotation, StrEnum)
    return annotation(value) if is_vocabulary else value


def _context(fields: dict[str, Any]) -> models.Context:
    directory = Path.cwd() / str(fields.get("folder", "scratch"))
    directory.mkdir(exist_ok=True)
    return models.Context(
        clock=SystemClock(),
        directory=directory,
        seed=int(fields.get("seed", 0)),
        logger=logging.getLogger(str(fields.get("name", "component"))),
    )


_DECODER = Decoder(Bounds(), builders={"$table": _table, "$record": _record, "$context": _context})
