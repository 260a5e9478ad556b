"""Seccomp: refuse the system calls with which a process attacks others or the machine.

A list of what is refused, not of what is allowed: an interpreter and its libraries need several hundred calls.
"""

import ctypes
import errno
import os
import struct
from collections.abc import Iterable, Mapping
from functools import cache

from allause.isolation.kernel import prctl

_PR_GET_SECCOMP, _PR_SET_SECCOMP, _MODE_FILTER = 21, 22, 2
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN, _SKIP = 0x20, 0x15, 0x35, 0x45, 0x06, 0x05
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data, little-endian
_ALLOW, _ERRNO, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_AF_UNIX = 1
_NEW_NAMESPACES = 0x7E020000  # CLONE_NEW* as clone(2) takes them
_X32 = 0x40000000

_MACHINES: Mapping[str, tuple[int, int]] = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}

#: Numbers on x86_64 and aarch64; None where the machine has no such call.
REFUSED: Mapping[str, tuple[int, int | None]] = {
    # other processes
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "pidfd_getfd": (438, 438),
    "kcmp": (312, 272),
    "perf_event_open": (298, 241),
    # the kernel and the machine
    "bpf": (321, 280),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "reboot": (169, 142),
    "syslog": (103, 116),
    "iopl": (172, None),
    "ioperm": (173, None),
    "userfaultfd": (323, 282),
    "acct": (163, 89),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "vhangup": (153, 58),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    # keys
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    # file systems and namespaces
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "move_mount": (429, 429),
    "open_tree": (428, 428),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "unshare": (272, 97),
    "setns": (308, 268),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "fanotify_init": (300, 262),
    # memory, semaphores and queues that belong to no process and no folder: they outlive a child, and the next one
    # could read what it left there
    "shmget": (29, 194),
    "shmat": (30, 196),
    "shmctl": (31, 195),
    "semget": (64, 190),
    "semop": (65, 193),
    "semctl": (66, 191),
    "semtimedop": (220, 192),
    "msgget": (68, 186),
    "msgsnd": (69, 189),
    "msgrcv": (70, 188),
    "msgctl": (71, 187),
    "mq_open": (240, 180),
    "mq_unlink": (241, 181),
    "mq_timedsend": (242, 182),
    "mq_timedreceive": (243, 183),
    "mq_notify": (244, 184),
    "mq_getsetattr": (245, 185),
}

#: Said not to exist, so that libraries take the older way, which can be looked into.
ABSENT: Mapping[str, tuple[int, int | None]] = {
    "clone3": (435, 435),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
}

#: Allowed by their first argument.
EXAMINED: Mapping[str, tuple[int, int | None]] = {"clone": (56, 220), "socket": (41, 198), "prlimit64": (302, 261)}

#: Their first argument is whom they reach.
REACHING: Mapping[str, tuple[int, int | None]] = {
    "kill": (62, 129),
    "tgkill": (234, 131),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "pidfd_open": (434, 434),
    "process_vm_writev": REFUSED["process_vm_writev"],
    "prlimit64": EXAMINED["prlimit64"],
}

#: They reach by other arguments, or a thread of any process.
_REACHING_OTHERWISE: Mapping[str, tuple[int, int | None]] = {"ptrace": REFUSED["ptrace"], "tkill": (200, 130)}
_EVERYBODY = -1


def refuse(*, network: bool) -> None:
    """Refuse the calls listed, and without ``network`` every socket but Unix ones. Needs ``no_new_privs``.

    Raises:
        OSError: the kernel has no seccomp filters, or this machine's calls are not known here.
    """
    _install(program(network=network))


def spare(processes: Iterable[int]) -> None:
    """Refuse to signal or trace ``processes``, threads or groups of these numbers, and everybody at once.

    All else stays as it is, for code that has the rights of its user. Needs ``no_new_privs``.

    Raises:
        OSError: as for ``refuse``.
    """
    aims = {number & 0xFFFFFFFF for process in processes for number in (process, -process, _EVERYBODY)}
    lines, column = _head(os.uname().machine)
    lines += _refused(_REACHING_OTHERWISE, column, errno.EPERM)
    judged = [_line(_LOAD, _FIRST_ARGUMENT)]
    for aim in sorted(aims):
        judged += [_line(_EQUAL, aim, 0, 1), _line(_RETURN, _ERRNO | errno.EPERM)]
    for numbers in REACHING.values():
        call = numbers[column] or 0
        lines += [_line(_EQUAL, call, 1, 0), _line(_SKIP, len(judged) + 1), *judged, _line(_RETURN, _ALLOW)]
    _install(b"".join([*lines, _line(_RETURN, _ALLOW)]))


def _install(code: bytes) -> None:
    buffer = ctypes.create_string_buffer(code, len(code))
    pointer = struct.pack("@HP", len(code) // 8, ctypes.addressof(buffer))
    prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.c_char_p(pointer))


@cache
def program(*, network: bool) -> bytes:
    """Return the filter, which is the same for every child of a helper.

    Raises:
        OSError: this machine's calls are not known here.
    """
    return b"".join(_program(os.uname().machine, network=network))


def in_force() -> bool:
    """Tell whether a filter is in force in this process."""
    return prctl(_PR_GET_SECCOMP) == _MODE_FILTER


def _head(machine: str) -> tuple[list[bytes], int]:
    """Return how every program begins, which leaves it with the call's number, and the column of ``machine``."""
    if machine not in _MACHINES:
        raise OSError(errno.ENOSYS, f"no list of system calls for {machine}, only for {', '.join(_MACHINES)}")
    architecture, column = _MACHINES[machine]
    lines = [
        _line(_LOAD, _ARCHITECTURE),
        _line(_EQUAL, architecture, 1, 0),
        _line(_RETURN, _KILL),
        _line(_LOAD, _NUMBER),
    ]
    if machine == "x86_64":  # its other set of numbers would pass by the list
        lines += [_line(_AT_LEAST, _X32, 0, 1), _line(_RETURN, _KILL)]
    return lines, column


def _refused(calls: Mapping[str, tuple[int, int | None]], column: int, error: int) -> list[bytes]:
    lines = []
    for numbers in calls.values():
        if (call := numbers[column]) is not None:
            lines += [_line(_EQUAL, call, 0, 1), _line(_RETURN, _ERRNO | error)]
    return lines


def _program(machine: str, *, network: bool) -> list[bytes]:
    lines, column = _head(machine)
    lines += [*_refused(REFUSED, column, errno.EPERM), *_refused(ABSENT, column, errno.ENOSYS)]
    lines += _unless(EXAMINED["clone"][column], _line(_ANY_BIT, _NEW_NAMESPACES, 0, 1))
    # the limits of another process of the same user: none of processor time would end it
    lines += _unless(EXAMINED["prlimit64"][column], _line(_EQUAL, 0, 1, 0))
    if not network:
        lines += _unless(EXAMINED["socket"][column], _line(_EQUAL, _AF_UNIX, 1, 0))
    return [*lines, _line(_RETURN, _ALLOW)]


def _unless(call: int | None, test: bytes) -> list[bytes]:
    """Refuse ``call`` when ``test`` of its first argument falls through, allow it when the test jumps by one."""
    return [
        _line(_EQUAL, call or 0, 0, 4),
        _line(_LOAD, _FIRST_ARGUMENT),
        test,
        _line(_RETURN, _ERRNO | errno.EPERM),
        _line(_RETURN, _ALLOW),
    ]


def _line(code: int, value: int, when_true: int = 0, when_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, when_true, when_false, value)
