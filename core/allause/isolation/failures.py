"""Describe an exception of a component as plain data."""

import builtins
import os
import traceback
from types import TracebackType
from typing import Any

from allause.isolation.encoding import printable, type_name

__builtins__ = dict(vars(builtins))  # type: ignore[assignment] # functions below keep these, whatever is patched later

_MESSAGE = 2_000
_NAME = 300
_FRAMES = 20
_OWN = os.path.dirname(__file__) + os.sep  # noqa: PTH120 # a plain prefix to compare file names with
_STDLIB = os.path.dirname(os.__file__) + os.sep  # noqa: PTH120 # the same
_INSTALLED = ("site-packages", "dist-packages")
_traceback_of = BaseException.__dict__["__traceback__"].__get__
_walk = traceback.walk_tb


def describe_failure(error: BaseException) -> dict[str, Any]:
    """Return type, ancestry, message and the frames outside the standard library and this package."""
    kind = type(error)
    frames = _frames(_traceback_of(error))
    if isinstance(error, SyntaxError) and type(error.filename) is str:
        line = error.lineno if type(error.lineno) is int else 0
        frames.append({"file": printable(error.filename, _NAME), "line": line, "function": "<syntax>"})
    return {
        "type": printable(type_name(kind), _NAME),
        "mro": [printable(type_name(parent), _NAME) for parent in type.mro(kind)][:_FRAMES],
        "message": _message(error),
        "frames": frames[-_FRAMES:],
    }


def _message(error: BaseException) -> str:
    try:
        text = str(error)
    except BaseException as second:  # noqa: BLE001 # a component's __str__ may raise anything, and nothing may pass here
        return f"<str of the exception raised {type_name(type(second))}>"
    return printable(text, _MESSAGE)


def _frames(trace: TracebackType | None) -> list[dict[str, Any]]:
    return [
        {"file": printable(file, _NAME), "line": line, "function": printable(frame.f_code.co_qualname, _NAME)}
        for frame, line in _walk(trace)
        if _is_component(file := frame.f_code.co_filename)
    ]


def _is_component(file: str) -> bool:
    if file.startswith((_OWN, "<frozen")):
        return False
    return not file.startswith(_STDLIB) or any(part in file for part in _INSTALLED)
