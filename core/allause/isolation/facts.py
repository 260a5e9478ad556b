"""State the facts about an imported object, without calling any of it."""

import inspect
import sys
from functools import partial
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

from allause.isolation.encoding import find, on_type, printable, shown, type_name

_MARK = "allause_impl"  # what pluggy's HookimplMarker("allause") sets
_NAME = 300
_MISSING = object()
_ROUTINES = (FunctionType, BuiltinFunctionType, MethodType)


def target_facts(target: Any) -> dict[str, Any]:
    """Return what ``target`` is (class, function, module or instance) and its name."""
    subject: Any = target
    if isinstance(target, type):
        kind = "class"
    elif _is(target, ModuleType):
        kind = "module"
    elif _is(target, *_ROUTINES):
        kind = "function"
    else:
        kind, subject = "instance", type(target)
    name = target.__name__ if kind == "module" else getattr(subject, "__qualname__", "?")
    return {
        "type": kind,
        "qualname": printable(str(name), _NAME),
        "module": printable(str(getattr(subject, "__module__", "") or ""), _NAME),
        "configurable": isinstance(target, type) and on_type(target, "Config") is not None,
    }


def attribute_facts(target: Any, name: str) -> dict[str, Any]:
    """Return how ``name`` is found on ``target``, statically over the MRO, and what its definition says."""
    owner = target if isinstance(target, type) else type(target)
    raw: Any
    raw, holder = find(owner, name) or (_MISSING, None)
    if raw is _MISSING and owner is not target:
        raw, holder = inspect.getattr_static(target, name, _MISSING), owner
    function = raw.__func__ if _is(raw, staticmethod, classmethod) else raw
    code = function if _is(function, FunctionType) else None
    parameters, problem = _parameters(function) if callable(function) else (None, "")
    if problem and _binds(raw) and _is(call := on_type(type(raw), "__call__"), FunctionType):
        parameters, problem = _parameters(MethodType(call, raw))  # inspect takes what binds itself for a builtin
    return {
        "found": _how(raw),
        "parameters": parameters,
        "problem": problem,
        "coroutine_function": inspect.iscoroutinefunction(code),
        "async_generator_function": inspect.isasyncgenfunction(code),
        "generator_function": inspect.isgeneratorfunction(code),
        # whatever it is: a decorator that copies what the function carries, as functools' own do, copies the mark
        "marked": inspect.getattr_static(function, _MARK, _MISSING) is not _MISSING,
        "type": printable(type_name(type(raw)), _NAME),
        "binds": _binds(raw),
        "wrapped": code is not None and "__wrapped__" in vars(code),
        "defined_in": "" if holder is None else printable(type_name(holder), _NAME),
        "file": printable(code.__code__.co_filename, _NAME) if code else "",
        "line": code.__code__.co_firstlineno if code else None,
        "dynamic": raw is _MISSING and _finds_dynamically(owner),
    }


def _how(raw: Any) -> str:
    if raw is _MISSING:
        return "missing"
    if raw is None:
        return "none"
    for kind, word in ((staticmethod, "staticmethod"), (classmethod, "classmethod"), (property, "property")):
        if _is(raw, kind):
            return word
    return "function" if _is(raw, FunctionType) else "other"


def _binds(raw: Any) -> bool:
    """Tell whether the lookup on an instance makes a method of it."""
    if _is(raw, partial) and sys.version_info < (3, 14):  # 3.13 has the slot, which only warns of what will be
        return False
    return on_type(type(raw), "__get__") is not None


def _is(value: Any, *kinds: type) -> bool:
    """Tell the type of ``value`` without asking its ``__class__``, which is a component's to answer."""
    return issubclass(type(value), kinds)


def _finds_dynamically(owner: type) -> bool:
    lookup = on_type(owner, "__getattribute__")
    return on_type(owner, "__getattr__") is not None or lookup is not object.__dict__["__getattribute__"]


def _parameters(function: Any) -> tuple[list[dict[str, Any]] | None, str]:
    try:
        signature = inspect.signature(function)
    except BaseException as error:  # noqa: BLE001 # a component's __signature__ may raise anything; that is the fact
        return None, f"{type(error).__name__}: {shown(error)}"
    empty = inspect.Parameter.empty
    parameters = [
        {"name": parameter.name, "kind": parameter.kind.name.lower(), "default": parameter.default is not empty}
        for parameter in signature.parameters.values()
    ]
    return parameters, ""
