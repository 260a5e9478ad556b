"""Notice that a component changes what others keep in dictionaries: their tables, and the defaults of functions."""

import builtins
import json
from collections.abc import Iterable, Iterator, Mapping
from types import FunctionType
from typing import Any

from allause.isolation.stamps import TELLING, Stamp

__builtins__ = dict(vars(builtins))  # type: ignore[assignment] # functions below keep these, whatever is patched later

_KEY = 60
_ABSENT = object()
#: Public tables whose entries come and go as the interpreter works.
_LIVING = frozenset(
    {"sys.modules", "sys.path_importer_cache", "linecache.cache", "inspect.modulesbyfile", "warnings.onceregistry",
     "posix.environ"}
)  # fmt: skip # by module
#: Private ones that stand for what everybody calls.
_PRIVATE = frozenset(
    {"json.decoder._CONSTANTS", "logging._levelToName", "logging._nameToLevel", "copy._deepcopy_dispatch",
     "copy._copy_dispatch"}
)  # fmt: skip # by module


class Entries:
    """Know what the dictionaries held that modules and classes have under a name.

    Registries are there to be added to, so that a new entry is none of their owner's loss. One in the defaults of a
    function, or in the encoder and the decoder that all of json has in common, is.
    """

    def __init__(self, homes: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
        """Take the full names of modules and classes, and what is in each."""
        known: dict[int, _Table] = {}
        for name, table, closed in _tables(homes):
            known.setdefault(id(table), _Table(name, table, closed=closed, stamped=TELLING))
        for name in ("_default_encoder", "_default_decoder"):  # those of json.dumps and json.loads
            table = vars(vars(json)[name])
            # 3.13 does not number what is set on an instance
            known[id(table)] = _Table(f"json.{name}.__dict__", table, closed=True, stamped=False)
        self._tables = list(known.values())

    def changed(self) -> Iterator[str]:
        """Name the entries that are gone or others now, and those that came to where none belongs."""
        for table in self._tables:
            yield from table.changed()


class _Table:
    """Hold what one dictionary held; nothing is added to ``closed`` ones, and ``stamped`` ones tell when written to."""

    __slots__ = ("_before", "_closed", "_name", "_now", "_stamp")

    def __init__(self, name: str, table: dict[Any, Any], *, closed: bool, stamped: bool) -> None:
        self._name, self._now, self._closed = name, table, closed
        self._before = dict(table)
        self._stamp = Stamp(table) if stamped else None

    def changed(self) -> Iterator[str]:
        if self._stamp is not None and not self._stamp.stale:
            return
        for key, value in self._before.items():
            if self._now.get(key, _ABSENT) is not value:
                yield f"{self._name}[{_shown(key)}]"
        if self._closed:
            yield from (f"{self._name}[{_shown(key)}]" for key in list(self._now) if key not in self._before)


def _shown(key: Any) -> str:
    """Show a key that is plain; showing any other may run code of the component."""
    return repr(key)[:_KEY] if type(key) in {str, int, bytes} else f"a {type(key).__name__}"


def _tables(homes: Iterable[tuple[str, Mapping[str, Any]]]) -> Iterator[tuple[str, dict[Any, Any], bool]]:
    for owner, names in homes:
        for name, value in list(names.items()):
            kind = type(value)
            if kind is dict:
                full = f"{owner}.{name}"
                if full in _PRIVATE or not (name.startswith("_") or full in _LIVING):
                    yield full, value, False
            elif kind is FunctionType and type(value.__kwdefaults__) is dict:
                yield f"{value.__module__}.{value.__qualname__}.__kwdefaults__", value.__kwdefaults__, True
