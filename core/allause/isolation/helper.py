"""The helper process: warm, single-threaded, free of components; it forks, reports and buries.

The host starts it with ``-I -S``, so that no ``.pth`` line and no site customisation runs, and speaks to it over a
SOCK_SEQPACKET socket, one JSON object each way, descriptors beside it. Being the subreaper, it becomes the parent
of whatever a child leaves behind, and so can find and end it.
"""

import asyncio  # noqa: F401 # warms every child
import atexit
import decimal  # noqa: F401 # the same
import email.parser  # noqa: F401 # the same: importlib.metadata asks for it when a component asks for its version
import gc
import importlib.metadata
import json
import os
import signal
import socket
import sys
from contextlib import suppress
from typing import Any

import cattrs  # noqa: F401 # the same
import pluggy  # noqa: F401 # the same

from allause import hookspecs
from allause.isolation.child import live
from allause.isolation.identity import can_count_apart, reading
from allause.isolation.kernel import prctl
from allause.isolation.seccomp import program
from allause.isolation.tree import Process, descendants, end_all, end_at_once
from allause.isolation.worker import Worker

_PR_SET_CHILD_SUBREAPER = 36
_MESSAGE = 1 << 18
_DESCRIPTORS = 3
_PATIENCE_S = 20.0
#: Modules that Python itself looks up while it ends.
_NEEDED_AT_THE_END = frozenset({"__main__", "builtins", "sys", "threading", "warnings"})


class Forked(Exception):  # noqa: N818 # no error: it carries a new child out of the helper's loop
    """Leave the helper's loop, in a new child.

    Attributes:
        spec: the fork request.
        descriptors: received with it.
    """

    def __init__(self, spec: dict[str, Any], descriptors: tuple[int, ...]) -> None:
        super().__init__()
        self.spec = spec
        self.descriptors = descriptors


class Helper:
    """Serve the host until it closes the control socket."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._leaders: dict[int, int | None] = {}

    def serve(self) -> None:
        """Answer ``fork`` and ``end`` requests.

        Raises:
            Forked: in every child.
        """
        while True:
            body, descriptors, _, _ = socket.recv_fds(self._control, _MESSAGE, _DESCRIPTORS)
            if not body:
                break
            request = json.loads(body)
            answer = self._fork(request, descriptors) if request["op"] == "fork" else self._end(request["pid"])
            self._control.send(json.dumps(answer).encode())
        for pid in list(self._leaders):
            self._end(pid)

    def _fork(self, spec: dict[str, Any], descriptors: list[int]) -> dict[str, Any]:
        try:
            pid = os.fork()
        except OSError as error:
            pid, failed = -1, f"fork: {error}"
        if pid == 0:
            raise Forked(spec, tuple(descriptors))
        for descriptor in descriptors:
            os.close(descriptor)
        if pid < 0:
            return {"error": failed}
        self._leaders[pid] = spec["user"]
        return {"pid": pid}

    def _end(self, pid: int) -> dict[str, Any]:
        """End the child ``pid``, all it started, and whatever was orphaned; say how the child ended by itself."""
        before = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        strays = [process for process in self._belonging(pid) if process.pid != pid and not process.zombie]
        # a user's processes are swept only when the child had company: the sweep costs a fork
        end_at_once(pid, self._leaders[pid] if strays else None)
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        left = end_all(lambda: self._belonging(pid, thorough=bool(strays)), _PATIENCE_S)
        os.waitpid(pid, 0)
        del self._leaders[pid]
        by_itself = before is not None
        status = before.si_status if before else 0
        exited = before is not None and before.si_code == os.CLD_EXITED
        return {
            "by_itself": by_itself,
            "exit_code": status if exited else None,
            "signal": status if by_itself and not exited else None,
            "strays": len(strays),
            "left": left,
        }

    def _belonging(self, pid: int, *, thorough: bool = False) -> list[Process]:
        """Return the child, its descendants, and the orphans: those of no living child; bury the orphans that ended."""
        me, found = os.getpid(), []
        for process in descendants(me, spared=self._leaders.keys() - {pid}, thorough=thorough):
            if process.zombie and process.parent == me and process.pid != pid:
                os.waitpid(process.pid, os.WNOHANG)
            else:
                found.append(process)
        return found


def _warm() -> None:
    """Do once what every child would do: import what packages import only when it is asked for, look at the machine."""
    reading()
    with suppress(OSError):  # a machine whose calls are not known; every child says so
        program(network=False)
    for name in hookspecs.__all__:  # the records are imported by what reads arguments; no component asks for a report
        getattr(hookspecs, name)
    # no distribution has this name, so every folder is listed; a child lists those again that have changed since
    with suppress(importlib.metadata.PackageNotFoundError):
        importlib.metadata.distribution("-")
    for finder in sys.path_importer_cache.values():  # a module written since is found
        if (forget := getattr(finder, "invalidate_caches", None)) is not None:
            forget()


def _spare() -> None:
    """Leave what is imported now to the kernel when a child ends by itself; what a component brought is torn down.

    Taking it apart would write to most pages that the child has in common with the helper.
    """
    spared: list[Any] = [*sys.modules.items()]
    spared.append(spared)  # a cycle that is never looked at once it is frozen

    def forget() -> None:
        for name, _ in spared[:-1]:
            if name not in _NEEDED_AT_THE_END:
                sys.modules.pop(name, None)

    atexit.register(forget)  # before a component registers anything, so that it comes last


def main() -> None:
    """Run the helper on the socket whose number is the last argument; in a child, live and return."""
    control = socket.socket(fileno=int(sys.argv[-1]))
    helper = os.getpid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt is the host's to act on
    prctl(_PR_SET_CHILD_SUBREAPER, 1)
    if os.geteuid() != 0:
        can_count_apart()
    _warm()
    worker = Worker()  # last, for it knows what is loaded now
    _spare()
    gc.freeze()
    gc.enable()  # it had nothing to find while modules were imported
    try:
        Helper(control).serve()
        os._exit(0)  # the host waits for this end, and freeing what was imported helps nobody
    except Forked as forked:
        spec, descriptors = forked.spec, forked.descriptors
    control.close()  # a component must not find it
    live(spec, descriptors, helper, worker)
