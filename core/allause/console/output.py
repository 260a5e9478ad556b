"""Write results on stdout, whole, to whoever still reads them, and what is told beside them on stderr."""

import os
import sys


def emit(text: str) -> None:
    """Write ``text`` on stdout.

    A reader that has gone, as in ``allause list | head -1``, has got what it wanted and is no error.

    Raises:
        OSError: it cannot be written for another reason, such as a full disk.
    """
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        discard()
    except OSError:
        discard()
        raise


def tell(text: str) -> None:
    """Write ``text`` on stderr, beside the results: where nobody can read it, they are the same."""
    try:  # contextlib would cost the launcher more than all that it does
        sys.stderr.write(text)
        sys.stderr.flush()
    except OSError:
        return


def discard() -> None:
    """Send what is left for stdout nowhere, or the interpreter would fail once more when it flushes at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def reopen() -> bool:
    """Open nothing in the place of each standard stream that is closed, and tell whether stdout was.

    Otherwise the next file that is opened would be taken for it. What is written on such a stdout is an error, for it
    reaches nobody; what goes to stderr is let go.
    """
    closed = sys.stdout is None
    streams = (("stdin", "r", os.O_RDONLY), ("stdout", "w", os.O_RDONLY), ("stderr", "w", os.O_WRONLY))
    for number, (name, mode, flags) in enumerate(streams):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, flags)
            if nowhere != number:
                os.dup2(nowhere, number)
                os.close(nowhere)
            os.set_inheritable(number, True)  # noqa: FBT003 - it has no name
            setattr(sys, name, open(number, mode, closefd=False))  # noqa: SIM115 - it stays open
    return closed
