"""Capture what a child prints, bounded and harmless."""

import os
import re

_CHUNK = 1 << 16
_TURN = 1 << 20  # bytes taken before the clock is looked at again
_SEQUENCES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_].*?(?:\x07|\x1b\\|$)|\x1b.", re.DOTALL)
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


class Capture:
    """Read the output pipe and keep its end.

    Attributes:
        descriptor: the pipe's reading end, not blocking.
        limit: bytes kept.
        seen: bytes read since the last ``take``.
    """

    def __init__(self, descriptor: int, limit: int) -> None:
        self.descriptor = descriptor
        self.limit = limit
        self.seen = 0
        self._kept = bytearray()

    def drain(self) -> bool:
        """Read what is there, at most a mebibyte; return False once nobody can write any more."""
        for _ in range(_TURN // _CHUNK):
            try:
                chunk = os.read(self.descriptor, _CHUNK)
            except BlockingIOError:
                return True
            if not chunk:
                return False
            self.seen += len(chunk)
            self._kept += chunk
            if len(self._kept) > 2 * self.limit:
                del self._kept[: -self.limit]
        return True

    def take(self) -> tuple[str, int]:
        """Return the last of the output as harmless text, and how many bytes there were; then begin anew."""
        if not self.seen:
            return "", 0
        text, seen = printed(bytes(self._kept[-self.limit :])), self.seen
        self._kept.clear()
        self.seen = 0
        return text, seen


def printed(output: bytes) -> str:
    """Return ``output`` as text without escape sequences, control characters and direction marks."""
    text = output.decode("utf-8", "replace").replace("\r\n", "\n")
    return _CONTROLS.sub("", _SEQUENCES.sub("", text))
