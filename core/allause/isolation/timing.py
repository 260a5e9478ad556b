"""Time calls inside the child, between host clocks, and read the clocks as a component finds them."""

import builtins
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from allause.measurement import SystemClock, yardstick

__builtins__ = dict(vars(builtins))  # type: ignore[assignment] # functions below keep these, whatever is patched later

_clock = SystemClock()
Bound = tuple[Callable[..., Any], Mapping[str, Any]]


def repeat(calls: Sequence[Bound], settle: Callable[[Any], Any], most: int, for_s: float) -> dict[str, Any]:
    """Make the calls in turn, each followed by the yardstick, ``most`` times or for ``for_s``; at least each once.

    The answer holds nanoseconds of each call and of each yardstick; a call that raised is timed like any other.
    """
    took: list[int] = []
    yardsticks: list[int] = []
    end = _clock.monotonic_ns() + int(for_s * 1e9)
    while len(took) < len(calls) or (len(took) < most and _clock.monotonic_ns() < end):
        function, arguments = calls[len(took) % len(calls)]
        start = _clock.monotonic_ns()
        with suppress(Exception):  # what it raises was judged elsewhere; here its time is taken
            settle(function(**arguments))
        took.append(_clock.monotonic_ns() - start)
        yardsticks.append(yardstick())
    return {"took_ns": took, "yardsticks_ns": yardsticks}


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
