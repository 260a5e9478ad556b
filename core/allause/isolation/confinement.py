"""What each mode takes away from a child, and what is in force then.

Whatever this kernel or container does not offer is left out and named: the child is weaker, never silently so.
"""

import os
import resource
import signal
from collections.abc import Callable, Mapping
from typing import Any

import attrs

from allause.isolation import identity, landlock, readable, seccomp
from allause.isolation.kernel import prctl
from allause.isolation.limits import Limits
from allause.isolation.mode import Isolation

_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS, _PR_GET_NO_NEW_PRIVS = 1, 38, 39


def confine(spec: Mapping[str, Any], parent: int) -> dict[str, Any]:
    """Take away what the mode of ``spec`` says and return what is in force, read back where the kernel tells.

    ``parent`` is the process this one must not outlive.

    Raises:
        OSError: something that every Linux has was refused; the child must end without an answer.
    """
    mode = Isolation(spec["mode"])
    if mode is Isolation.NONE:
        _die_with(parent)
        return {"mode": mode, "weaker": ["nothing is isolated: what was seen proves nothing"], "network": "open"}
    child = _Child(spec, Limits(**spec["limits"]))
    child.limit()
    if mode is Isolation.HARDENED:
        child.separate()
    _die_with(parent)  # after the change of user, which makes the kernel forget it
    prctl(_PR_SET_NO_NEW_PRIVS, 1)
    if mode is Isolation.HARDENED:
        child.close_in()
    return {
        "mode": mode,
        "own_session": os.getsid(0) == os.getpid(),
        "parent_death_signal": True,  # _die_with raises when it is refused
        "no_new_privileges": bool(prctl(_PR_GET_NO_NEW_PRIVS)),
        "limits": {name: resource.getrlimit(which)[0] for name, which, _ in child.resources},
        "user": child.user,
        "landlock": child.landlock,
        "seccomp": seccomp.in_force(),
        "network": child.network,
        "weaker": child.weaker,
    }


@attrs.define
class _Child:
    """Note what could be taken away.

    Attributes:
        spec: as the host sent it.
        limits: of the same.
        user: whose the process is.
        landlock: the version in force; 0 when none is.
        network: what is left of it.
        weaker: what could not be done, one sentence each.
    """

    spec: Mapping[str, Any]
    limits: Limits
    user: str = "the same"
    landlock: int = 0
    network: str = "open"
    weaker: list[str] = attrs.field(factory=list)

    @property
    def resources(self) -> list[tuple[str, int, int]]:
        """Return name, number and wanted value of every limit."""
        counted = [("processes", resource.RLIMIT_NPROC, self.limits.processes)] if self.user != "the same" else []
        return [
            ("memory_bytes", resource.RLIMIT_DATA, self.limits.memory_bytes),
            ("address_bytes", resource.RLIMIT_AS, self.limits.address_bytes),
            ("cpu_s", resource.RLIMIT_CPU, self.limits.cpu_s),
            ("file_bytes", resource.RLIMIT_FSIZE, self.limits.file_bytes),
            ("open_files", resource.RLIMIT_NOFILE, self.limits.open_files),
            ("core_bytes", resource.RLIMIT_CORE, 0),
            *counted,
        ]

    def limit(self) -> None:
        """Set every limit that can be set now."""
        for _, which, wanted in self.resources:
            hard = resource.getrlimit(which)[1]
            value = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
            resource.setrlimit(which, (value, value))

    def separate(self) -> None:
        """Become a user of its own, or the same one counted apart, and have no privileges."""
        user = self.spec["user"]
        if user is not None:
            self._try("a user of its own", "it runs as root without privileges", lambda: identity.become(user), "own")
        elif os.geteuid() != 0:
            self._try("a user namespace", "its processes are not limited in number", identity.count_apart, "apart")
        else:
            self.weaker.append("no user of its own: it runs as root without privileges, processes without number")
        if self.user == "the same":
            self._try("giving up privileges", "it keeps them", identity.give_up_privileges, self.user)
        self.limit()

    def close_in(self) -> None:
        """Restrict files, network, signals and system calls."""
        network = self.spec["network"]
        try:
            self.landlock = landlock.restrict(
                runnable=readable.runnable(self.spec["readable"]),
                readable=readable.READABLE,
                devices=readable.DEVICES,
                writable=self.spec["directory"],
                network=network,
            )
        except OSError as error:
            self.weaker.append(f"no Landlock ({error.strerror}): all files of this user can be read and written")
        else:
            self._say_what_landlock_lacks()
        try:
            seccomp.refuse(network=network)
        except OSError as error:
            self.weaker.append(f"no seccomp ({error.strerror}): every system call of this user can be made")
        self.network = self._network(allowed=network)

    def _say_what_landlock_lacks(self) -> None:
        if not landlock.restricts_signals(self.landlock):
            self.weaker.append(f"Landlock {self.landlock} of this kernel does not restrict signals: 6 and later do")
        if folders := self.spec["holding_home"]:
            self.weaker.append(f"the home directory can be read, for modules are looked for in {', '.join(folders)}")

    def _network(self, *, allowed: bool) -> str:
        if allowed:
            return "open"
        if seccomp.in_force():
            return "denied"
        if landlock.restricts_tcp(self.landlock):
            self.weaker.append("UDP is open, only TCP is denied")
            return "no TCP"
        self.weaker.append("the network is open")
        return "open"

    def _try(self, what: str, otherwise: str, act: Callable[[], None], result: str) -> None:
        try:
            act()
        except OSError as error:
            self.weaker.append(f"no {what} ({error}): {otherwise}")
        else:
            self.user = result


def _die_with(parent: int) -> None:
    prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before the line above
        os.kill(os.getpid(), signal.SIGKILL)
