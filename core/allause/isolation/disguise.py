"""Let a child look like an ordinary program that uses a component."""

import builtins
import ctypes
import fcntl
import os
import site
import sys
from collections import namedtuple
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import thread as _workers  # noqa: F401 # loaded before anything is hidden
from typing import Any, cast

__builtins__ = dict(vars(builtins))  # type: ignore[assignment] # functions below keep these, whatever is patched later

_HIDDEN = ("allause.isolation", "allause.evidence", "allause.checks", "allause.validation", "allause.workflows")
_PROGRAM = "trade.py"
_FLAGS = [name for name in dir(sys.flags) if name[0] != "_" and not callable(getattr(sys.flags, name))]
_Flags = namedtuple("flags", _FLAGS)  # type: ignore[misc]  # noqa: PYI024 # nobody can make one of Python's own type
#: What our way of starting an interpreter sets and an ordinary one does not.
_TELLING = {"isolated": 0, "ignore_environment": 0, "no_user_site": 0, "no_site": 0, "safe_path": False}
_COMMAND_LINE = slice(45, 47)  # where it begins and ends: fields 48 and 49 of proc(5), the first two left out
_ELSEWHERE = 32  # descriptors of an ordinary program do not come so far


def elsewhere(function: Callable[..., Any], arguments: Mapping[str, Any]) -> Any:
    """Call on a thread of its own, below which the stack holds nothing but the standard library."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(function, **arguments).result()


def hide() -> dict[str, Any]:
    """Take out of sight what can be: the examiner's modules, how the interpreter was started, and its command line.

    Say how many modules were hidden.
    """
    names = [name for name in sys.modules if name in _HIDDEN or name.startswith(tuple(f"{h}." for h in _HIDDEN))]
    for name in names:
        del sys.modules[name]
    sys.argv[:] = [_PROGRAM]
    sys.orig_argv[:] = [sys.executable, _PROGRAM]
    setattr(sys.modules["__main__"], "__file__", _PROGRAM)  # noqa: B010 # mypy knows no such attribute
    sys.flags = cast("Any", _Flags(**{**{name: getattr(sys.flags, name) for name in _FLAGS}, **_TELLING}))
    for settle in (site.setquit, site.setcopyright, site.sethelper):
        settle()
    _rewrite_command_line(f"{sys.executable}\0{_PROGRAM}\0".encode())
    return {"hidden": len(names)}


def moved(descriptor: int) -> int:
    """Give a descriptor another number, so that the one it had stands for nothing; return that."""
    other = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, _ELSEWHERE)
    os.close(descriptor)
    return other


def _rewrite_command_line(text: bytes) -> None:
    """Write over the command line in this process's memory, which is where the kernel reads it."""
    with open("/proc/self/stat", "rb") as file:  # noqa: PTH123 # as everywhere in a child
        begin, end = map(int, file.read().rpartition(b")")[2].split()[_COMMAND_LINE])
    if begin:  # the kernel may keep it to itself
        ctypes.memmove(begin, text[: end - begin - 1].ljust(end - begin, b"\0"), end - begin)
