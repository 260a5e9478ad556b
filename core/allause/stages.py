"""Stages of the event path whose work is a call of another function, written out for the fields that it takes."""

from collections.abc import Callable, Mapping, Sequence
from keyword import iskeyword
from typing import Any
from weakref import WeakKeyDictionary

Stage = Callable[[Any], Any]
#: What the stages made here do, as a function of a suffix of names: lines that turn ``event`` into the next one or
#: return None, and what their names mean.
_WRITTEN: "WeakKeyDictionary[Stage, Callable[[str], tuple[str, dict[str, Any]]]]" = WeakKeyDictionary()


def stage_of(
    function: Callable[..., tuple[Any, ...] | None],
    given: Sequence[object],
    fields: Mapping[str, Mapping[Any, object] | None],
    answer: Callable[..., Any],
    width: int,
) -> Stage:
    """Return a stage that calls a function of an event's fields and makes an answer of the event and what it returns.

    The calls are written out as source, as attrs writes an ``__init__``: to look fields up by their names, and to hand
    over tuples of them, takes a third of the way of an event again.

    Args:
        function: returns ``width`` values, or None for an event that is left out; takes positions only.
        given: its first arguments, the same each time.
        fields: names of the event's fields that follow, with what to look each value up in, or None for the value; a
            value is looked up once, for a plain dict of those seen is quicker than one that makes what is missing.
        answer: takes the event and those values.
        width: number of values.

    Raises:
        TypeError: a name is none that a field can have.
    """
    for name in fields:
        if not name.isidentifier() or iskeyword(name):
            raise TypeError(f"expected the name of a field, found {name!r}")
    looked_up = {name: among for name, among in fields.items() if among is not None}
    meant: dict[str, Any] = {"function": function, "answer": answer}
    meant |= {f"given_{place}": value for place, value in enumerate(given)}
    meant |= {f"among_{name}": among for name, among in looked_up.items()} | {f"seen_{name}": {} for name in looked_up}

    def written(suffix: str) -> tuple[str, dict[str, Any]]:
        arguments = [f"given_{place}{suffix}" for place in range(len(given))]
        arguments += [f"value_{name}" if name in looked_up else f"event.{name}" for name in fields]
        looking = "".join(_LOOKING.format(name=name, suffix=suffix) for name in looked_up)
        found = "".join(f"found_{place}, " for place in range(width))
        calling = _CALLING.format(arguments=", ".join(arguments), suffix=suffix)
        unpacking = f"    {found}= found\n" if found else ""
        source = f"{looking}{calling}{unpacking}    event = answer{suffix}(event, {found})\n"
        return source, {name + suffix: value for name, value in meant.items()}

    source, names = written("")
    exec(f"def stage(event):\n{source}    return event", names)  # noqa: S102 - of numbers and names of fields alone
    stage: Stage = names["stage"]
    _WRITTEN[stage] = written
    return stage


_LOOKING = """\
    try:
        value_{name} = seen_{name}{suffix}[event.{name}]
    except KeyError:
        value_{name} = seen_{name}{suffix}[event.{name}] = among_{name}{suffix}[event.{name}]
"""
_CALLING = """\
    found = function{suffix}({arguments})
    if found is None:
        return None
"""


def written_out(stage: Stage, suffix: str) -> tuple[str, dict[str, Any]]:
    """Return lines of source, indented by four, that do what a stage does, and what their names mean.

    They turn ``event`` into the next one or return None. One made by ``stage_of`` is written out whole, any other one
    is called.

    Args:
        stage: the stage.
        suffix: ends the names, so that those of several stages differ.
    """
    try:
        written = _WRITTEN[stage]
    except (KeyError, TypeError):  # made elsewhere; a callable may be none that a mapping can hold
        return _STAGE.format(suffix=suffix), {f"stage{suffix}": stage}
    return written(suffix)


_STAGE = """\
    event = stage{suffix}(event)
    if event is None:
        return None
"""
