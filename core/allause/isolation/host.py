"""The host's door to isolation: a helper that is started when needed and replaced when lost."""

import os
import resource
import secrets
import socket
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import attrs

from allause.exceptions import ValidatorError
from allause.isolation.ahead import begun, other_seed
from allause.isolation.directories import make, remove
from allause.isolation.identity import assign
from allause.isolation.launch import HelperLostError, HelperProcess, environment
from allause.isolation.limits import Limits
from allause.isolation.mode import Isolation
from allause.isolation.readable import holding_home
from allause.isolation.session import Child, Session

_BEGIN_S = 30.0
_FEWEST_FILES = 64


class Helper:
    """Open sessions, each in a child of its own, forked from one warm process that never imports a component.

    Fault containment and tamper resistance, not a sandbox for hostile native code. A context manager; sessions end
    with it. Linux only. Processes that lost their parent belong to no session and are ended when any session ends.
    ``mode`` says how much is taken away from a child. ``hash_seed`` decides the order of sets of text in every child;
    a random one when left out. ``extra_sys_path`` are folders put before ``sys.path`` in every child, and never in
    the helper itself. ``limits`` are those of a session that names none.
    """

    def __init__(
        self,
        mode: Isolation = Isolation.HARDENED,
        hash_seed: int | None = None,
        extra_sys_path: Sequence[str] = (),
        limits: Limits | None = None,
    ) -> None:
        self.mode = mode
        self.limits = limits or Limits()
        self.extra_sys_path = tuple(extra_sys_path)
        self._hash_seed = hash_seed
        self._process: HelperProcess | None = None
        self._other: Helper | None = None
        self._sessions: list[Session] = []
        self._in_force: Mapping[str, Any] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def session(
        self,
        limits: Limits | None = None,
        directory: Path | None = None,
        extra_sys_path: Iterable[str | Path] = (),
        *,
        network: bool = False,
        link: bool = False,
    ) -> Session:
        """Fork a child and return the session with it, begun.

        Args:
            limits: the helper's when left out.
            directory: where the child's private directory is made; under the helper's own when left out.
            extra_sys_path: folders put before ``sys.path`` in the child, and before the helper's own extra ones.
            network: whether the child may use it; only a hardened one can be kept from it.
            link: whether it gets a descriptor over which a venue can be served; see ``Session.link``.

        Raises:
            ValidatorError: this is no Linux, too few files may be open, or no child can be started.
        """
        bounds = limits or self.limits
        if sys.platform != "linux":
            raise ValidatorError(f"isolation needs Linux, this is {sys.platform}; use the mode that isolates nothing")
        if 0 <= (most := resource.getrlimit(resource.RLIMIT_NOFILE)[0]) < _FEWEST_FILES:  # below 0 there is no limit
            raise ValidatorError(
                f"expected to be allowed {_FEWEST_FILES} open files or more, found {most}: what a component is refused "
                f"below that is no defect of its own; raise it, as with 'ulimit -n {bounds.open_files}'"
            )
        extra = (*extra_sys_path, *self.extra_sys_path)
        paths = [os.path.abspath(path) for path in extra]  # noqa: PTH100 # keeps links as they are written
        readable = [*paths, *(os.path.abspath(path) for path in sys.path)]  # noqa: PTH100 # the same
        spec = {
            "mode": self.mode,
            "network": network,
            "limits": attrs.asdict(bounds),
            "extra_sys_path": paths,
            "readable": readable,
            "holding_home": holding_home(readable),
            "link": link,
        }
        process = self._helper()
        try:
            session, nonce = _open(process, bounds, directory, spec)
        except HelperLostError:  # killed since it was looked at; once more, with a fresh one
            process = self._helper(fresh=True)
            session, nonce = _open(process, bounds, directory, spec)
        opened = self._begun(session, nonce)
        if bounds == self.limits and not network:
            self._in_force = opened.describe()
        return opened

    def successor(self, session: Session) -> Session:
        """Kill a session's child and return a session with another one in its place.

        It has the same directory with all that is in it, and the same user, limits and paths.
        """
        spec = dict(session.spec)
        session.surrender()
        return self._begun(*_fork(self._helper(), session.limits, spec))

    def begin(self) -> None:
        """Start the process, which then warms up beside whatever the caller does meanwhile."""
        self._helper()

    def other(self) -> "Helper":
        """Return a helper whose children hash text otherwise; started once and closed with this one.

        Its process begins to warm up at once, beside whatever the caller does meanwhile.
        """
        if self._other is None:
            self._other = self.another(other_seed())
            self._other.begin()
        return self._other

    def another(self, hash_seed: int | None = None) -> "Helper":
        """Return a further helper with these settings, for the caller to close."""
        return Helper(self.mode, hash_seed, self.extra_sys_path, self.limits)

    def describe(self) -> Mapping[str, Any]:
        """Return what is in force in a child with the default limits, as such a child reads it back."""
        if self._in_force is None:
            self.session().close()
        environment = "inherited" if self.mode is Isolation.NONE else "allow-list"
        return {**(self._in_force or {}), "child_subreaper": True, "environment": environment}

    def close(self) -> None:
        """Close every session and end the helper; may be called twice."""
        helpers: list[Helper] = [self]
        while (other := helpers[-1]._other) is not None:  # noqa: SLF001 - this class
            helpers[-1]._other = None  # noqa: SLF001 - the same
            helpers.append(other)
        dismissed = [helper._dismissed() for helper in helpers]  # noqa: SLF001 - the same
        for process in filter(None, dismissed):  # all end side by side
            process.bury()

    def _dismissed(self) -> HelperProcess | None:
        """Close every session, let the process end, and return it to be buried."""
        sessions, self._sessions = self._sessions, []
        for session in sessions:
            session.close()
        process, self._process = self._process, None
        if process is not None:
            process.dismiss()
        return process

    def _begun(self, session: Session, nonce: str) -> Session:
        self._sessions = [*(open_one for open_one in self._sessions if not open_one.over), session]
        try:
            session.begin(nonce, _BEGIN_S)
        except BaseException:
            session.close()
            raise
        return session

    def _helper(self, *, fresh: bool = False) -> HelperProcess:
        if self._process is not None and (fresh or self._process.lost()):
            self._process.bury()
            self._process = None
        if self._process is None:
            self._process = begun(self._hash_seed, attached=self.mode is Isolation.NONE)
        return self._process


