"""What happens in a child between the fork and the first request: everything it inherited is taken away."""

import fcntl
import os
import signal
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from allause.isolation.confinement import confine
from allause.isolation.limits import Limits
from allause.isolation.mode import Isolation
from allause.isolation.worker import Worker

_CHANNEL = 3


def live(spec: Mapping[str, Any], descriptors: tuple[int, ...], parent: int, worker: Worker) -> None:
    """Confine this process, serve requests, and return when the host says ``leave``.

    ``descriptors`` are the private one, the one that output goes to, and, for some, the link to a venue; ``parent`` is
    the helper that forked, and ``worker`` was made there, before anything of a component was.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)  # the helper ignored it
    channel, output, *links = descriptors
    if spec["mode"] != Isolation.NONE:
        os.setsid()
        channel, *links = _take_descriptors(channel, output, *links)
        _take_environment(spec["environment"])
    os.chdir(spec["directory"])
    _neutral(spec["extra_sys_path"])
    in_force = confine(spec, parent)
    worker.attach(channel, Limits(**spec["limits"]).answer_bytes, next(iter(links), None))
    worker.answer(spec["nonce"], {"outcome": "returned", "confinement": in_force})
    worker.serve()


def _take_descriptors(channel: int, output: int, *links: int) -> list[int]:
    """Leave open: the null device as input, the output pipe twice, the private descriptor and the link.

    Their numbers are returned, without the output's.
    """
    kept = [fcntl.fcntl(source, fcntl.F_DUPFD_CLOEXEC, 16) for source in (output, channel, *links)]
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(kept[0], 1)
    os.dup2(kept[0], 2)
    private = [os.dup2(source, _CHANNEL + place, inheritable=False) for place, source in enumerate(kept[1:])]
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208 # numbers are wanted, not paths
        if int(name) > private[-1]:
            try:
                os.close(int(name))
            except OSError:  # the one that listed this folder is closed already
                continue
    return private


def _take_environment(environment: Mapping[str, str]) -> None:
    os.umask(0o077)
    for name in [name for name in os.environ if name not in environment]:
        del os.environ[name]
    os.environ.update({name: value for name, value in environment.items() if os.environ.get(name) != value})


def _neutral(extra_sys_path: Iterable[str]) -> None:
    """Let nothing tell a component who runs it, and let it find its modules."""
    sys.argv[:] = [""]
    sys.dont_write_bytecode = True  # nothing outside its directory, not even caches beside its modules
    sys.path[:0] = extra_sys_path
