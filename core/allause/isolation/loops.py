"""Call inside running event loops, as an asynchronous host does, and look at what a call does to its loop."""

import asyncio
import builtins
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter_ns as _now
from typing import Any

from allause.isolation.encoding import is_awaitable, printable

__builtins__ = dict(vars(builtins))  # type: ignore[assignment] # functions below keep these, whatever is patched later

_BEAT_S = 0.005
_BEGUN = 3
_MANY = 20
_TEXT = 200
_new_loop, _sleep, _wait, _create_task = asyncio.new_event_loop, asyncio.sleep, asyncio.wait, asyncio.create_task
_all_tasks = asyncio.all_tasks

Call = Callable[[], Any]


class Loops:
    """Keep two event loops open: the one on which everything is awaited, and another."""

    def __init__(self) -> None:
        self._loops: list[asyncio.AbstractEventLoop] = []
        self._turn = 0

    def settle(self, value: Any) -> Any:
        """Await ``value`` on the first loop."""

        async def awaited() -> Any:
            return await value

        return self._loop(0).run_until_complete(awaited())

    def inside(self, call: Call) -> tuple[Any, bool, float]:
        """Call while a loop runs, the next time on the other one, and await what comes.

        Return the value, whether it was awaited, and the longest time in seconds for which awaiting it kept
        everything else on the loop waiting.
        """
        self._turn += 1
        return self._loop(self._turn % 2).run_until_complete(_watched(call))

    def cancel(self, call: Call, grace_s: float) -> dict[str, Any]:
        """Begin to await what ``call`` returns, cancel it, and see whether it ends within ``grace_s``."""
        return self._loop(0).run_until_complete(_cancelled(call, grace_s))

    def tasks(self, grace_s: float) -> list[str]:
        """Let both loops run on until nothing is pending, for ``grace_s`` at most, and name the tasks that are."""
        pending = [name for loop in self._loops for name in loop.run_until_complete(_pending(grace_s))]
        return pending[:_MANY]

    def renew(self) -> None:
        """Give each loop new threads for what it is asked to do on one, as a new program would have."""
        for loop in self._loops:
            loop.set_default_executor(ThreadPoolExecutor(thread_name_prefix="asyncio"))

    def _loop(self, number: int) -> asyncio.AbstractEventLoop:
        while len(self._loops) <= number:
            self._loops.append(_new_loop())
        return self._loops[number]


async def _watched(call: Call) -> tuple[Any, bool, float]:
    value = call()
    if not is_awaitable(value):
        return value, False, 0.0
    beats = [_now(), 0]

    def note() -> None:
        now = _now()
        beats[:] = now, max(beats[1], now - beats[0])

    async def beat() -> None:
        while True:
            note()
            await _sleep(_BEAT_S)

    heart = _create_task(beat())
    try:
        await _sleep(0)
        value = await value
    finally:
        note()
        heart.cancel()
    return value, True, beats[1] / 1e9


async def _cancelled(call: Call, grace_s: float) -> dict[str, Any]:
    value = call()
    if not is_awaitable(value):
        return {"begun": False, "pending": False}

    async def awaited() -> Any:
        return await value

    task = _create_task(awaited())
    for _ in range(_BEGUN):
        await _sleep(0)
    begun = not task.done()
    task.cancel()
    _, pending = await _wait({task}, timeout=grace_s)
    if not pending and not task.cancelled():
        task.exception()  # looked at, so that Python does not report it as forgotten
    return {"begun": begun, "pending": bool(pending)}


async def _pending(grace_s: float) -> list[str]:
    others = _all_tasks() - {asyncio.current_task()}
    if others:
        await _wait(others, timeout=grace_s)
    return [printable(f"{task.get_name()} {_named(task)}", _TEXT) for task in others if not task.done()]


def _named(task: "asyncio.Task[Any]") -> str:
    return str(getattr(task.get_coro(), "__qualname__", ""))
