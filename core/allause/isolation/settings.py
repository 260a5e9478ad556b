"""State what is set for the whole process, as text, so that two looks at it can be compared."""

import asyncio
import builtins
import gc
import locale
import logging
import os
import random
import resource
import signal
import socket
import sys
import threading
import time
import warnings
from collections.abc import Mapping, Sequence
from decimal import Context, DefaultContext, getcontext
from hashlib import sha256
from operator import is_
from pathlib import Path
from typing import Any

from allause.isolation.encoding import printable, shown, type_name

__builtins__ = dict(vars(builtins))  # type: ignore[assignment] # functions below keep these, whatever is patched later

_TEXT, _LONG = 300, 3_000
_getcwd, _random_state = os.getcwd, random.getstate
_hooks = ("excepthook", "unraisablehook", "displayhook", "stdout", "stderr", "stdin")
_UNTOUCHED = "as it was"


class Settings:
    """Look at the settings of the process; what was there at the first look is remembered."""

    def __init__(self) -> None:
        self._modules: dict[str, Any] = {}
        self._importers: tuple[Sequence[Any], ...] = ((), ())
        self._loggers: dict[str, logging.Logger] = {}

    def look(self, _request: Mapping[str, Any]) -> dict[str, Any]:
        """Return the process-wide settings by name, as text, and the state of the global random source."""
        if not self._modules:
            self._modules = dict(sys.modules)
            self._importers = (tuple(sys.meta_path), tuple(sys.path_hooks))
            self._loggers = _loggers()
        state = {
            "working directory": _getcwd(),
            "umask": next(line for line in Path("/proc/self/status").read_text().splitlines() if "Umask" in line),
            "locale": locale.setlocale(locale.LC_ALL),
            "time zone": str(time.tzname),
            "decimal context": _arithmetic(getcontext()),
            "decimal context of new threads": _arithmetic(DefaultContext),
            "warnings filters": str([f for f in warnings.filters if _blankets(f)]),
            "root logger": _root_logger(),
            "loggers of others": self._told_loggers(),
            "logging hooks": str([*map(shown, (logging.getLoggerClass(), logging.getLogRecordFactory()))]),
            "warnings hook": shown(warnings.showwarning),
            "interpreter hooks": str([f"{name} {id(getattr(sys, name))}" for name in _hooks]),
            "tracing": f"{shown(sys.gettrace())} {shown(sys.getprofile())} {sys.get_asyncgen_hooks()!r}",
            "thread hooks": f"{id(threading.excepthook)} {threading.gettrace()!r} {threading.getprofile()!r}",
            "event loop policy": _policy(),
            "socket timeout": str(socket.getdefaulttimeout()),
            "module search path": str(sys.path),
            "replaced modules": str([n for n, m in self._modules.items() if sys.modules.get(n) is not m]),
            "importers": self._told_importers(),
            **_limits(),
            **_handlers(),
            # names that begin with an underscore are settings that native libraries leave for their allocators
            **{f"environment variable {name}": v for name, v in os.environ.items() if not name.startswith("_")},
        }
        return {
            "settings": {printable(name, _TEXT): printable(value, _LONG) for name, value in state.items()},
            "random": sha256(repr(_random_state()).encode()).hexdigest(),
        }

    def _told_importers(self) -> str:
        """Tell finders and path hooks unless those of the first look still come first: what is appended asks last."""
        told = []
        importers: tuple[list[Any], list[Any]] = (sys.meta_path, sys.path_hooks)
        for before, now in zip(self._importers, importers, strict=True):
            first = now[: len(before)]
            if len(first) < len(before) or not all(map(is_, before, first)):
                told.append([shown(each) for each in now])
        return str(told) if told else _UNTOUCHED

    def _told_loggers(self) -> str:
        """Tell the loggers of the first look that are gone, silenced or given another level or handlers."""
        now = _loggers()
        told = {name: _logger(logger) if now.get(name) is logger else "gone" for name, logger in self._loggers.items()}
        return str({name: text for name, text in told.items() if text})


def _arithmetic(context: Context) -> str:
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


def _loggers() -> dict[str, logging.Logger]:
    known = logging.Logger.manager.loggerDict
    return {name: logger for name, logger in list(known.items()) if isinstance(logger, logging.Logger)}


def _logger(logger: logging.Logger) -> str:
    """Describe what differs from a logger that nobody has touched."""
    level = [f"level {logger.level}"] if logger.level else []
    handlers = [type_name(type(each)) for each in (*logger.handlers, *logger.filters)]
    flags = [text for text, on in (("disabled", logger.disabled), ("alone", not logger.propagate)) if on]
    return ", ".join((*level, *flags, *handlers))


def _policy() -> str:
    """Describe the policy of event loops; asyncio sets its own when it is first asked for one."""
    policy = getattr(asyncio.events, "_event_loop_policy", None)
    own = policy is None or type(policy).__module__.partition(".")[0] == "asyncio"
    return _UNTOUCHED if own else type_name(type(policy))


def _limits() -> dict[str, str]:
    numbers = {getattr(resource, name): name for name in dir(resource) if name.startswith("RLIMIT_")}  # some have two
    return {
        "recursion limit": str(sys.getrecursionlimit()),
        "limit of digits": str(sys.get_int_max_str_digits()),
        "switch interval": str(sys.getswitchinterval()),
        "garbage collection": f"{gc.isenabled()} {gc.get_threshold()}",
        "stack size of new threads": str(threading.stack_size()),
        "processors and priority": f"{sorted(os.sched_getaffinity(0))} {os.getpriority(os.PRIO_PROCESS, 0)}",
        **{f"limit {name}": str(resource.getrlimit(number)) for number, name in numbers.items()},
    }


def _handlers() -> dict[str, str]:
    return {f"handler of {number.name}": shown(signal.getsignal(number)) for number in signal.Signals}
