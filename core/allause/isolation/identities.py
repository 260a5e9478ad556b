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
        self._before: list[tuple[str, Mapping[str, Any], str, Any]] | None = None

    def look(self, _request: Mapping[str, Any]) -> dict[str, Any]:
        """Remember, the first time; later, name what is not what it was."""
        if self._before is None:
            self._before = list(_remembered())
            return {"replaced": []}
        moved = [f"{owner}.{name}" for owner, home, name, value in self._before if home.get(name) is not value]
        return {"replaced": [printable(name, _TEXT) for name in moved if name not in _SETTABLE][:_MANY]}


def _remembered() -> Iterator[tuple[str, Mapping[str, Any], str, Any]]:
    for module_name, module in list(sys.modules.items()):
        if not isinstance(module, ModuleType) or module_name == "__main__":
            continue
        home = vars(module)
        for name, value in list(home.items()):
            if not isinstance(value, _CODE):
                continue
            yield module_name, home, name, value
            opened = module_name in _OPENED or module_name.startswith("allause.")
            if opened and isinstance(value, type) and value.__module__ == module_name:
                inside = type.__dict__["__dict__"].__get__(value)
                for each, member in list(inside.items()):
                    if isinstance(member, _CODE):
                        yield f"{module_name}.{name}", inside, each, member
