"""Run a function of somebody else apart: it can end neither this process nor its own time.

It keeps the rights of the user. Between this process and that of the function stands a keeper, who becomes the parent
of all that the function leaves behind and ends it; signals to this process and to the keeper are refused where the
kernel can.
"""

import os
import selectors
import signal
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import NoReturn

from allause.isolation import seccomp
from allause.isolation.kernel import prctl
from allause.isolation.tree import descendants, end_all
from allause.measurement import SystemClock

_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER, _PR_SET_NO_NEW_PRIVS = 1, 36, 38
_PATIENCE_S = 10.0
_FIRST_OF_OTHERS = 3
_CHUNK = 1 << 16
_clock = SystemClock()


def said_apart(speak: Callable[[int], None], deadline_ns: int, largest: int) -> bytes:
    """Let ``speak`` write to a descriptor in a process of its own, and return what it wrote when it has returned.

    Nothing is returned when it did not: it was too long, wrote more than ``largest`` bytes, or its process ended.
    """
    threads = os.listdir("/proc/self/task")  # noqa: PTH208 - numbers are wanted
    here = [os.getpgrp(), *map(int, threads)]
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    pid = os.fork()
    if pid == 0:
        _keep(speak, writing, here)
    os.close(writing)
    pidfd = os.pidfd_open(pid)
    try:
        content = _read(reading, pidfd, deadline_ns, largest)
    finally:
        end_all(lambda: descendants(pid), _PATIENCE_S)
        os.kill(pid, signal.SIGKILL)
        status = os.waitpid(pid, 0)[1]
        os.close(reading)
        os.close(pidfd)
    return content if status == 0 else b""


def _read(reading: int, pidfd: int, deadline_ns: int, largest: int) -> bytes:
    """Read until the keeper has ended: whoever else holds the pipe is not waited for."""
    end = _clock.monotonic_ns() + deadline_ns
    content = b""
    with selectors.DefaultSelector() as selector:
        for source in (reading, pidfd):
            selector.register(source, selectors.EVENT_READ)
        while (left := end - _clock.monotonic_ns()) > 0 and len(content) <= largest:
            ready = {key.fd for key, _ in selector.select(left / 1e9)}
            part = _part(reading) if reading in ready else b""
            content += part
            if reading in ready and not part:
                selector.unregister(reading)
            elif ready == {pidfd}:
                return content
    return b""


def _part(reading: int) -> bytes:
    try:
        return os.read(reading, _CHUNK)
    except BlockingIOError:  # somebody else read it
        return b""


def _keep(speak: Callable[[int], None], writing: int, host: Iterable[int]) -> NoReturn:
    """Stand between the host and the speaker, and end with its exit code when all that it left has ended."""
    code = 1
    try:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        os.setsid()
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        prctl(_PR_SET_CHILD_SUBREAPER, 1)
        keeper = os.getpid()
        pid = os.fork()
        if pid == 0:
            _speak(speak, writing, [*host, keeper])
        os.close(writing)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        end_all(lambda: descendants(keeper), _PATIENCE_S)
    finally:
        os._exit(0 if code == 0 else 1)  # nothing of the host may be unwound here


def _speak(speak: Callable[[int], None], writing: int, spared: Iterable[int]) -> NoReturn:
    code = 1
    try:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        os.setsid()
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nowhere, stream)
        sys.stdout = sys.stderr = open(1, "w", closefd=False)  # noqa: SIM115 - the host may have other streams
        os.closerange(_FIRST_OF_OTHERS, writing)
        os.closerange(writing + 1, os.sysconf("SC_OPEN_MAX"))
        prctl(_PR_SET_NO_NEW_PRIVS, 1)
        with suppress(OSError):  # the keeper is what remains
            seccomp.spare(spared)
        speak(writing)
        code = 0
    finally:
        os._exit(code)
