"""Break the component's main operation from within, to see whether its self-test notices."""

import builtins
import gc
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any, TypeVar

from allause.isolation.encoding import printable

__builtins__ = dict(vars(builtins))  # type: ignore[assignment] # functions below keep these, whatever is patched later

T = TypeVar("T")

_NAME = 300
_SHOWN = 20
_NEUTRAL = frozenset({"builtins", "abc", "typing", "attr", "attrs", "enum", "collections", "allause", "object"})


def _nothing(*_: object, **__: object) -> None:
    """Stand where an operation was."""


class Sabotage:
    """Note the functions of a component that run in some calls, and later let every one of them do nothing."""

    def __init__(self) -> None:
        self._ran: set[CodeType] = set()
        self._places: tuple[str, ...] = ()
        self._tracing = False

    def arm(self, _request: Mapping[str, Any]) -> dict[str, Any]:
        """Let threads that start from now on be traced as well; those that run already cannot be."""
        threading.setprofile(self._note)
        return {"armed": True}

    def trace(self, subject: object, function: Callable[[], T]) -> T:
        """Run ``function`` and note which functions of the subject's packages were entered."""
        self._places = tuple(_places(type(subject)))
        self._tracing = True
        sys.setprofile(self._note)
        try:
            return function()
        finally:
            sys.setprofile(None)
            self._tracing = False

    def perform(self, _request: Mapping[str, Any]) -> dict[str, Any]:
        """Replace what was noted by nothing, and return the names."""
        broken = [o for o in gc.get_objects() if type(o) is FunctionType and o.__code__ in self._ran]
        for function in broken:
            # the free variables must stay as many as the closure holds
            function.__code__ = _nothing.__code__.replace(co_freevars=function.__code__.co_freevars)
        return {"functions": sorted({printable(function.__qualname__, _NAME) for function in broken})[:_SHOWN]}

    def _note(self, frame: FrameType, event: str, _argument: object) -> None:
        if not self._tracing:
            return
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(self._places) and not code.co_name.startswith(("__", "<")):
            self._ran.add(code)


def _places(kind: type) -> Iterator[str]:
    """Yield the folders and files of the packages that the class and its bases come from."""
    for owner in type.mro(kind):
        top = owner.__module__.partition(".")[0]
        module = sys.modules.get(top)
        if module is None or top in _NEUTRAL or top in sys.stdlib_module_names:
            continue
        paths = list(getattr(module, "__path__", ()))
        yield from (f"{Path(path)}/" for path in paths)
        if not paths and getattr(module, "__file__", None):
            yield str(module.__file__)
