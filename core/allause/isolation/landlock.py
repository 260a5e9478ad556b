"""Landlock: let this process and its children read some folders, write one, and reach nobody outside.

Asked of the kernel at run time: version 1 restricts files, 4 TCP, 6 signals and abstract sockets.
"""

import ctypes
import os
import stat
from collections.abc import Iterable

from allause.isolation.kernel import syscall

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same on every architecture
_VERSION = 1
_PATH_BENEATH = 1

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_MAKE_CHARACTER, _MAKE_BLOCK = 1 << 6, 1 << 11
_TRUNCATE = 1 << 14
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE

#: What each version restricts in files, beyond the one before.
_FILES = {1: (1 << 13) - 1, 2: 1 << 13, 3: _TRUNCATE}
_TCP, _TCP_VERSION = 0b11, 4  # bind, connect
_SCOPES, _SCOPES_VERSION = 0b11, 6  # abstract sockets, signals

_READ = _READ_FILE | _READ_DIR
_RUN = _READ | _EXECUTE


def version() -> int:
    """Return the version that the kernel offers; 0 when it has none."""
    try:
        return syscall(_CREATE_RULESET, None, 0, _VERSION)
    except OSError:
        return 0


def restricts_tcp(offered: int) -> bool:
    """Tell whether that version can deny TCP."""
    return offered >= _TCP_VERSION


def restricts_signals(offered: int) -> bool:
    """Tell whether that version keeps signals and abstract sockets inside."""
    return offered >= _SCOPES_VERSION


def restrict(
    *, runnable: Iterable[str], readable: Iterable[str], devices: Iterable[str], writable: str, network: bool
) -> int:
    """Restrict this process for good and return the version in force. Needs ``no_new_privs``.

    Args:
        runnable: folders whose files may be read and started; those that do not exist are left out.
        readable: files and folders that may be read.
        devices: files that may be read and written.
        writable: the folder where anything may be done except starting programs and making devices.
        network: whether TCP stays allowed.

    Raises:
        OSError: the kernel refused, or has no Landlock.
    """
    offered = version()
    files = sum(rights for since, rights in _FILES.items() if since <= offered)
    tcp = _TCP if restricts_tcp(offered) and not network else 0
    scopes = _SCOPES if restricts_signals(offered) else 0
    attributes = (ctypes.c_uint64 * 3)(files, tcp, scopes)
    ruleset = syscall(_CREATE_RULESET, attributes, ctypes.sizeof(attributes), 0)
    try:
        rules = [(path, _RUN) for path in runnable]
        rules += [(path, _READ) for path in readable]
        rules += [(path, _READ_FILE | _WRITE_FILE | _TRUNCATE) for path in devices]
        rules.append((writable, files & ~(_EXECUTE | _MAKE_CHARACTER | _MAKE_BLOCK)))
        for path, rights in rules:
            _allow(ruleset, path, rights & files)
        syscall(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)
    return offered


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"  # what packing means; Python 3.14 wants it said
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return  # what cannot be reached now cannot be read later either
    try:
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            rights &= _OF_FILES
        syscall(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(_PathBeneath(rights, descriptor)), 0)
    finally:
        os.close(descriptor)
