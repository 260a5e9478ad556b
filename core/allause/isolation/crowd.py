"""Call one instance from several threads at once."""

import asyncio
import builtins
import inspect
import sys
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from time import monotonic as _monotonic
from typing import Any

from allause.isolation.encoding import printable, type_name

__builtins__ = dict(vars(builtins))  # type: ignore[assignment] # functions below keep these, whatever is patched later

_SWITCH_S = 1e-6
_PAUSE_S = 0.01
_MANY = 20
_TEXT = 200
_OWN = __file__
_Thread = threading.Thread
_frames = sys._current_frames  # noqa: SLF001 # the only way to the stacks of other threads

Named = tuple[str, Callable[..., Any], Mapping[str, Any]]


class Crowd:
    """Make calls from threads that all begin together; coroutines run on one loop of a thread of its own, as hosts do.

    Attributes:
        raised: classes of what they raised.
    """

    def __init__(
        self,
        lists: Sequence[Sequence[Named]],
        for_s: float,
        most: int,
        announce: Callable[[str], None] | None = None,
    ) -> None:
        """Take the calls.

        :param lists: one list of calls for each thread; it is gone through again and again.
        :param for_s: no call is begun later.
        :param most: calls that a thread makes.
        :param announce: told the name of every call that has ended.
        """
        self._lists, self._announce = lists, announce
        self._until, self._most = _monotonic() + for_s, most
        self._barrier = threading.Barrier(len(lists))
        self._counts = [Counter[str]() for _ in lists]
        self._loop: asyncio.AbstractEventLoop | None = None
        self._threads = [_Thread(target=self._work, args=(i, calls), daemon=True) for i, calls in enumerate(lists)]
        self.raised: set[str] = set()

    @property
    def done(self) -> dict[str, int]:
        """Return how many calls of each method have ended."""
        return dict(sum((counts.copy() for counts in self._counts), Counter[str]()))

    def run(self, patience_s: float) -> list[str]:
        """Run to the end; when no call has ended for ``patience_s``, return where each thread stands."""
        if any(inspect.iscoroutinefunction(function) for calls in self._lists for _, function, _ in calls):
            self._loop = asyncio.new_event_loop()
            _Thread(target=self._loop.run_forever, daemon=True).start()
        before = sys.getswitchinterval()
        sys.setswitchinterval(_SWITCH_S)
        try:
            for thread in self._threads:
                thread.start()
            return self._watch(patience_s)
        finally:
            sys.setswitchinterval(before)
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._loop.stop)

    def _watch(self, patience_s: float) -> list[str]:
        seen, last = 0, _monotonic()
        while alive := [thread for thread in self._threads if thread.is_alive()]:
            alive[0].join(_PAUSE_S)
            if (done := sum(counts.total() for counts in self._counts)) != seen:
                seen, last = done, _monotonic()
            elif _monotonic() - last > patience_s:
                return [_stand(thread) for thread in alive][:_MANY]
        return []

    def _work(self, index: int, calls: Sequence[Named]) -> None:
        counts = self._counts[index]
        self._barrier.wait()
        while True:
            for name, function, arguments in calls:
                made = counts.total()
                if made >= len(calls) and (made >= self._most or _monotonic() > self._until):
                    return
                try:
                    self._call(function, arguments)
                except Exception as error:  # noqa: BLE001 # whatever a component raises is the answer
                    self.raised.add(printable(type_name(type(error)), _TEXT))
                counts[name] += 1
                if self._announce is not None:
                    self._announce(name)

    def _call(self, function: Callable[..., Any], arguments: Mapping[str, Any]) -> None:
        value = function(**arguments)
        if inspect.iscoroutine(value) and self._loop is not None:
            asyncio.run_coroutine_threadsafe(value, self._loop).result()


def _stand(thread: threading.Thread) -> str:
    """Say in which function of the component a thread stands."""
    frame = _frames().get(thread.ident or 0)
    while frame is not None and "/threading.py" in frame.f_code.co_filename:
        frame = frame.f_back
    if frame is None or frame.f_code.co_filename == _OWN:
        return "waiting"
    return printable(f"{frame.f_code.co_qualname} (line {frame.f_lineno})", _TEXT)
