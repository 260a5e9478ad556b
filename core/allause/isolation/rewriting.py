"""Notice that a component rewrites what belongs to others in its place, where it stays the same object."""

import builtins
from collections.abc import Mapping
from types import FunctionType, ModuleType
from typing import Any

__builtins__ = dict(vars(builtins))  # type: ignore[assignment] # functions below keep these, whatever is patched later

#: Audited when an attribute of the interpreter's own kinds is set or taken away that changes what runs.
EVENTS = frozenset({"object.__setattr__", "object.__delattr__"})
_OF_FUNCTIONS = frozenset({"__code__", "__defaults__", "__kwdefaults__"})


def rewritten(arguments: tuple[Any, ...], known: Mapping[str, Any]) -> str:
    """Name what one of ``EVENTS`` with these arguments rewrites in a module of ``known``; empty where that is nothing.

    A function within another is not told: those that a decorator returns belong to whoever asked for them. Only what
    cannot be written is believed: a function's code, its globals and the type of a module.
    """
    thing, part = arguments[:2]
    if part == "__class__" and type(thing) is ModuleType:
        return next((f"{name}.__class__" for name, module in known.items() if module is thing), "")
    if part not in _OF_FUNCTIONS or type(thing) is not FunctionType or "<locals>" in thing.__code__.co_qualname:
        return ""
    homes = (n for n, module in known.items() if type(module) is ModuleType and vars(module) is thing.__globals__)
    return next((f"{name}.{thing.__code__.co_qualname}.{part}" for name in homes), "")
