"""Whoever reads what is written on stdout."""

import os
import select
import sys


class Reader:
    """Notice that the reader of stdout, as it is now, has gone, without writing anything to it."""

    def __init__(self) -> None:
        self._poll = select.poll()
        # a copy, since stdout leads nowhere once what it could not take was discarded; only the end is asked for
        self._poll.register(os.dup(sys.stdout.fileno()), 0)

    def goes_within(self, seconds: float) -> bool:
        """Wait so long, or until the reader has gone, and tell whether it has."""
        return bool(self._poll.poll(seconds * 1000))
