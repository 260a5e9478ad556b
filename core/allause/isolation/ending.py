"""How a child ended, and who ends it."""

import signal
from typing import Protocol

import attrs


@attrs.frozen(kw_only=True)
class End:
    """Hold how a child ended.

    Attributes:
        exit_code: when it exited by itself, else None.
        signal: when a signal not of ours ended it, else None.
        strays: processes it left behind.
        note: what else a reader must know.
    """

    exit_code: int | None = None
    signal: int | None = None
    strays: int = 0
    note: str = ""

    def __str__(self) -> str:
        if self.signal is not None:
            return f"ended by signal {self.signal} ({signal.strsignal(self.signal)}){self.note}"
        return (
            f"ended with exit code {self.exit_code}{self.note}" if self.exit_code is not None else f"ended{self.note}"
        )


class Undertaker(Protocol):
    """Stand for what ends a child and everything it started."""

    def end(self, pid: int) -> End:
        """Kill the whole tree of ``pid`` and say how the child itself had ended."""
        ...
