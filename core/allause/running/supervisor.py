"""A run in a process of its own, so that no component can end, hang or silence the one that tells of it."""

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from selectors import EVENT_READ, DefaultSelector
from time import monotonic
from typing import Any, NoReturn

import attrs

from allause import exceptions
from allause.discovery import printable
from allause.exceptions import AllauseError, ComponentError, OrderError, StrategyError, ValidatorError
from allause.isolation.kernel import prctl
from allause.isolation.output import Capture
from allause.isolation.tree import Process, descendants, end_all
from allause.models.report import Progress
from allause.running.board import Board, Label
from allause.running.child import live
from allause.running.engine import refuse_missing
from allause.running.folder import RunFolder
from allause.running.settings import Deadlines, RunResult, RunSettings
from allause.running.watchdog import too_late

_PR_SET_CHILD_SUBREAPER = 36
_LOOK_S = 0.05
_GRACE_S = 2.0  # the process itself notices most late calls, and can say more
_PATIENCE_S = 10.0
_CHUNK = 1 << 16
_KEPT, _SHOWN = 4_000, 200
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def supervise(
    settings: RunSettings,
    progress: Callable[[Progress], None] | None = None,
    notice: Callable[[str], None] | None = None,
    deadlines: Deadlines | None = None,
) -> RunResult:
    """Run the installed components in a child process and write the run directory.

    The child is forked: call this from a process without other threads, as the command line does. Whatever ends or
    hangs the child is named, everything it started is ended too, and nothing is left in the directory's place.

    :param notice: told, at most once, what the components and the strategy printed.

    Raises:
        RuntimeError: this process has other threads, Python's or a library's.
        AllauseError: what ``run`` raises, and a ``ComponentError`` or ``StrategyError`` for what ended the child.
    """
    if (threads := len(os.listdir("/proc/self/task"))) > 1:  # noqa: PTH208 - numbers are wanted, not paths
        raise RuntimeError(f"a supervised run forks, which {threads} threads do not survive; use run() in this process")
    refuse_missing(settings)
    deadlines = deadlines or Deadlines()
    with RunFolder(settings.out) as folder:
        with _every_descendant_ends():
            child = _fork(settings, folder, deadlines)
            try:
                exit_code = child.wait(progress or (lambda _: None))
            finally:
                child.end()
                if notice is not None and (words := child.words()):
                    notice(words)
        result = RunResult(
            directory=settings.out,
            record=json.loads((folder.path / "run.json").read_bytes()),
            summary=(folder.path / "summary.txt").read_text("utf-8"),
            exit_code=exit_code,
        )
        folder.publish()
    return result


