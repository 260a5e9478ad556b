"""Say what this machine offers for isolation, and how to get more. No component is imported."""

import os
import platform
import sys
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

import attrs

from allause.discovery import discover
from allause.evidence.bytecode import named, obstacle, remedy, uncompiled
from allause.exceptions import ValidatorError
from allause.isolation import Helper, Limits, landlock

_SETTINGS = Path("/proc/sys")
_GROUPS = Path("/sys/fs/cgroup")


class State(StrEnum):
    """Say how much of something there is."""

    OK = "ok"
    WEAKER = "weaker"
    MISSING = "missing"


@attrs.frozen(kw_only=True)
class Facility:
    """Hold one thing that a machine may offer.

    Attributes:
        name: of it.
        state: see ``State``.
        found: what was found.
        gain: the command or change that gets more; empty when there is no more.
    """

    name: str
    state: State
    found: str
    gain: str = ""


def examine_machine() -> tuple[Facility, ...]:
    """Return what there is. A child is isolated for it, and what it reads back is what counts."""
    system = Facility(
        name="system",
        state=State.OK if sys.platform == "linux" else State.MISSING,
        found=f"{platform.system()} {platform.release()} on {platform.machine()}, Python {platform.python_version()}",
        gain=""
        if sys.platform == "linux"
        else "isolation needs Linux: use a Linux machine, virtual machine or container",
    )
    try:
        with Helper() as helper:
            in_force = helper.describe()
    except ValidatorError as error:
        reason = str(error).strip().splitlines()[0]
        gain = "without it nothing can be validated; --isolation none alone may work"
        return system, Facility(name="isolated process", state=State.MISSING, found=reason, gain=gain)
    return (
        system,
        Facility(name="isolated process", state=State.OK, found="its own session; what it leaves behind is caught"),
        _landlock(in_force),
        _seccomp(in_force),
        _network(in_force),
        _identity(in_force),
        *_limits(in_force),
        _together(),
        _byte_code(),
        *(Facility(name="files", state=State.WEAKER, found=each, gain="start allause from another folder")
          for each in in_force["weaker"] if each.startswith("the home directory")),
    )  # fmt: skip # one facility a line


def _landlock(in_force: Mapping[str, Any]) -> Facility:
    version = in_force["landlock"]
    if not version:
        enabled = _setting(Path("/sys/kernel/security/lsm"))
        kernel = "boot with 'landlock' in the kernel's lsm= list" if enabled else "use Linux 5.13 or later"
        return Facility(name="Landlock", state=State.MISSING, found="files are not restricted",
                        gain=f"{kernel}; a container's seccomp profile must allow it")  # fmt: skip # one line
    if landlock.restricts_signals(version):
        return Facility(name="Landlock", state=State.OK, found=f"version {version}: files, TCP, signals")
    found = "files, TCP" if landlock.restricts_tcp(version) else "files"
    return Facility(name="Landlock", state=State.WEAKER, found=f"version {version}: {found}",
                    gain="use Linux 6.12 or later")  # fmt: skip # one line


def _seccomp(in_force: Mapping[str, Any]) -> Facility:
    if in_force["seccomp"]:
        return Facility(name="seccomp", state=State.OK, found="system calls against others and the machine are refused")
    return Facility(name="seccomp", state=State.MISSING, found="every system call can be made",
                    gain="use a kernel with CONFIG_SECCOMP_FILTER on x86_64 or aarch64")  # fmt: skip # one line


def _network(in_force: Mapping[str, Any]) -> Facility:
    state = {"denied": State.OK, "open": State.MISSING}.get(in_force["network"], State.WEAKER)
    gain = "" if state is State.OK else "as for seccomp"
    return Facility(name="network", state=state, found=in_force["network"], gain=gain)


def _identity(in_force: Mapping[str, Any]) -> Facility:
    if in_force["user"] == "own":
        return Facility(name="user", state=State.OK, found="each child is a user of its own")
    if in_force["user"] == "apart":
        return Facility(name="user", state=State.OK, found="each child has a user namespace of its own")
    if os.geteuid() == 0:
        return Facility(name="user", state=State.WEAKER, found="children are root without privileges",
                        gain="allow CHOWN, DAC_OVERRIDE, KILL, SETGID and SETUID (docker run --cap-add ...), "
                             "or run as another user")  # fmt: skip # one sentence
    return Facility(name="user", state=State.WEAKER, found="children are this user and not counted apart",
                    gain=_how_to_get_namespaces())  # fmt: skip # one line


def _how_to_get_namespaces() -> str:
    for name, refusing, wanted in (
        ("kernel.apparmor_restrict_unprivileged_userns", "1", "0"),
        ("kernel.unprivileged_userns_clone", "0", "1"),
        ("user.max_user_namespaces", "0", "1024"),
    ):
        if _setting(_SETTINGS / name.replace(".", "/")) == refusing:
            return f"sudo sysctl -w {name}={wanted}"
    return "allow unprivileged user namespaces (in a container: its seccomp profile has to)"


def _limits(in_force: Mapping[str, Any]) -> Iterator[Facility]:
    wanted = Limits()
    lower = [f"{name} {in_force['limits'][name]}" for name in ("memory_bytes", "cpu_s", "file_bytes", "open_files")
             if in_force["limits"][name] < getattr(wanted, name)]  # fmt: skip # one line
    if lower:
        yield Facility(name="limits", state=State.WEAKER, found=f"lower here than wanted: {', '.join(lower)}",
                       gain="raise them with ulimit -H, or honest components may fail")  # fmt: skip # one line
    else:
        yield Facility(name="limits", state=State.OK, found="memory, processor time, file size, open files")
    if "processes" in in_force["limits"]:
        yield Facility(name="number of processes", state=State.OK, found=f"{in_force['limits']['processes']} a child")
    else:
        yield Facility(name="number of processes", state=State.MISSING, found="not limited", gain="as for user")


def _together() -> Facility:
    """Tell of a control group: the only thing that bounds the memory of all processes together."""
    path = next(
        (line[3:] for line in (_setting(Path("/proc/self/cgroup")) or "").splitlines() if line[:3] == "0::"), ""
    )
    for group in (_GROUPS, _GROUPS / "unified"):
        bound = _setting(group / path.lstrip("/") / "memory.max")
        if bound and bound != "max":
            return Facility(name="memory of all together", state=State.OK, found=f"at most {bound} bytes (cgroup)")
    return Facility(name="memory of all together", state=State.WEAKER, found="each process is limited, not their sum",
                    gain="systemd-run --user --scope -p MemoryMax=8G allause ...")  # fmt: skip # one line


def _byte_code() -> Facility:
    """Tell of what no child may write, and the host writes for all of them where it can."""
    found = uncompiled(discover(), sys.path)
    if not found:
        return Facility(name="byte code", state=State.OK, found="of all that the components need")
    if reason := obstacle(found):
        return Facility(name="byte code", state=State.WEAKER, gain=remedy(found),
                        found=f"none of {named(found)}, which slows every child; {reason}")  # fmt: skip # one line
    return Facility(name="byte code", state=State.OK, found=f"none of {named(found)}; the next validation writes it")


def _setting(path: Path) -> str | None:
    try:
        return path.read_text("utf-8", "replace").strip()
    except OSError:
        return None
