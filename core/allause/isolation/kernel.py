"""The few requests to the kernel that Python has no function for; each raises OSError when it is refused."""

import ctypes
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long
_CAPABILITY_VERSION = 0x20080522
_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE = 47, 2


def prctl(option: int, *arguments: Any) -> int:
    """Ask for one process option.

    Raises:
        OSError: the kernel refused.
    """
    words = [_word(value) for value in (*arguments, 0, 0, 0, 0)[:4]]
    return _checked(_libc.prctl(option, *words), f"prctl({option})")


def syscall(number: int, *arguments: Any) -> int:
    """Make a system call that the C library has no name for.

    Raises:
        OSError: the kernel refused.
    """
    return _checked(_libc.syscall(ctypes.c_long(number), *map(_word, arguments)), f"system call {number}")


def unshare(flags: int) -> None:
    """Leave namespaces (Python has this from 3.12 on).

    Raises:
        OSError: the kernel refused.
    """
    _checked(_libc.unshare(flags), f"unshare({flags:#x})")


def capabilities() -> frozenset[int]:
    """Return the numbers of the capabilities in force in this process."""
    lines = Path("/proc/self/status").read_text("utf-8", "replace").splitlines()
    mask = next(int(line.split()[1], 16) for line in lines if line.startswith("CapEff:"))
    return frozenset(number for number in range(mask.bit_length()) if mask >> number & 1)


def keep_capabilities(kept: Iterable[int]) -> None:
    """Give up every capability but ``kept``, which programs that are started keep too.

    Raises:
        OSError: the kernel refused.
    """
    numbers = sorted(kept)
    low = sum(1 << number for number in numbers)
    data = (ctypes.c_uint32 * 6)(low, low, low, 0, 0, 0)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    _checked(_libc.capset(header, data), "capset")
    for number in numbers:
        prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, number)


def _word(value: Any) -> Any:
    return ctypes.c_ulong(value) if type(value) is int else value


def _checked(answer: int, what: str) -> int:
    if answer < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return answer
