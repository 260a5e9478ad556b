"""Let a child look like an ordinary program that uses a component."""

import builtins
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import thread as _workers  # noqa: F401 # loaded before anything is hidden
from typing import Any

__builtins__ = dict(vars(builtins))  # type: ignore[assignment] # functions below keep these, whatever is patched later

_HIDDEN = ("allause.isolation", "allause.evidence", "allause.checks", "allause.validation", "allause.workflows")
_PROGRAM = "trade.py"


def elsewhere(function: Callable[..., Any], arguments: Mapping[str, Any]) -> Any:
    """Call on a thread of its own, below which the stack holds nothing but the standard library."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(function, **arguments).result()


def hide(_request: Mapping[str, Any]) -> dict[str, Any]:
    """Take the examiner's modules out of sight and name the program ``trade.py``; say how many were hidden."""
    names = [name for name in sys.modules if name in _HIDDEN or name.startswith(tuple(f"{h}." for h in _HIDDEN))]
    for name in names:
        del sys.modules[name]
    sys.argv[:] = [_PROGRAM]
    setattr(sys.modules["__main__"], "__file__", _PROGRAM)  # noqa: B010 # mypy knows no such attribute
    return {"hidden": len(names)}
