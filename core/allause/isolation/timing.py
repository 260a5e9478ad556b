"""Time calls inside the child, between host clocks, and read the clocks as a component finds them."""

import builtins
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from allause.measurement import SystemClock, yardstick

__builtins__ = dict(vars(builtins))  # type: ignore[assignment] # functions below keep these, whatever is patched later

_clock = SystemClock()
_open, _pread, _close, _listdir = os.open, os.pread, os.close, os.listdir
_THREADS = "/proc/self/task"
_SCHEDULED = "/proc/thread-self/schedstat"  # nanoseconds on a processor, nanoseconds waiting for one, turns
#: Calls between one yardstick and the next, for it takes longer than many a call.
_YARDSTICK_AFTER = 4
Bound = tuple[Callable[..., Any], Mapping[str, Any]]


def repeat(calls: Sequence[Bound], settle: Callable[[Any], Any], most: int, for_s: float) -> dict[str, Any]:
    """Make the calls in turn, ``most`` times or for ``for_s``; at least each once. A yardstick follows every fourth.

    The answer holds nanoseconds of each call and of each yardstick; a call that raised is timed like any other. Time
    in which the thread could have run and had no processor is not counted where the kernel tells it: it is the
    neighbours', not the component's. Other threads' such time cannot be taken off a call that waited for them, since
    they may have waited for nothing that it needs; the answer tells it, of all of them together.
    """
    took: list[int] = []
    yardsticks: list[int] = []
    queued = _queued()
    end = _clock.monotonic_ns() + int(for_s * 1e9)
    with _queue() as waited:
        here = waited()
        while len(took) < len(calls) or (len(took) < most and _clock.monotonic_ns() < end):
            function, arguments = calls[len(took) % len(calls)]
            start, before = _clock.monotonic_ns(), waited()
            with suppress(Exception):  # what it raises was judged elsewhere; here its time is taken
                settle(function(**arguments))
            without = waited() - before
            took.append(_clock.monotonic_ns() - start - without)
            if len(took) % _YARDSTICK_AFTER == 1:
                before = waited()
                measured = yardstick()
                yardsticks.append(max(measured - (waited() - before), 1))
        elsewhere = (_queued() - queued) - (waited() - here)
    return {
        "took_ns": took,
        "yardsticks_ns": yardsticks,
        "waited_ns": max(elsewhere, 0),
    }


def _queued() -> int:
    """Return the nanoseconds for which all threads of this process together waited for a processor; 0 when unknown."""
    total = 0
    with suppress(OSError):
        for thread in _listdir(_THREADS):
            with suppress(OSError, ValueError, IndexError):  # it has ended, or the kernel does not tell
                descriptor = _open(f"{_THREADS}/{thread}/schedstat", os.O_RDONLY | os.O_CLOEXEC)
                try:
                    total += int(_pread(descriptor, 64, 0).split()[1])
                finally:
                    _close(descriptor)
    return total


@contextmanager
def _queue() -> Iterator[Callable[[], int]]:
    """Offer a function that tells how long this thread has waited for a processor, in nanoseconds; 0 when unknown."""
    try:
        descriptor = _open(_SCHEDULED, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:  # a kernel that does not tell, or no /proc
        yield lambda: 0
        return
    last = 0

    def waited() -> int:
        nonlocal last
        with suppress(OSError, ValueError, IndexError):  # closed by the component: nothing is taken off any more
            last = max(last, int(_pread(descriptor, 64, 0).split()[1]))
        return last

    try:
        yield waited
    finally:
        with suppress(OSError):  # the same
            _close(descriptor)


def clocks(_request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the clocks as whoever looks them up now finds them, in nanoseconds."""
    read = {
        "perf_counter": lambda: time.perf_counter() * 1e9,
        "perf_counter_ns": time.perf_counter_ns,
        "monotonic": lambda: time.monotonic() * 1e9,
        "monotonic_ns": time.monotonic_ns,
        "time": lambda: time.time() * 1e9,
        "time_ns": time.time_ns,
    }
    return {"clocks": {name: int(function()) for name, function in read.items()}}
