"""Tell whether a dictionary was written to, without touching what is in it.

Until 3.13 CPython numbers every write to a dictionary in its header. To look into a dictionary is to count references,
which writes to a page for each few values; a child has those in common with the helper until then.
"""

import builtins
import gc
import sys
from collections.abc import Mapping
from ctypes import c_uint64, c_void_p, sizeof
from types import MappingProxyType
from typing import Any

__builtins__ = dict(vars(builtins))  # type: ignore[assignment] # functions below keep these, whatever is patched later

_PLACE = 3 * sizeof(c_void_p)  # after the count of references, the type and the length


class Stamp:
    """Remember the last write to a dictionary, which is kept alive."""

    __slots__ = ("_before", "_names", "_now")

    def __init__(self, names: Mapping[str, Any]) -> None:
        """Take a dictionary, or the names of a class."""
        self._names = gc.get_referents(names)[0] if type(names) is MappingProxyType else names
        self._now = c_uint64.from_address(id(self._names) + _PLACE)
        self._before = self._now.value

    @property
    def stale(self) -> bool:
        """Tell whether there was another write since."""
        return self._now.value != self._before


def _numbered() -> bool:
    """Tell whether this interpreter numbers writes where they are looked for, by writing."""
    if sys.implementation.name != "cpython" or sys.version_info >= (3, 14):
        return False
    written: dict[str, Any] = {"a": 1}
    owner = type("owner", (), {})
    writes = (
        lambda: written.update(a=2),
        lambda: written.update(b=1),
        lambda: written.pop("a"),
        lambda: setattr(owner, "a", 1),
        lambda: setattr(owner, "a", 2),
        lambda: delattr(owner, "a"),
    )
    for write in writes:
        stamps = [Stamp(written), Stamp(vars(owner))]
        if any(stamp.stale for stamp in stamps):
            return False
        write()
        if [stamp.stale for stamp in stamps].count(True) != 1:
            return False
    return True


#: Whether stamps tell anything here; where they do not, what is in a dictionary has to be looked at.
TELLING = _numbered()
