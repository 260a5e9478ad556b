"""Write results on stdout, whole, to whoever still reads them."""

import os
import sys


def emit(text: str) -> None:
    """Write ``text`` on stdout.

    A reader that has gone, as in ``allause list | head -1``, has got what it wanted and is no error.

    Raises:
        UsageError: there is no stdout.
        OSError: it cannot be written for another reason, such as a full disk.
    """
    if sys.stdout is None:  # it was closed before the process began
        from allause.exceptions import UsageError  # noqa: PLC0415 - hardly ever needed

        raise UsageError("the output cannot be written: standard output is closed; leave it open, or use /dev/null")
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        discard()
    except OSError:
        discard()
        raise


def discard() -> None:
    """Send what is left for stdout nowhere, or the interpreter would fail once more when it flushes at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
