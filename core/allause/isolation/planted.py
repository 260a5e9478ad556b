"""Notice code of a component in modules that it has loaded itself, of which nobody knows what they were before."""

import builtins
import os
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from types import CodeType, FunctionType, ModuleType
from typing import Any

__builtins__ = dict(vars(builtins))  # type: ignore[assignment] # functions below keep these, whatever is patched later

#: The names of a class, whatever a metaclass says.
names_of: Callable[[type], Mapping[str, Any]] = type.__dict__["__dict__"].__get__
_separator, _dirname = os.sep, os.path.dirname


def planted(component: str, known: Collection[str]) -> Iterator[str]:
    """Name the functions and classes of ``component`` in modules, and their classes, that are not ``known``.

    What a module imported from the component itself is no plant, nor is what lies there that is no code.
    """
    own = component.partition(".")[0]
    root = _root(sys.modules.get(own))
    if not root:
        return
    for module_name, module in list(sys.modules.items()):
        if module_name in known or type(module) is not ModuleType or module_name.partition(".")[0] == own:
            continue
        if _file(module).startswith(root):
            continue
        inner = ((name, names_of(each)) for name, each in classes(module_name, module))
        for owner, names in ((module_name, vars(module)), *inner):
            for name, value in list(names.items()):
                if _is_of(value, own, root) and not (owner == module_name and _imports(module_name, own)):
                    yield f"{owner}.{name}"


def classes(module_name: str, module: ModuleType) -> Iterator[tuple[str, type]]:
    """Yield each class that a module defines."""
    for name, value in list(vars(module).items()):
        if isinstance(value, type) and names_of(value).get("__module__") == module_name:
            yield f"{module_name}.{name}", value


def _root(module: Any) -> str:
    """Return where the files of a component begin; empty when it has none."""
    file = _file(module)
    return _dirname(file) + _separator if file and hasattr(module, "__path__") else file


def _file(module: Any) -> str:
    file = vars(module).get("__file__") if isinstance(module, ModuleType) else None
    return file if type(file) is str else ""


def _is_of(value: Any, own: str, root: str) -> bool:
    """Tell whether ``value`` is code of the component, whatever its names say: functools.wraps copies those."""
    if type(value) in {staticmethod, classmethod}:
        value = value.__func__
    elif type(value) is property:
        value = value.fget
    if type(value) is FunctionType:
        return value.__code__.co_filename.startswith(root)
    return isinstance(value, type) and str(names_of(value).get("__module__")).partition(".")[0] == own


def _imports(module_name: str, own: str) -> bool:
    """Tell whether code of a module's distribution imports the component."""
    top = module_name.partition(".")[0]
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == top and type(module) is ModuleType:
            with suppress(Exception):  # a loader that has no code, or whose file has gone
                code = module.__spec__.loader.get_code(name)  # type: ignore[union-attr] # suppressed as well
                if any(each.partition(".")[0] == own for each in _names(code)):
                    return True
    return False


def _names(code: CodeType) -> Iterator[str]:
    """Yield the names that code uses, also that of the functions in it."""
    yield from code.co_names
    for inner in code.co_consts:
        if type(inner) is CodeType:
            yield from _names(inner)