def _fork(settings: RunSettings, folder: RunFolder, deadlines: Deadlines) -> "_Child":
    board = Board()
    channel, output = os.pipe(), os.pipe()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)  # an interrupt now would clean up in both processes
    try:
        pid = os.fork()
        if pid == 0:
            for reading in (channel[0], output[0]):
                os.close(reading)
            live(settings, folder, board, deadlines, (channel[1], output[1]))
        for writing in (channel[1], output[1]):
            os.close(writing)
        for reading in (channel[0], output[0]):
            os.set_blocking(reading, False)
        return _Child(pid, board, channel[0], Capture(output[0], _KEPT))
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@attrs.define(eq=False)
class _Child:
    """Hear a child process out, and end it."""

    pid: int
    board: Board
    channel: int
    capture: Capture
    _heard: bytes = b""
    _last_word: dict[str, Any] | None = None

    def wait(self, tell: Callable[[Progress], None]) -> int:
        """Return the exit code of the run, from the child's last word.

        Raises:
            AllauseError: what it reports; or it ended, or hangs, without one.
        """
        with DefaultSelector() as selector:
            selector.register(self.channel, EVENT_READ)
            selector.register(self.capture.descriptor, EVENT_READ)
            closed_at = 0.0
            while self._last_word is None:
                ended = self._end_of() is not None
                ready = {key.fd for key, _ in selector.select(_LOOK_S)}
                if self.capture.descriptor in ready and not self.capture.drain():
                    selector.unregister(self.capture.descriptor)
                if self.channel in ready and not self._hear(tell):
                    selector.unregister(self.channel)
                    closed_at = monotonic()
                if label := self.board.late(_GRACE_S):
                    raise too_late(label)
                mute = ended or (closed_at and monotonic() - closed_at > _GRACE_S)
                if self._last_word is None and mute and self.channel not in ready:
                    raise self._silent()
        if "error" in self._last_word:
            _raise(self._last_word)
        return int(self._last_word["exit_code"])

    def end(self) -> None:
        """Kill the child if it still lives, and take what it printed last."""
        os.kill(self.pid, signal.SIGKILL)  # it is a zombie at least, until it is waited for
        os.waitpid(self.pid, 0)
        self.capture.drain()
        for descriptor in (self.channel, self.capture.descriptor):
            os.close(descriptor)

    def words(self) -> str:
        """Return a sentence on what was printed; empty when nothing was."""
        text, seen = self.capture.take()
        if not seen:
            return ""
        shown = " ".join(text.split())
        return f"component output was captured: {seen} bytes, the last of them: {printable(shown[-_SHOWN:], _SHOWN)}"

    def _hear(self, tell: Callable[[Progress], None]) -> bool:
        """Take the messages there are; return False once nobody can send any more."""
        chunk = os.read(self.channel, _CHUNK)
        *lines, self._heard = (self._heard + chunk).split(b"\n")
        try:
            for line in lines:
                self._take(json.loads(line), tell)
        except (ValueError, TypeError) as error:
            what = self.board.last.text if self.board.last else "the run"
            raise ComponentError(f"{what} wrote into a descriptor that it was not given") from error
        return bool(chunk)

    def _take(self, message: dict[str, Any], tell: Callable[[Progress], None]) -> None:
        if "progress" in message:
            done, total, text = message["progress"]
            tell(Progress(done=done, total=total, text=text))
        elif "label" in message:
            self.board.labels.append(Label(*message["label"]))
        else:
            self._last_word = message

    def _end_of(self) -> os.waitid_result | None:
        return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)

    def _silent(self) -> AllauseError:
        """Return the error that names what was being called when the child fell silent."""
        end, label = self._end_of(), self.board.last
        if end is None:
            how = "the process of the run closed its descriptors"
        elif end.si_code == os.CLD_EXITED:
            how = f"the process of the run ended with exit status {end.si_status}"
        else:
            how = f"the process of the run was ended by {signal.Signals(end.si_status).name}"
        if label is None:
            return ValidatorError(f"{how} before anything was called")
        message = f"{how} {'during' if self.board.under_way else 'after'} {label.text}; nothing was written"
        return ComponentError(message, label.component) if label.component else StrategyError(message)


def _raise(word: dict[str, Any]) -> NoReturn:
    """Raise the error that the child told of, of the same class where that can be made from a message."""
    kind = next(vars(exceptions)[name] for name in word["error"] if name in vars(exceptions))
    error: AllauseError
    if issubclass(kind, ComponentError):
        error = kind(word["message"], word["component"])
    else:  # an order that is denied needs a reason too
        error = AllauseError(word["message"]) if issubclass(kind, OrderError) else kind(word["message"])
    if word["traceback"]:
        error.add_note(f"in the process of the run:\n{word['traceback']}")
    raise error


@contextmanager
def _every_descendant_ends() -> Iterator[None]:
    """Have orphans of the block's processes become children of this one, and end them when the block does."""
    me = os.getpid()
    spared = {process.pid for process in descendants(me)}

    def find() -> list[Process]:
        found = descendants(me, spared)
        for process in found:
            if process.zombie and process.parent == me:
                os.waitpid(process.pid, os.WNOHANG)
        return found

    prctl(_PR_SET_CHILD_SUBREAPER, 1)
    try:
        yield
    finally:
        left = end_all(find, _PATIENCE_S)
        prctl(_PR_SET_CHILD_SUBREAPER, 0)
    if left:
        raise ValidatorError(f"{left} processes that a component started cannot be ended")
