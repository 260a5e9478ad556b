"""What may be written to a stream: colour, and how wide."""

import os
from collections.abc import Mapping
from enum import StrEnum
from typing import TextIO

from allause.console.columns import columns

_NARROWEST, _WIDEST = 60, 160


class Colour(StrEnum):
    """Name the few colours in use by their escape sequence."""

    GREEN = "\x1b[32m"
    RED = "\x1b[31m"
    YELLOW = "\x1b[33m"
    BOLD = "\x1b[1m"

    def paint(self, text: str, *, wanted: bool = True) -> str:
        """Return ``text`` in this colour, or unchanged."""
        return f"{self.value}{text}\x1b[0m" if wanted else text


def is_terminal(stream: TextIO | None) -> bool:
    """Tell whether a person may be looking at ``stream``, which is None where the process began without it."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # closed
        return False


def wants_colour(stream: TextIO, environment: Mapping[str, str] = os.environ) -> bool:
    """Tell whether to colour: NO_COLOR forbids it, FORCE_COLOR demands it, otherwise a terminal that can."""
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR"):
        return True
    return environment.get("TERM") != "dumb" and is_terminal(stream)


def width() -> int:
    """Return how many columns to fill: COLUMNS, else the terminal's, else 100; kept between 60 and 160."""
    return min(max(columns(100), _NARROWEST), _WIDEST)