def _open(
    process: HelperProcess, limits: Limits, parent: Path | None, wanted: Mapping[str, Any]
) -> tuple[Session, str]:
    directory = make(parent.resolve() if parent else process.root)
    spec = {
        **wanted,
        "directory": str(directory),
        "environment": environment(directory),
        "user": assign(directory) if wanted["mode"] is Isolation.HARDENED else None,
    }
    return _fork(process, limits, spec)


def _fork(process: HelperProcess, limits: Limits, spec: Mapping[str, Any]) -> tuple[Session, str]:
    nonce = secrets.token_hex(16)
    directory = Path(spec["directory"])
    channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    link, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM) if spec["link"] else (None, None)
    reading, writing = os.pipe()
    given = (theirs.fileno(), writing) if far is None else (theirs.fileno(), writing, far.fileno())
    try:
        pid = process.fork({**spec, "nonce": nonce}, given)
        pidfd = os.pidfd_open(pid)
    except BaseException:
        channel.close()
        os.close(reading)
        if link is not None:
            link.close()
        remove(directory)
        raise
    finally:
        theirs.close()
        os.close(writing)
        if far is not None:
            far.close()
    channel.settimeout(0)
    os.set_blocking(reading, False)
    child = Child(
        pid=pid, pidfd=pidfd, channel=channel, output=reading, directory=directory, spec=spec, link=link
    )  # fmt: skip # one child
    return Session(child, limits, process, patient=spec["mode"] is Isolation.NONE), nonce
