"""One child, seen from the host: requests with deadlines, and outcomes instead of surprises."""

import os
import secrets
import signal
import socket
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from time import monotonic as _monotonic
from typing import Any, Self

import attrs

from allause.exceptions import ValidatorError
from allause.isolation.answers import Answer, Outcome
from allause.isolation.conversation import Conversation, Progress
from allause.isolation.directories import remove
from allause.isolation.ending import End, Undertaker
from allause.isolation.limits import Limits
from allause.isolation.messages import ANSWERS
from allause.isolation.output import Capture
from allause.isolation.wire import pack

_FOR_EVER_S = 1e6  # somebody is looking at it in a debugger
_CONTINUING = frozenset({Outcome.RETURNED, Outcome.RAISED})


@attrs.frozen(kw_only=True)
class Child:
    """Hold the host's ends of one child.

    Attributes:
        pid: its number.
        pidfd: readable once it has ended.
        channel: the private descriptor's other end, not blocking.
        output: the output pipe's reading end, not blocking.
        directory: its private directory.
        spec: how it was forked.
        link: the host's end of the descriptor to a venue, blocking; None when it has none.
    """

    pid: int
    pidfd: int
    channel: socket.socket
    output: int
    directory: Path
    spec: Mapping[str, Any]
    link: socket.socket | None = None


