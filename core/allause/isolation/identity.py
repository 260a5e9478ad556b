"""Whom a child is: a user of its own when the host is root, else the same user counted apart."""

import errno
import itertools
import os
from functools import cache
from pathlib import Path

from allause.isolation.kernel import capabilities, keep_capabilities, prctl, unshare

_CHOWN, _DAC_OVERRIDE, _DAC_READ_SEARCH, _KILL, _SETGID, _SETUID = 0, 1, 2, 5, 6, 7
_NEEDED = {_CHOWN, _DAC_OVERRIDE, _KILL, _SETGID, _SETUID}
_PR_SET_DUMPABLE, _PR_SET_KEEPCAPS = 4, 8
_CLONE_NEWUSER = 0x10000000

#: Numbers that no account has: systemd keeps them for users that exist only while something runs.
_FIRST, _COUNT = 61_184, 4_336
_turns = itertools.count(os.getpid() * 97)


def assign(directory: Path) -> int | None:
    """Return a user number for one child and give it ``directory``; None when this process may not."""
    if os.geteuid() != 0 or not capabilities() >= _NEEDED:
        return None
    user = _FIRST + next(_turns) % _COUNT
    try:
        for path in (*directory.iterdir(), directory):
            os.chown(path, user, user)
    except OSError:  # a number that this user namespace does not have
        return None
    return user


def become(user: int) -> None:
    """Become ``user`` and keep one capability: to read what root could read.

    Raises:
        OSError: the kernel refused.
    """
    kept = reading()
    os.setgroups([])
    prctl(_PR_SET_KEEPCAPS, 1)
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    keep_capabilities(kept)
    prctl(_PR_SET_DUMPABLE, 1)  # else /proc/self would belong to root


def give_up_privileges() -> None:
    """Stay the same user without its capabilities.

    Raises:
        OSError: the kernel refused.
    """
    keep_capabilities(reading())


@cache
def can_count_apart() -> bool:
    """Tell whether ``count_apart`` succeeds, by trying it in a process that ends; half of it done cannot be undone."""
    pid = os.fork()
    if pid == 0:
        try:
            _enter_namespace()
        except BaseException:  # noqa: BLE001 # whatever it is, the answer is no, and this process must end here
            os._exit(1)
        os._exit(0)
    return os.waitpid(pid, 0)[1] == 0


def count_apart() -> None:
    """Enter a user namespace as the same user, so that a limit of processes counts these alone.

    Raises:
        OSError: the kernel or its settings do not allow it.
    """
    if not can_count_apart():
        raise OSError(errno.EPERM, "unprivileged user namespaces are not allowed")
    _enter_namespace()


def _enter_namespace() -> None:
    user, group = os.getuid(), os.getgid()
    unshare(_CLONE_NEWUSER)
    for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        Path("/proc/self", name).write_text(text, encoding="ascii")
    keep_capabilities(())


@cache
def reading() -> frozenset[int]:
    """Return the least of the capabilities held that lets root read what others wrote."""
    held = capabilities()
    return frozenset([number for number in (_DAC_READ_SEARCH, _DAC_OVERRIDE) if number in held][:1])
