"""Interrupts, and other signals that end a process in good order."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread
from types import FrameType

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def held_back() -> Iterator[None]:
    """Have an interrupt that comes during the block act right after it.

    For a moment only, such as between the start of a process and the note that it has to be ended. Where a signal is
    ignored, or ends this process without a word, that is left as it is. Only the main thread is ever interrupted.
    """
    came: list[int] = []
    holding = True
    numbers = _ENDING if current_thread() is main_thread() else ()
    handlers = {number: handler for number in numbers if callable(handler := signal.getsignal(number))}

    def hold(number: int, frame: FrameType | None) -> None:
        if holding:
            came.append(number)
        else:  # one that comes between two of the lines below
            handlers[signal.Signals(number)](number, frame)

    try:
        for number in handlers:
            signal.signal(number, hold)
        yield
    finally:
        holding = False
        for number, handler in handlers.items():
            signal.signal(number, handler)
        if came:
            signal.raise_signal(came[0])
