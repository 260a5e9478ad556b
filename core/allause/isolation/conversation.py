"""One exchange with a child: poll, bounded and against the clock, and judge what came."""

import select
import socket
from collections.abc import Callable, Mapping
from signal import SIGABRT, pidfd_send_signal
from time import monotonic as _monotonic
from typing import Any

import attrs
import msgspec

from allause.isolation.answers import Answer, Outcome
from allause.isolation.bounds import Bounds, GarbledError, OversizedError
from allause.isolation.messages import ANSWERS, Oversized, Raised, Series
from allause.isolation.output import Capture
from allause.isolation.plain import Decoder, decode
from allause.isolation.wire import FrameReader

Progress = Callable[[Any], None]

_CHUNK = 1 << 16
_DUMP_S = 0.5
_SHAPES: Mapping[str, Any] = {"raised": Raised, "oversized": Oversized}


@attrs.define
class Conversation:
    """Exchange requests for answers over a child's private descriptor.

    Attributes:
        channel: the host's end, not blocking.
        pidfd: readable once the child has ended.
        capture: of its output, drained meanwhile so that it never blocks on printing.
        answer_bytes: bound of one answer.
    """

    channel: socket.socket
    pidfd: int
    capture: Capture
    answer_bytes: int
    _channel_open: bool = True
    _output_open: bool = True
    _usual: "select.poll | None" = None
    _decoder: Decoder = attrs.Factory(lambda self: Decoder(Bounds(size=self.answer_bytes)), takes_self=True)

    def ask(self, op: str, frame: bytes, nonce: str, deadline_s: float, progress: Progress | None) -> Answer:
        """Send ``frame`` and return the answer that echoes ``nonce``, or what came instead.

        An exception of ``progress`` passes.
        """
        start = _monotonic()
        outcome, reason = Outcome.DIED, ""
        data: dict[str, Any] = {}
        value: Any = None
        try:
            message = self._converse(frame, nonce, start + deadline_s, progress)
            if message is not None:
                outcome, data, value = self._judge(op, message)
                reason = data["bound"] if outcome is Outcome.OVERSIZED else ""
        except TimeoutError:
            outcome, reason = Outcome.TIMED_OUT, f"no answer within {deadline_s:g} s"
        except GarbledError as error:
            outcome, reason = Outcome.GARBLED, str(error)
        except OversizedError as error:
            outcome, reason = Outcome.OVERSIZED, str(error)
        seconds = _monotonic() - start
        if outcome is Outcome.TIMED_OUT:
            self._dump_stacks()
        return Answer(outcome=outcome, seconds=seconds, data=data, value=value, reason=reason)

    def wait_for_end(self, deadline: float) -> bool:
        """Wait until the child has ended, draining its output; return False when it has not by ``deadline``."""
        try:
            while self.pidfd not in self._wait(deadline, listening=False):
                self._drain()
        except TimeoutError:
            return False
        self._drain()
        return True

    def _converse(self, frame: bytes, nonce: str, deadline: float, progress: Progress | None) -> dict[str, Any] | None:
        """Return the answer, or None when the child ended without one."""
        reader = FrameReader(self.answer_bytes)
        unsent = self._send(memoryview(frame))
        while True:
            ready = self._wait(deadline, writing=bool(unsent))
            if self.capture.descriptor in ready:
                self._drain()
            if unsent:
                unsent = self._send(unsent)
            come = not ready.isdisjoint(
                {self.channel.fileno(), self.pidfd}
            )  # an answer of later may follow more output
            messages = [message for chunk in (self._chunks() if come else ()) for message in reader.feed(chunk)]
            for index, message in enumerate(messages):
                if message.get("nonce") != nonce:
                    raise GarbledError("an answer that does not echo the nonce of the request")
                if "progress" not in message:
                    if messages[index + 1 :] or reader.unfinished:
                        raise GarbledError("bytes after the answer")
                    return message
                value = decode(message["progress"])
                if progress is not None:
                    progress(value)
            if self.pidfd in ready and not messages:
                return None

    def _wait(self, deadline: float, *, writing: bool = False, listening: bool = True) -> set[int]:
        if writing or not listening or not self._channel_open or not self._output_open:
            poller = self._poller(writing=writing, listening=listening)
        else:
            self._usual = poller = self._usual or self._poller()
        remaining = deadline - _monotonic()
        ready = {descriptor for descriptor, _ in poller.poll(max(0.0, remaining) * 1000)}
        if not ready or remaining <= 0:
            raise TimeoutError
        return ready

    def _poller(self, *, writing: bool = False, listening: bool = True) -> "select.poll":
        """Return what waits. The output is looked at last: what was printed before an answer has come when that has."""
        poller = select.poll()
        if self._channel_open and listening:
            poller.register(self.channel, select.POLLIN | (select.POLLOUT if writing else 0))
        poller.register(self.pidfd, select.POLLIN)
        if self._output_open:
            poller.register(self.capture.descriptor, select.POLLIN)
        return poller

    def _drain(self) -> None:
        self._output_open = self._output_open and self.capture.drain()

    def _send(self, unsent: memoryview) -> memoryview:
        try:
            return unsent[self.channel.send(unsent) :]
        except BlockingIOError:
            return unsent
        except OSError:  # the child closed its end; what follows is its death, or silence until the deadline
            return memoryview(b"")

    def _chunks(self) -> list[bytes]:
        chunks: list[bytes] = []
        while self._channel_open and len(chunks) * _CHUNK <= self.answer_bytes:
            try:
                chunk = self.channel.recv(_CHUNK)
            except BlockingIOError:
                break
            except ConnectionError:
                chunk = b""
            if chunk:
                chunks.append(chunk)
            else:
                self._channel_open = False
            if len(chunk) < _CHUNK:  # nothing more has come
                break
        return chunks

    def _judge(self, op: str, message: dict[str, Any]) -> tuple[Outcome, dict[str, Any], Any]:
        outcome = message.get("outcome")
        if type(outcome) is not str or outcome not in {"returned", *_SHAPES}:
            raise GarbledError("an answer without a known outcome")
        shape = _SHAPES.get(outcome, ANSWERS[op])
        try:
            data = msgspec.convert(message, shape)
        except (msgspec.ValidationError, RecursionError) as error:
            raise GarbledError(f"an answer of the wrong shape: {error}") from error
        if shape is Series:
            data["answers"] = [self._judged("call", answer) for answer in data["answers"]]
        value = self._decoder.decode(data["value"]) if "value" in data else None
        return Outcome(outcome), data, value

    def _judged(self, op: str, message: dict[str, Any]) -> Answer:
        outcome, data, value = self._judge(op, message)
        return Answer(outcome=outcome, seconds=data.get("seconds", 0.0), data=data, value=value)

    def _dump_stacks(self) -> None:
        """Let faulthandler print where every thread of the child stands, into its captured output."""
        try:
            pidfd_send_signal(self.pidfd, SIGABRT)
        except ProcessLookupError:
            return
        self.wait_for_end(_monotonic() + _DUMP_S)
