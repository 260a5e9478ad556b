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
        fields: names of the event's fields that follow, with what to look each value up in, or None for the value.
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
    names |= {f"among_{name}": among for name, among in fields.items() if among is not None}
    arguments = [f"given_{place}" for place in range(len(given))]
    arguments += [f"event.{name}" if among is None else f"among_{name}[event.{name}]" for name, among in fields.items()]
    found = "".join(f"found_{place}, " for place in range(width))
    source = f"""
def stage(event):
    found = function({", ".join(arguments)})
    if found is None:
        return None
    {found and f"{found}= found"}
    return answer(event, {found})
"""
    exec(source, names)  # noqa: S102 - of numbers and names of fields alone
    return names["stage"]  # type: ignore[no-any-return]  # the source defines it
