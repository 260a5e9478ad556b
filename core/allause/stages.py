"""Stages of the event path whose work is a call of another function, written out for the fields that it takes."""

from collections.abc import Callable, Mapping, Sequence
from keyword import iskeyword
from typing import Any

Stage = Callable[[Any], Any]


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
    names: dict[str, Any] = {"function": function, "answer": answer}
    names |= {f"given_{place}": value for place, value in enumerate(given)}
    looked_up = {name: among for name, among in fields.items() if among is not None}
    names |= {f"among_{name}": among for name, among in looked_up.items()} | {f"seen_{name}": {} for name in looked_up}
    arguments = [f"given_{place}" for place in range(len(given))]
    arguments += [f"value_{name}" if name in looked_up else f"event.{name}" for name in fields]
    looking = "".join(
        f"""
    try:
        value_{name} = seen_{name}[event.{name}]
    except KeyError:
        value_{name} = seen_{name}[event.{name}] = among_{name}[event.{name}]"""
        for name in looked_up
    )
    found = "".join(f"found_{place}, " for place in range(width))
    source = f"""
def stage(event):{looking}
    found = function({", ".join(arguments)})
    if found is None:
        return None
    {found and f"{found}= found"}
    return answer(event, {found})
"""
    exec(source, names)  # noqa: S102 - of numbers and names of fields alone
    return names["stage"]  # type: ignore[no-any-return]  # the source defines it
