"""Notice that a component put something of its own in the place of what belongs to others."""

import builtins
import sys
from collections.abc import Iterator, Mapping
from types import BuiltinFunctionType, FunctionType, MethodDescriptorType, ModuleType, WrapperDescriptorType
from typing import Any

from allause.isolation.encoding import printable

__builtins__ = dict(vars(builtins))  # type: ignore[assignment] # functions below keep these, whatever is patched later

_MANY = 50
_TEXT = 200
_CODE = (
    FunctionType,
    BuiltinFunctionType,
    type,
    MethodDescriptorType,
    WrapperDescriptorType,
    staticmethod,
    classmethod,
)
#: Names that are there to be set by whoever runs the program.
_SETTABLE = frozenset(
    {
        *(f"sys.{name}" for name in ("excepthook", "unraisablehook", "displayhook", "breakpointhook")),
        *(f"sys.{name}" for name in ("stdout", "stderr", "stdin", "last_type")),
        "threading.excepthook", "warnings.showwarning", "logging._loggerClass", "logging._logRecordFactory",
    }
)  # fmt: skip # by module
#: Modules whose classes are looked into as well.
_OPENED = frozenset(
    {"json", "json.encoder", "json.decoder", "time", "datetime", "decimal", "random", "socket", "threading", "logging",
     "asyncio.events", "asyncio.base_events", "pathlib", "os", "io", "pluggy", "pluggy._hooks"}
)  # fmt: skip # those that patches aim at


class Identities:
    """Remember the code of every module that is loaded before the component is."""

    def __init__(self) -> None:
        self._before: list[tuple[str, Mapping[str, Any], Mapping[str, Any]]] | None = None

    def look(self, _request: Mapping[str, Any]) -> dict[str, Any]:
        """Remember, the first time; later, name what is not what it was."""
        if self._before is None:
            self._before = [(owner, home, dict(home)) for owner, home in _homes()]
            return {"replaced": []}
        moved = [
            f"{owner}.{name}"
            for owner, home, before in self._before
            for name, value in before.items()
            if home.get(name) is not value and isinstance(value, _CODE)
        ]
        return {"replaced": [printable(name, _TEXT) for name in moved if name not in _SETTABLE][:_MANY]}


def _homes() -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield what holds the names of each module, and of its classes where those are looked into."""
    for module_name, module in list(sys.modules.items()):
        if not isinstance(module, ModuleType) or module_name == "__main__":
            continue
        yield module_name, vars(module)
        if module_name not in _OPENED and not module_name.startswith("allause."):
            continue
        for name, value in list(vars(module).items()):
            if isinstance(value, type) and value.__module__ == module_name:
                yield f"{module_name}.{name}", type.__dict__["__dict__"].__get__(value)
