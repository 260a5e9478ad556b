"""What happens in a child between the fork and the first request: everything it inherited is taken away."""

import ctypes
import fcntl
import os
import resource
import signal
import sys
from collections.abc import Callable, Iterable, Mapping
from importlib import invalidate_caches
from typing import Any

from allause.isolation.limits import Limits
from allause.isolation.worker import Worker

_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS, _PR_GET_NO_NEW_PRIVS = 1, 38, 39
_CHANNEL = 3
_prctl = ctypes.CDLL(None, use_errno=True).prctl


def live(spec: Mapping[str, Any], descriptors: tuple[int, int], parent: int) -> None:
    """Confine this process, serve requests, and return when the host says ``leave``.

    ``descriptors`` are the private one and the one that output goes to; ``parent`` is the helper that forked.
    """
    limits = Limits(**spec["limits"])
    in_force = confine(
        [
            os.setsid,
            lambda: _die_with(parent),
            lambda: _take_descriptors(*descriptors),
            lambda: _settle(spec["directory"], spec["environment"]),
            lambda: _neutral(spec["extra_sys_path"]),
            lambda: _limit(limits),
            _no_new_privileges,
        ]
    )
    worker = Worker(_CHANNEL, limits.answer_bytes)
    worker.answer(spec["nonce"], {"outcome": "returned", "confinement": in_force})
    worker.serve()


def confine(rules: Iterable[Callable[[], object]]) -> dict[str, Any]:
    """Apply ``rules`` in order and return what is in force, read back from the kernel.

    This is the seam for Landlock and seccomp: they are further rules, at the end. A rule that fails raises, and
    the child ends before it has answered anything.
    """
    for rule in rules:
        rule()
    return {
        "mode": "process",
        "own_session": os.getsid(0) == os.getpid(),
        "parent_death_signal": True,  # _die_with raises when it is refused
        "no_new_privileges": bool(_prctl(_PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0)),
        "limits": {name: resource.getrlimit(which)[0] for name, which, _ in _resources(Limits())},
        "landlock": False,
        "seccomp": False,
        "network": "open",
    }


def prctl(option: int, value: int) -> None:
    """Ask the kernel for one process option, with one argument.

    Raises:
        OSError: the kernel refused.
    """
    if _prctl(option, value, 0, 0, 0):
        number = ctypes.get_errno()
        raise OSError(number, f"prctl({option}, {value}): {os.strerror(number)}")


def _die_with(parent: int) -> None:
    prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before the line above
        os.kill(os.getpid(), signal.SIGKILL)


def _no_new_privileges() -> None:
    prctl(_PR_SET_NO_NEW_PRIVS, 1)


def _take_descriptors(channel: int, output: int) -> None:
    """Leave open: the null device as input, the output pipe twice, the private descriptor; nothing else."""
    kept = [fcntl.fcntl(source, fcntl.F_DUPFD_CLOEXEC, 16) for source in (channel, output)]
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(kept[1], 1)
    os.dup2(kept[1], 2)
    os.dup2(kept[0], _CHANNEL, inheritable=False)
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208 # numbers are wanted, not paths
        if int(name) > _CHANNEL:
            try:
                os.close(int(name))
            except OSError:  # the one that listed this folder is closed already
                continue


def _settle(directory: str, environment: Mapping[str, str]) -> None:
    os.chdir(directory)
    os.umask(0o077)
    os.environ.clear()
    os.environ.update(environment)


def _neutral(extra_sys_path: Iterable[str]) -> None:
    """Let nothing tell a component who runs it, and let it find its modules."""
    sys.argv[:] = [""]
    sys.dont_write_bytecode = True  # nothing outside its directory, not even caches beside its modules
    sys.path[:0] = extra_sys_path
    invalidate_caches()


def _resources(limits: Limits) -> list[tuple[str, int, int]]:
    return [
        ("memory_bytes", resource.RLIMIT_DATA, limits.memory_bytes),
        ("address_bytes", resource.RLIMIT_AS, limits.address_bytes),
        ("cpu_s", resource.RLIMIT_CPU, limits.cpu_s),
        ("file_bytes", resource.RLIMIT_FSIZE, limits.file_bytes),
        ("open_files", resource.RLIMIT_NOFILE, limits.open_files),
        ("core_bytes", resource.RLIMIT_CORE, 0),
    ]


def _limit(limits: Limits) -> None:
    for _, which, wanted in _resources(limits):
        hard = resource.getrlimit(which)[1]
        value = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(which, (value, value))
