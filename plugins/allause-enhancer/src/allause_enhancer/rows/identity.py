"""What compiled code depends on, told by what is in memory.

A text that is replaced while a process runs, as an upgrade does, is not what that process compiles.
"""

import os
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from inspect import unwrap
from types import CodeType, FunctionType, ModuleType
from typing import Any

#: Modules that decide what the code is.
SOURCES = tuple(
    f"allause_enhancer.{name}"
    for name in (
        "records", "rows.compiling", "rows.described", "rows.identity", "rows.kept", "rows.kernel", "rows.layout",
        "rows.open_bar", "rows.row_by_row", "rows.translation", "rows.turns",
    )
)  # fmt: skip
#: Where a class begins, and what its methods set, in an order that differs between processes.
_WHERE = frozenset({"__firstlineno__", "__static_attributes__"})
_PLAIN = (int, float, complex, str, bytes, type(None), type(...))


@cache
def surroundings() -> tuple[str, ...]:
    """Return what every code depends on: our functions and constants, the compiler, its settings and the processor.

    Two processes that keep code under one name at once then keep the same, whichever comes last.
    """
    import llvmlite  # type: ignore[import-untyped]  # noqa: PLC0415 - comes with numba
    import numba  # noqa: PLC0415 - an extra, and slow to import
    from llvmlite import binding  # noqa: PLC0415 - comes with numba

    settings = sorted(f"{name}={value}" for name, value in os.environ.items() if name.startswith("NUMBA_"))
    processor = binding.get_host_cpu_name(), binding.get_host_cpu_features().flatten()
    compiler = numba.__version__, llvmlite.__version__, str(getattr(numba.config, "USING_SVML", False))
    return *compiler, *settings, *processor, *(repr([*contents(import_module(name))]) for name in SOURCES)


def contents(module: ModuleType) -> Iterator[object]:
    """Yield what a module defines, the same in every process: constants, and its functions as they are compiled."""
    for name, value in sorted(vars(module).items()):
        if not name.startswith("__"):
            yield name, _plain(value, module.__name__)


def _plain(value: Any, module: str) -> object:
    """Return a value without addresses or anything that differs between processes; None of what decides nothing."""
    if isinstance(value, _PLAIN):
        return repr(value)
    if isinstance(value, tuple | list):
        return [_plain(each, module) for each in value]
    if isinstance(value, frozenset | set | dict):
        pairs = value.items() if isinstance(value, dict) else value
        return sorted(repr(_plain(each, module)) for each in pairs)
    if isinstance(value, type):
        own = sorted(vars(value).items()) if value.__module__ == module else ()
        return [value.__name__, *((name, _plain(each, module)) for name, each in own if name not in _WHERE)]
    return _code(value, module)


def _code(value: Any, module: str) -> object:
    """Return what a function does, or a property or anything that wraps one; None of all else."""
    if isinstance(value, property):
        value = value.fget
    function = unwrap(value) if hasattr(value, "__wrapped__") else value
    if isinstance(function, FunctionType):
        parts = function.__code__, function.__defaults__, function.__kwdefaults__
        return [function.__name__, *(_plain(part, module) for part in parts)]
    # what attrs generates hashes with a salt of its process
    if not isinstance(value, CodeType) or value.co_filename.startswith("<attrs generated"):
        return None
    names = value.co_names, value.co_varnames, value.co_freevars, value.co_cellvars
    return [value.co_code.hex(), names, value.co_flags, _plain(value.co_consts, module)]
