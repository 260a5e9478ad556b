"""Carry out tasks side by side, each lane with a helper of its own."""

from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import TypeVar

from allause.isolation.host import Helper

Task = TypeVar("Task")


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
