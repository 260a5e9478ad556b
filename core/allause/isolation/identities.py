"""Notice that a component put something of its own in the place of what belongs to others."""

import builtins
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import cycle
from operator import is_, itemgetter
from types import BuiltinFunctionType, FunctionType, MethodDescriptorType, ModuleType, WrapperDescriptorType
from typing import Any

from allause.isolation.encoding import printable
from allause.isolation.entries import Entries
from allause.isolation.planted import classes, names_of, planted
from allause.isolation.stamps import TELLING, Stamp

__builtins__ = dict(vars(builtins))  # type: ignore[assignment] # functions below keep these, whatever is patched later

_mro_of = type.__dict__["__mro__"].__get__
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
     "asyncio.events", "asyncio.base_events", "pathlib", "pathlib._local", "os", "io"}
)  # fmt: skip # those that patches aim at
#: Distributions whose classes are looked into, and whose public names are remembered whatever they hold.
_CONTRACT = frozenset({"allause", "pluggy"})


class Identities:
    """Know the code of every module that was loaded before the component is."""

    def __init__(self) -> None:
        homes = list(_homes())
        self._homes = [_Home(*home) for home in homes]
        self._entries = Entries((owner, names) for owner, names, _ in homes)
        self._known = frozenset(sys.modules)

    def look(self, component: str) -> dict[str, Any]:
        """Name what is not what it was when this was made, and what ``component``, a module, put into later ones."""
        moved = [name for home in self._homes for name in home.moved()]
        replaced = (name for name in moved if name not in _SETTABLE)
        found = [*replaced, *self._entries.changed(), *planted(component, self._known)]
        return {"replaced": [printable(name, _TEXT) for name in found][:_MANY]}


class _Home:
    """Hold the code that one module or class had."""

    __slots__ = ("_bases", "_before", "_defers", "_get", "_names", "_owner", "_stamp")

    def __init__(self, owner: str, names: Mapping[str, Any], bases: Sequence[type] = ()) -> None:
        self._owner, self._names, self._bases = owner, names, bases
        ours = _of_the_contract(owner)
        self._before = {n: v for n, v in names.items() if isinstance(v, _CODE) or (ours and not n.startswith("_"))}
        self._get = itemgetter(*self._before, *self._before) if self._before else lambda _: ()  # of one it is no tuple
        self._defers = owner == "builtins" or (ours and "__getattr__" in names and "__path__" in names)
        self._stamp = Stamp(names) if TELLING else None

    def moved(self) -> list[str]:
        """Return the names whose code is another one.

        Most often nobody wrote there. To count references is to write to a page that a child has in common with the
        helper, so that only the code itself is touched otherwise.
        """
        if self._stamp is not None and not self._stamp.stale:
            return []
        later = [*(self._invented() if self._defers else ()), *self._shadowing()]
        with suppress(KeyError):  # a name was taken away
            if all(map(is_, self._get(self._names), cycle(self._before.values()))):
                return later
        gone = [name for name, value in self._before.items() if self._names.get(name) is not value]
        return [*(f"{self._owner}.{name}" for name in gone), *later]

    def _shadowing(self) -> Iterator[str]:
        """Yield the code that came since under a name that a base class has: it takes the place of that."""
        for name, value in list(self._names.items()) if self._bases else ():
            fresh = name not in self._before and isinstance(value, _CODE)
            if fresh and any(name in names_of(base) for base in self._bases):
                yield f"{self._owner}.{name}"

    def _invented(self) -> list[str]:
        """Return the names that came since and are not those of a module of this package, as deferred ones are."""
        below = [vars(module) for name, module in sys.modules.items() if name.startswith(f"{self._owner}.")]
        return [
            f"{self._owner}.{name}"
            for name, value in self._names.items()
            if name not in self._before
            and not name.startswith("_")
            and sys.modules.get(f"{self._owner}.{name}") is not value
            and not any(names.get(name) is value for names in below)
        ]


def _of_the_contract(module: str) -> bool:
    return module.partition(".")[0] in _CONTRACT


def _homes() -> Iterator[tuple[str, Mapping[str, Any], Sequence[type]]]:
    """Yield what holds the names of each module, and of its classes where those are looked into."""
    for module_name, module in list(sys.modules.items()):
        if not isinstance(module, ModuleType) or module_name == "__main__":
            continue
        yield module_name, vars(module), ()
        if module_name in _OPENED or _of_the_contract(module_name):
            for name, each in classes(module_name, module):
                yield name, names_of(each), _mro_of(each)[1:]
