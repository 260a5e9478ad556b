"""Show on stderr how far long work is."""

import os
import sys
from collections.abc import Mapping
from types import TracebackType
from typing import Self, TextIO

from allause.console.columns import columns
from allause.console.terminal import is_terminal
from allause.discovery import printable
from allause.models.report import Progress

_USUAL = 80
_CLEAR = "\r\x1b[K"


class ProgressLine:
    """Rewrite one line on a terminal; anywhere else, and under CI, write one line a part."""

    def __init__(self, stream: TextIO | None = None, environment: Mapping[str, str] = os.environ) -> None:
        self._stream = stream or sys.stderr
        dull = environment.get("CI") or environment.get("TERM") == "dumb"
        self._live = is_terminal(self._stream) and not dull

    def __call__(self, progress: Progress) -> None:
        """Show ``progress``."""
        text = f"[{progress.done}/{progress.total}] {printable(progress.text, 100)}"
        self._write(_CLEAR + text[: columns(_USUAL) - 1] if self._live else text + "\n")

    def __enter__(self) -> Self:
        """Return the line itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Take a live line away, so that what follows stands alone."""
        if self._live:
            self._write(_CLEAR)

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except OSError:
            self._live = False  # nobody watches any more, which is no reason to stop the work
