"""One attribute of a component's class, as its source tells or as the child found it."""

from collections.abc import Mapping
from typing import Any

import attrs


@attrs.frozen(kw_only=True)
class Member:
    """Describe one attribute of the component's class.

    Attributes:
        name: of the attribute.
        found_as: ``function``, ``property``, ``staticmethod``, ``classmethod``, ``value``, ``unbound`` (it can be
            called, and not as a method), ``dynamic`` (only ``__getattr__`` finds it), ``missing``, or ``unknown`` (only
            running code can tell).
        parameters: name, kind and whether there is a default, in order, ``self`` left out; kinds are named as
            in ``inspect.Parameter.kind``, in lower case.
        is_async: whether it is a coroutine function.
        marked: whether it carries the hookimpl marker; None when that cannot be told.
        type: that of what stands in the place of a function; empty for a function, or when unknown.
        line: where it is defined; 0 when unknown.
        file: in which that is, as the child states it; empty where the source itself was read.
    """

    name: str
    found_as: str
    parameters: tuple[tuple[str, str, bool], ...] = ()
    is_async: bool = False
    marked: bool | None = None
    type: str = ""
    line: int = 0
    file: str = ""


def member(name: str, facts: Mapping[str, Any]) -> Member:
    """Return the attribute ``name`` of which a child stated ``facts``."""
    found_as = "dynamic" if facts["dynamic"] and facts["found"] == "missing" else facts["found"]
    parameters = [(p["name"], p["kind"], p["default"]) for p in facts["parameters"] or ()]
    made = facts["type"] if found_as == "other" else ""
    if made and facts["parameters"] is not None:  # something that can be called
        found_as = "function" if facts["binds"] else "unbound"
    if found_as != "staticmethod":
        parameters = parameters[1:]
    return Member(
        name=name,
        found_as=found_as,
        parameters=tuple(parameters),
        is_async=facts["coroutine_function"],
        marked=facts["marked"],
        type=made,
        line=facts["line"] or 0,
        file=facts["file"],
    )
