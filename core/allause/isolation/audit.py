"""Note what a component asks of the system, by Python's audit events. A detector, not a barrier."""

import builtins
import os
import sys
import threading
from collections.abc import Mapping
from threading import Thread
from types import FrameType, FunctionType
from typing import Any

from allause.isolation.encoding import printable
from allause.isolation.rewriting import EVENTS, rewritten

__builtins__ = dict(vars(builtins))  # type: ignore[assignment] # functions below keep these, whatever is patched later

_MANY = 200
_TEXT = 200
_DEEP = 40  # calls between what a library does and who asked it to
_CALLED = frozenset({"network", "socket", "process"})
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_EVENTS = {
    **dict.fromkeys(("socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg"), "network"),
    **dict.fromkeys(("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"), "network"),
    "socket.__new__": "socket",
    **dict.fromkeys(("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "pty.spawn"), "process"),
    **dict.fromkeys(("os.fork", "os.forkpty", "os.kill", "os.killpg"), "process"),
    **dict.fromkeys(("_thread.start_new_thread", "_thread.start_joinable_thread"), "thread"),
    **dict.fromkeys(("open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.symlink"), "file"),
    **dict.fromkeys(("os.truncate", "os.chmod", "os.chown", "sqlite3.connect"), "file"),
}
_HAS_THREAD_EVENT = sys.version_info >= (3, 12)
_live_threads, _main_thread = threading.enumerate, threading.main_thread
_INTERNET = (2, 10)  # AF_INET, AF_INET6
_frame = sys._getframe  # noqa: SLF001 # the only way to the frame that caused an event


class Audit:
    """Keep audit events from the first request on; a hook cannot be taken away, so there is one of these a child."""

    def __init__(self) -> None:
        self._events: list[dict[str, Any]] = []
        self._path: list[str] | None = None
        self._threads = list[Thread]()
        self._known: dict[str, Any] = {}
        self._rewritten: list[str] = []

    def look(self, _request: Mapping[str, Any]) -> dict[str, Any]:
        """Begin to watch, or say what happened since the last look."""
        if self._path is None:
            self._known = dict(sys.modules)
            sys.addaudithook(self._hear)
            self._path = list(sys.path)
        events, self._events = self._events + self._started(), []
        before, self._path = self._path, list(sys.path)
        moved = [f"+{e}" for e in self._path if e not in before] + [f"-{e}" for e in before if e not in self._path]
        path = [printable(str(entry), _TEXT) for entry in moved[:_MANY]]
        return {"events": events, "path": path, "rewritten": self._rewritten[:_MANY]}

    def _started(self) -> list[dict[str, Any]]:
        """Return new threads of components, where Python has no audit event for them."""
        if _HAS_THREAD_EVENT:
            return []
        new = [thread for thread in _live_threads() if thread is not _main_thread() and thread not in self._threads]
        self._threads += new
        return [_thread(thread) for thread in new[:_MANY]]

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event in EVENTS and len(self._rewritten) < _MANY:
            self._rewritten += [printable(name, _TEXT) for name in [rewritten(arguments, self._known)] if name]
        matter = _EVENTS.get(event)
        if matter is None or len(self._events) >= _MANY or not _tells(event, arguments):
            return
        file, line, trying = _origin(_frame(1))
        if not trying:
            callers = _callers(_frame(1)) if matter in _CALLED else []
            shown = _shown(event, arguments)
            self._events.append({"matter": matter, "detail": shown, "file": file, "line": line, "callers": callers})


def _thread(thread: Thread) -> dict[str, Any]:
    """Describe a thread; the module whose function it runs stands for the one that started it."""
    run = getattr(thread, "_target", None) or type(thread).run
    code = run.__code__ if type(run) is FunctionType else None
    file, line = (printable(code.co_filename, _TEXT), code.co_firstlineno) if code else ("", 0)
    detail = printable(f"thread {thread.name}", _TEXT)
    return {"matter": "thread", "detail": detail, "file": file, "line": line, "callers": []}


def _tells(event: str, arguments: tuple[Any, ...]) -> bool:
    if event == "socket.__new__":
        return arguments[1] in _INTERNET  # those of one machine are how event loops wake up
    if event == "open":
        path, _, flags = (*arguments, None, None, None)[:3]
        return type(path) in {str, bytes} and type(flags) is int and bool(flags & _WRITES) and path != os.devnull
    return not (event == "sqlite3.connect" and arguments[:1] in {(":memory:",), ("",)})


def _shown(event: str, arguments: tuple[Any, ...]) -> str:
    """Show plain arguments only: showing any other would run code of the component."""
    plain = [a for a in arguments if type(a) in {str, bytes, int} or (type(a) is tuple and _flat(a))]
    return printable(f"{event}({', '.join(map(repr, plain[:2]))})", _TEXT)


def _flat(value: tuple[Any, ...]) -> bool:
    return all(type(item) in {str, bytes, int} for item in value)


def _callers(frame: FrameType | None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while frame is not None and len(found) < _DEEP:
        code = frame.f_code
        if not code.co_filename.startswith("<"):
            file, name = printable(code.co_filename, _TEXT), printable(code.co_qualname, _TEXT)
            found.append({"file": file, "line": frame.f_lineno, "function": name})
        frame = frame.f_back
    return found


def _origin(frame: FrameType | None) -> tuple[str, int, bool]:
    """Return file and line of the innermost module that is being imported, empty outside of imports.

    The last value tells whether tempfile only tries where files can be, and takes away at once what it wrote.
    """
    while frame is not None:
        code = frame.f_code
        if code.co_name == "_get_default_tempdir":
            return "", 0, True
        if code.co_name == "<module>" and not code.co_filename.startswith("<"):
            return printable(code.co_filename, _TEXT), frame.f_lineno, False
        frame = frame.f_back
    return "", 0, False
