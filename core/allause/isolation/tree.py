"""Processes as the kernel lists them, and how to end all that a child started."""

import os
import signal
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep

import attrs

_PROC = Path("/proc")
_PAUSE_S = 0.002
_LISTS_CHILDREN = Path("/proc/thread-self/children").exists()


@attrs.frozen
class Process:
    """Hold what is needed to tell whose a process is."""

    pid: int
    parent: int
    zombie: bool


def processes() -> Iterator[Process]:
    """Yield every process that can be seen now."""
    for name in os.listdir(_PROC):  # noqa: PTH208 # numbers are wanted, not paths
        if name.isdecimal() and (process := _look(int(name))):
            yield process


def descendants(root: int, spared: Collection[int] = (), *, thorough: bool = True) -> list[Process]:
    """Return the processes below ``root``, those of ``spared`` and below them left out.

    Args:
        root: where to begin.
        spared: processes to leave alone.
        thorough: whether every process of the machine is looked at. Otherwise the kernel is asked for the children
            of each, which is many times cheaper and may miss one while another is just ending.
    """
    children = _by_parent() if thorough or not _LISTS_CHILDREN else _children
    found: list[Process] = []
    waiting = [root]
    while waiting:
        for process in children(waiting.pop()):
            if process.pid not in spared:
                found.append(process)
                waiting.append(process.pid)
    return found


def _by_parent() -> Callable[[int], list[Process]]:
    below: dict[int, list[Process]] = {}
    for process in processes():
        below.setdefault(process.parent, []).append(process)
    return lambda pid: below.get(pid, [])


def _children(pid: int) -> list[Process]:
    listed: list[bytes] = []
    with suppress(OSError):  # it ended meanwhile
        for thread in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208 # numbers are wanted, not paths
            listed += _read(f"/proc/{pid}/task/{thread}/children").split()
    return [process for each in listed if (process := _look(int(each)))]


def _read(path: str) -> bytes:
    with open(path, "rb", buffering=0) as file:  # noqa: PTH123 # the helper does it for every child that it ends
        return file.read()


def _look(pid: int) -> Process | None:
    """Return what the kernel says of one process; None when it has ended."""
    try:
        stat = _read(f"/proc/{pid}/stat")
    except OSError:
        return None
    state, parent = stat[stat.rindex(b")") + 2 :].split()[:2]
    return Process(pid, int(parent), zombie=state in b"ZX")


def bearing(mark: str) -> list[Process]:
    """Return the processes whose first environment names ``mark``, which children inherit through any fork."""
    needle = os.fsencode(mark)
    found = []
    for process in processes():
        try:
            environment = (_PROC / str(process.pid) / "environ").read_bytes()
        except OSError:  # ended, or another user's
            continue
        if needle in environment and not process.zombie:
            found.append(process)
    return found


def end_at_once(group: int, user: int | None) -> None:
    """Kill a process group and, if it is known, everything of a user; the kernel lets none of them fork meanwhile."""
    for kill in (os.killpg, os.kill):  # it leads no group where nothing is isolated
        with suppress(ProcessLookupError):
            kill(group, signal.SIGKILL)
    if user is None:
        return
    pid = os.fork()
    if pid == 0:
        try:
            os.setresuid(user, user, user)
            os.kill(-1, signal.SIGKILL)
        finally:
            os._exit(0)
    os.waitpid(pid, 0)


def end_all(find: Callable[[], list[Process]], patience_s: float) -> int:
    """Kill what ``find`` returns until it returns nothing alive, and return how many still live after ``patience_s``.

    All are stopped before one is killed: the stopped ones fork no more and still count against their limit, so that
    a fork bomb comes to rest. One without a limit is what the patience is for.
    """
    deadline = monotonic() + patience_s
    stopped: set[int] = set()
    while alive := {process.pid for process in find() if not process.zombie}:
        if monotonic() > deadline:
            return len(alive)
        moving = alive - stopped
        for pid in moving or alive:
            try:
                os.kill(pid, signal.SIGSTOP if moving else signal.SIGKILL)
            except ProcessLookupError:
                continue
        stopped |= moving
        if not moving:
            sleep(_PAUSE_S)
    return 0
