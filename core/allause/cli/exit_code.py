"""How a command ended."""

from enum import IntEnum


class ExitCode(IntEnum):
    """Say how a command ended."""

    REACHED = 0
    FINDINGS = 1
    USAGE = 2
    NOTHING_CHECKED = 3
    INCONCLUSIVE = 4
    INTERRUPTED = 130
