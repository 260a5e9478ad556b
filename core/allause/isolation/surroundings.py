"""State what a component shares with its whole process: settings, and what it holds of the system."""

import builtins
import gc
import locale
import logging
import os
import random
import signal
import socket
import sys
import threading
import time
import warnings
from collections.abc import Mapping
from decimal import getcontext
from hashlib import sha256
from pathlib import Path
from typing import Any

from allause.isolation.encoding import printable, shown, type_name
from allause.isolation.tree import descendants

__builtins__ = dict(vars(builtins))  # type: ignore[assignment] # functions below keep these, whatever is patched later

_TEXT, _LONG = 300, 3_000
_MANY = 200
_LOCALES = ("de_DE.UTF-8", "fr_FR.UTF-8", "tr_TR.UTF-8", "ru_RU.UTF-8")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_blocks = sys.getallocatedblocks
_getcwd, _chdir, _listdir, _readlink = os.getcwd, os.chdir, os.listdir, os.readlink
_live_threads, _main_thread = threading.enumerate, threading.main_thread
_random_state = random.getstate
_hooks = ("excepthook", "unraisablehook", "displayhook", "stdout", "stderr", "stdin")


class Surroundings:
    """Look at the process; modules loaded when the first look was taken are remembered."""

    def __init__(self) -> None:
        self._modules: dict[str, Any] = {}

    def settings(self, _request: Mapping[str, Any]) -> dict[str, Any]:
        """Return the process-wide settings by name, as text, and the state of the global random source."""
        if not self._modules:
            self._modules = dict(sys.modules)
        state = {
            "working directory": _getcwd(),
            "umask": next(line for line in Path("/proc/self/status").read_text().splitlines() if "Umask" in line),
            "locale": locale.setlocale(locale.LC_ALL),
            "time zone": str(time.tzname),
            "decimal context": _decimal(),
            "warnings filters": str([f for f in warnings.filters if _blankets(f)]),
            "root logger": _root_logger(),
            "interpreter hooks": str([f"{name} {id(getattr(sys, name))}" for name in _hooks]),
            "thread hooks": f"{id(threading.excepthook)} {threading.gettrace()!r} {threading.getprofile()!r}",
            "recursion limit": str(sys.getrecursionlimit()),
            "switch interval": str(sys.getswitchinterval()),
            "garbage collection": f"{gc.isenabled()} {gc.get_threshold()}",
            "socket timeout": str(socket.getdefaulttimeout()),
            "replaced modules": str([n for n, m in self._modules.items() if sys.modules.get(n) is not m]),
            **_handlers(),
            # names that begin with an underscore are settings that native libraries leave for their allocators
            **{f"environment variable {name}": v for name, v in os.environ.items() if not name.startswith("_")},
        }
        return {
            "settings": {printable(name, _TEXT): printable(value, _LONG) for name, value in state.items()},
            "random": sha256(repr(_random_state()).encode()).hexdigest(),
        }

    def holdings(self, _request: Mapping[str, Any]) -> dict[str, Any]:
        """Return threads, open descriptors, child processes and memory."""
        gc.collect()
        threads = [printable(thread.name, _TEXT) for thread in _live_threads() if thread is not _main_thread()]
        return {
            "threads": threads[:_MANY],
            "native_threads": len(_listdir("/proc/self/task")),
            "descriptors": sorted(_targets())[:_MANY],
            "children": _children(),
            "blocks": _blocks(),
            "resident_bytes": int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE,
        }

    def threads(self, _request: Mapping[str, Any]) -> dict[str, Any]:
        """Return the Python threads beside the main one, and how many there are of any sort."""
        threads = [
            {"name": printable(thread.name, _TEXT), "daemon": thread.daemon}
            for thread in _live_threads()
            if thread is not _main_thread()
        ]
        return {"threads": threads, "native": len(_listdir("/proc/self/task"))}

    def ambience(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Move to another time zone, folder and locale, as far as the machine has one; say what is in force."""
        os.environ["TZ"] = request["time_zone"]
        time.tzset()
        folder = Path(request["folder"])
        folder.mkdir(exist_ok=True)
        _chdir(folder)
        available = any(map(_moved_locale, _LOCALES))
        told = "" if available else ", since no other is installed"
        text = f"TZ={request['time_zone']}, folder {folder.name}, locale {locale.setlocale(locale.LC_ALL)}{told}"
        return {"text": printable(text, _TEXT)}


class Screen:
    """Keep what is written to standard output apart, in memory."""

    def __init__(self) -> None:
        self._file = -1

    def watch(self, _request: Mapping[str, Any]) -> dict[str, Any]:
        """Begin to keep it; every call says how many bytes came so far, and shows the first of them."""
        if self._file < 0:
            self._file = os.memfd_create("screen")
            os.dup2(self._file, 1)
        size = os.fstat(self._file).st_size
        text = os.pread(self._file, _TEXT, 0).decode("utf-8", "replace")
        return {"size": size, "text": text}


def _moved_locale(name: str) -> bool:
    """Move to a locale and tell whether the machine has it."""
    try:
        locale.setlocale(locale.LC_ALL, name)
    except locale.Error:
        return False
    return True


def _decimal() -> str:
    context = getcontext()
    traps = sorted(trap.__name__ for trap, on in context.traps.items() if on)
    return f"precision {context.prec}, {context.rounding}, exponents {context.Emin} to {context.Emax}, traps {traps}"


def _blankets(entry: tuple[Any, ...]) -> bool:
    """Tell whether a filter covers a whole class of warnings, whatever their text and module."""
    _, message, category, module, line = entry
    return message is None and module is None and not line and category.__module__ == "builtins"


def _root_logger() -> str:
    root = logging.getLogger()
    handlers = [type_name(type(handler)) for handler in root.handlers]
    return f"level {root.level}, handlers {handlers}, disabled below {root.manager.disable}"


def _handlers() -> dict[str, str]:
    return {f"handler of {number.name}": shown(signal.getsignal(number)) for number in signal.Signals}


def _children() -> int:
    """Return how many live processes descend from this one; the whole machine is gone through only when any does."""
    me = os.getpid()
    quick = descendants(me, thorough=False)
    return sum(1 for process in descendants(me) if not process.zombie) if quick else 0


def _targets() -> list[str]:
    targets = []
    for name in _listdir("/proc/self/fd"):
        try:
            targets.append(printable(_readlink(f"/proc/self/fd/{name}"), _TEXT))
        except FileNotFoundError:  # the one that listed this folder is closed already
            continue
        except OSError as error:
            targets.append(f"descriptor {name}, unreadable: {error.strerror}")
    return targets
