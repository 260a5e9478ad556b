"""Helper processes begun before anybody asks for them, to warm up beside what the host still imports."""

import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from allause.isolation.launch import HelperProcess, search_path

_waiting: list[HelperProcess] = []
_lock = Lock()  # lanes ask at the same time


@contextmanager
def ahead() -> Iterator[None]:
    """Begin the two processes that an examination asks for; those that nobody has asked for in the end are ended."""
    if sys.platform == "linux":
        _waiting.extend(HelperProcess(hash_seed) for hash_seed in (None, other_seed()))
    try:
        yield
    finally:
        for process in _waiting:
            process.dismiss()
        while _waiting:
            _waiting.pop().bury()


def begun(hash_seed: int | None, *, attached: bool) -> HelperProcess:
    """Return a process that waits, or else a new one; the parameters are those of ``HelperProcess``."""
    with _lock:
        for process in () if attached else _waiting:
            if process.hash_seed == hash_seed and process.path == search_path() and not process.lost():
                _waiting.remove(process)
                return process
    return HelperProcess(hash_seed, attached=attached)


def other_seed() -> int:
    """Return the hash seed of a process that waits, or else a random one."""
    with _lock:
        waiting = [process.hash_seed for process in _waiting if process.hash_seed is not None]
    return waiting[0] if waiting else secrets.randbelow(2**32 - 1) + 1