class Session:
    """Speak to one child until it is over; a context manager that leaves nothing behind.

    Attributes:
        directory: the child's working and home directory, which holds its temporary one; gone after ``close``.
        limits: in force.

    ``patient`` lets requests take as long as they like.
    """

    def __init__(self, child: Child, limits: Limits, undertaker: Undertaker, *, patient: bool = False) -> None:
        self.directory = child.directory
        self.limits = limits
        self._child = child
        self._undertaker = undertaker
        self._capture = Capture(child.output, limits.output_bytes)
        self._conversation = Conversation(child.channel, child.pidfd, self._capture, limits.answer_bytes)
        self._patient = patient
        self._end: End | None = None
        self._closed = False
        self._confinement: Mapping[str, Any] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def over(self) -> bool:
        """Tell whether the child is gone."""
        return self._end is not None

    def begin(self, nonce: str, deadline_s: float) -> None:
        """Wait until the child says that it is confined; called once, by the helper's host side.

        Raises:
            ValidatorError: it does not; no component code has run, so this is the validator's own failure.
        """
        answer = self._ask("begin", b"", nonce, deadline_s, None)
        if answer.outcome is not Outcome.RETURNED:
            raise ValidatorError(f"the isolated child did not start: {answer.reason}\n{answer.output}")
        self._confinement = answer.data["confinement"]

    @property
    def link(self) -> socket.socket | None:
        """Return the host's end of the descriptor over which a venue can be served, None when it has none."""
        return self._child.link

    @property
    def spec(self) -> Mapping[str, Any]:
        """Return how the child was forked."""
        return self._child.spec

    def strike(self) -> None:
        """Send the child SIGKILL and return at once, from any thread; a request under way then finds it dead."""
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._child.pidfd, signal.SIGKILL)

    def give(self, name: str, text: str) -> Path:
        """Put a file into the child's directory and return its path, a part of which nobody can guess.

        The component may do there what it likes, so the file is a new one, and no link is followed.
        """
        path = self.directory / f"{secrets.token_hex(8)}-{name}"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with os.fdopen(os.open(path, flags, 0o644), "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def surrender(self) -> Path:
        """End the child as ``close`` does, but leave its directory, which is returned, to the caller."""
        self._close(keep=True)
        return self.directory

    def describe(self) -> Mapping[str, Any]:
        """Return what is in force in the child, as it read it back before any component was imported."""
        return dict(self._confinement)

    def request(
        self, op: str, *, deadline_s: float | None = None, progress: Progress | None = None, **fields: Any
    ) -> Answer:
        """Send one operation with its fields (plain data) and wait for its end.

        Whatever the component does is an outcome, never an exception.

        Args:
            op: one of ``allause.isolation.messages.ANSWERS``.
            deadline_s: ``limits.wall_s`` when left out.
            progress: called with each progress message that comes before the answer.
            fields: what the operation takes.

        Raises:
            ValidatorError: the session is over, or the operation does not exist.
        """
        if op not in ANSWERS or op == "begin":
            raise ValidatorError(f"unknown operation {op!r}, expected one of {sorted(set(ANSWERS) - {'begin'})}")
        if self.over:
            raise ValidatorError(f"operation {op!r} on a session that is over; open another one")
        nonce = secrets.token_hex(16)
        deadline = self.limits.wall_s if deadline_s is None else deadline_s
        if self._patient:
            deadline = _FOR_EVER_S
        return self._ask(op, pack({**fields, "nonce": nonce, "op": op}), nonce, deadline, progress)

    def run(
        self,
        reference: str,
        arguments: Mapping[str, Any] | None = None,
        *,
        deadline_s: float | None = None,
        progress: Progress | None = None,
    ) -> Answer:
        """Run the function ``module:name`` in the child with plain ``arguments``, awaiting what it returns.

        A function with a parameter ``progress`` is given a callable that sends its argument to ``progress`` here.
        """
        fields = {"reference": reference, "arguments": dict(arguments or {}), "awaited": True}
        return self.request("run", deadline_s=deadline_s, progress=progress, **fields)

    def leave(self, grace_s: float = 5.0) -> Answer:
        """Let the child end by itself and see whether it can.

        RETURNED only with exit code 0 within ``grace_s``; TIMED_OUT when it lives on, DIED with any other end.
        """
        start = _monotonic()
        answer = self.request("leave", deadline_s=grace_s)
        if self.over:
            return answer
        gone = self._conversation.wait_for_end(start + grace_s)
        end = self._finish()
        outcome = Outcome.TIMED_OUT if not gone else Outcome.RETURNED if end.exit_code == 0 else Outcome.DIED
        alive = f"still alive {grace_s:g} s after it was let go"
        output, printed = self._capture.take()
        return attrs.evolve(
            answer,
            outcome=outcome,
            reason={Outcome.TIMED_OUT: alive, Outcome.DIED: str(end)}.get(outcome, ""),
            seconds=_monotonic() - start,
            exit_code=end.exit_code,
            signal=end.signal,
            strays=end.strays,
            output=answer.output + output,
            output_bytes=answer.output_bytes + printed,
        )

    def close(self) -> None:
        """End the child and all it started, and remove its directory; may be called twice."""
        self._close()

    def _close(self, *, keep: bool = False) -> None:
        if self._closed:
            return
        self._closed = True
        try:
            self._finish()
        finally:
            self._child.channel.close()
            os.close(self._child.pidfd)
            os.close(self._child.output)
            if self._child.link is not None:
                self._child.link.close()
            if not keep:
                remove(self.directory)

    def _ask(self, op: str, frame: bytes, nonce: str, deadline_s: float, progress: Progress | None) -> Answer:
        try:
            answer = self._conversation.ask(op, frame, nonce, deadline_s, progress)
        except BaseException:  # the caller's progress function, or the user's interrupt: end the child, let it pass
            self._finish()
            raise
        end = End()
        if answer.outcome not in _CONTINUING:
            end = self._finish()
            self._capture.drain()
        output, printed = self._capture.take()
        if end.strays or printed:
            answer = attrs.evolve(answer, strays=end.strays, output=output, output_bytes=printed)
        if answer.outcome is Outcome.DIED:
            return attrs.evolve(answer, reason=str(end), exit_code=end.exit_code, signal=end.signal)
        return answer

    def _finish(self) -> End:
        if self._end is None:
            self._end = self._undertaker.end(self._child.pid)
        return self._end
