"""Carry out tasks side by side, each lane with a helper of its own."""

from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from functools import partial
from threading import Condition
from typing import Generic, TypeVar

from allause.isolation.host import Helper

Task = TypeVar("Task")
Half = TypeVar("Half")


def share(
    tasks: Iterable[Task],
    carry_out: Callable[[Helper, Task], None],
    own: Helper,
    *others: AbstractContextManager[Helper],
) -> None:
    """Carry out every task, with ``own`` in this thread and with each of ``others`` in one of its own.

    The first task falls to ``own``. Lanes do not share a helper: orphans of one child could be taken for another's.
    After an error or an interruption no lane begins another task.
    """
    waiting = deque(tasks)
    first = [waiting.popleft()] if waiting else []

    def lane(helper: Helper) -> None:
        while True:
            try:
                task = waiting.popleft()
            except IndexError:
                return
            carry_out(helper, task)

    def own_lane() -> None:
        for task in first:
            carry_out(own, task)
        lane(own)

    def further(other: AbstractContextManager[Helper]) -> None:
        with other as helper:
            lane(helper)

    if not others:
        own_lane()
        return
    with ThreadPoolExecutor(len(others), thread_name_prefix="allause-lane") as pool:
        lanes = [pool.submit(further, other) for other in others]
        try:
            own_lane()
        finally:
            waiting.clear()
    for each in lanes:
        each.result()


def relay(
    tasks: Iterable[Task],
    begin: Callable[[Helper, Task], Half | None],
    complete: Callable[[Helper, Half], None],
    own: Helper,
    *others: Helper,
) -> None:
    """Have every task begun with one helper and completed with another one, each helper in a lane of its own.

    There have to be two helpers at least. A task of which ``begin`` returns None is complete. After an error or an
    interruption no lane begins or completes anything.
    """
    turns = _Turns(tasks, begin, complete)
    with ThreadPoolExecutor(len(others), thread_name_prefix="allause-lane") as pool:
        lanes = [pool.submit(turns.take, other) for other in others]
        turns.take(own)
    for each in lanes:
        each.result()


class _Turns(Generic[Task, Half]):
    """Give each lane what another one has begun, or else a task; a lane that finds neither waits for those at work."""

    def __init__(
        self,
        tasks: Iterable[Task],
        begin: Callable[[Helper, Task], Half | None],
        complete: Callable[[Helper, Half], None],
    ) -> None:
        self._begin, self._complete = begin, complete
        self._waiting = deque(tasks)
        self._begun: list[tuple[Helper, Half]] = []
        self._at_work = 0
        self._ended = False
        self._changed = Condition()

    def take(self, helper: Helper) -> None:
        """Take turns until there is nothing left for ``helper``."""
        try:
            while (turn := self._next(helper)) is not None:
                turn()
        except BaseException:
            with self._changed:
                self._ended = True  # whether or not this lane was at work: an interruption also comes while it waits
                self._changed.notify_all()
            raise

    def _next(self, helper: Helper) -> Callable[[], None] | None:
        with self._changed:
            while not self._ended:
                for place, (by, half) in enumerate(self._begun):
                    if by is not helper:
                        del self._begun[place]
                        self._at_work += 1
                        return partial(self._completed, helper, half)
                if self._waiting:
                    self._at_work += 1
                    return partial(self._started, helper, self._waiting.popleft())
                if not self._at_work:
                    return None
                self._changed.wait()
            return None

    def _started(self, helper: Helper, task: Task) -> None:
        half = self._begin(helper, task)
        with self._changed:
            self._at_work -= 1
            if half is not None:
                self._begun.append((helper, half))
            self._changed.notify_all()

    def _completed(self, helper: Helper, half: Half) -> None:
        self._complete(helper, half)
        with self._changed:
            self._at_work -= 1
            self._changed.notify_all()
