"""Build, inside the child, the objects that the host describes as plain data."""

import logging
from collections.abc import Callable
from enum import EnumType, StrEnum
from pathlib import Path
from typing import Any

import attrs

from allause import models
from allause.fronts import RemoteSession
from allause.isolation.bounds import Bounds
from allause.isolation.plain import Decoder
from allause.isolation.tables import make_table
from allause.kinds.reference_target import ReferenceTarget
from allause.measurement import SteppingClock, SystemClock

#: What else the host may describe: objects that an interview hands to a component.
_EXAMINERS_OWN: dict[str, type] = {"ReferenceTarget": ReferenceTarget}


def build(plain: Any, link: int | None = None) -> Any:
    """Return the Python value of the host's ``plain`` data.

    ``$table`` becomes an Arrow table, ``$record`` a record of ``allause.models``, ``{"$word": ["Side", "buy"]}`` a word
    of one of its vocabularies, and ``{"$context": {"seed": 7, "name": "...", "folder": "..."}}`` a Context whose
    directory is the child's own; with ``"venue": true`` it holds a session over the descriptor ``link``, and with
    ``"clock_steps": [seconds, ...]`` a clock whose wall time steps.
    """
    if link is None:
        return _DECODER.decode(plain)
    return Decoder(Bounds(), builders={**_BUILDERS, "$context": lambda fields: _context(fields, link)}).decode(plain)


def _table(table: tuple[dict[str, list[Any]], dict[str, str]]) -> Any:
    return make_table(*table)


def make_record(name: str, fields: dict[str, Any]) -> Any:
    """Return a record of ``allause.models``.

    Raises:
        ValueError: there is none of that name, or a word is not of its vocabulary.
        TypeError: it has other fields.
    """
    cls = getattr(models, name) if name in models.__all__ else _EXAMINERS_OWN.get(name)
    if cls is None:
        raise ValueError(f"no record {name!r} in allause.models")
    if attrs.has(cls):
        fields = {name: _enumerated(getattr(attrs.fields(cls), name).type, value) for name, value in fields.items()}
    return cls(**fields)


def _enumerated(annotation: Any, value: Any) -> Any:
    is_vocabulary = type(annotation) is EnumType and issubclass(annotation, StrEnum)
    return annotation(value) if is_vocabulary else value


def _word(named: list[str]) -> StrEnum:
    vocabulary, word = named
    kind = getattr(models, vocabulary) if vocabulary in models.__all__ else None
    if not (type(kind) is EnumType and issubclass(kind, StrEnum)):
        raise ValueError(f"no vocabulary {vocabulary!r} in allause.models")
    return kind(word)


def _context(fields: dict[str, Any], link: int | None = None) -> models.Context:
    directory = Path.cwd() / str(fields.get("folder", "scratch"))
    directory.mkdir(exist_ok=True)
    return models.Context(
        clock=SteppingClock(tuple(steps)) if (steps := fields.get("clock_steps")) else SystemClock(),
        directory=directory,
        seed=int(fields.get("seed", 0)),
        logger=logging.getLogger(str(fields.get("name", "component"))),
        venue=RemoteSession(link) if fields.get("venue") and link is not None else None,
    )


_BUILDERS: dict[str, Callable[[Any], Any]] = {
    "$table": _table,
    "$record": lambda named: make_record(*named),
    "$word": _word,
    "$context": _context,
}
_DECODER = Decoder(Bounds(), builders=_BUILDERS)
