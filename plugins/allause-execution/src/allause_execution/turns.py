"""Work that one does for all who wait: the first who needs it leads, and the next one when that one is served."""

from collections.abc import Callable
from threading import Lock
from typing import Generic, Protocol, TypeVar

import attrs


class Job(Protocol):
    """Stand for something that will be done, by whoever leads."""

    @property
    def done(self) -> bool:
        """Tell whether it is."""
        ...


_Job = TypeVar("_Job", bound=Job)
_LEADS = "leads"


@attrs.define(eq=False)
class _Waiter(Generic[_Job]):
    job: _Job | None  # None: it was interrupted
    mark: list[None]
    gate: Lock

    @property
    def is_done(self) -> bool:
        """Tell whether there is nothing to wait for any more."""
        return self.job is None or self.job.done


class Turns(Generic[_Job]):
    """Let threads have jobs done with one of them at work at a time.

    There is no thread for it: with nothing else to do, the one who needs it does it itself, and handing the work to
    another thread and back would cost more. While one leads, the others sleep, each at a gate of its own.

    Who leads is the one entry of a dictionary. To find it or to make it is one step that nothing comes between, an
    interrupt as little as another thread, so that whoever finds nobody at work needs no lock.

    Args:
        work: does some of what is to be done; called with the leader's job until that is done.
    """

    def __init__(self, work: Callable[[_Job], None]) -> None:
        self._work = work
        self._lead: dict[str, list[None]] = {}  # the mark of the call that leads
        self._order = Lock()  # guards the next one; nobody waits for anything while holding it
        self._waiting: list[_Waiter[_Job]] = []

    @property
    def waiting(self) -> int:
        """Return how many sleep."""
        return len(self._waiting)

    def until_done(self, job: _Job) -> None:
        """Return when the job is done, by this thread or by another.

        Raises:
            Exception: whatever the work raised in this thread.
        """
        mark: list[None] = []  # known from that of every other call by its identity
        lead = self._lead
        try:
            while not job.done:
                if lead.setdefault(_LEADS, mark) is mark:
                    self._work(job)
                else:
                    self._wait(_Waiter(job, mark, Lock()))
        finally:  # an interrupt too, at any of these lines: nobody may be left waiting for this one to lead
            if lead.get(_LEADS) is mark:
                self._hand_over()

    def wake(self) -> None:
        """Wake those whose jobs are done."""
        woken: list[_Waiter[_Job]] = []
        try:
            with self._order:
                self._take_done(woken)
        finally:
            _open(woken)

    def _wait(self, waiter: _Waiter[_Job]) -> None:
        """Return when the waiter's job is done or it leads."""
        waiter.gate.acquire()
        try:
            with self._order:
                self._waiting.append(waiter)
                # whoever led may have ended before it could see this one, and nobody does now
                if waiter.is_done or self._lead.setdefault(_LEADS, waiter.mark) is waiter.mark:
                    self._waiting.remove(waiter)
                    return
            waiter.gate.acquire()
        except BaseException:
            with self._order:
                waiter.job = None
            raise

    def _hand_over(self) -> None:
        """Lead no longer: wake those whose jobs are done, and the next one to lead."""
        del self._lead[_LEADS]
        if not self._waiting:
            return
        woken: list[_Waiter[_Job]] = []
        try:
            with self._order:
                self._take_done(woken)
                if self._waiting:
                    first = self._waiting[0]
                    woken.append(first)  # before it leads: woken for nothing it only waits again
                    if self._lead.setdefault(_LEADS, first.mark) is first.mark:
                        del self._waiting[0]
                    else:
                        woken.pop()
        finally:
            _open(woken)

    def _take_done(self, woken: list[_Waiter[_Job]]) -> None:
        woken += [waiter for waiter in self._waiting if waiter.is_done]
        if woken:
            self._waiting = [waiter for waiter in self._waiting if not waiter.is_done]


def _open(woken: list[_Waiter[_Job]]) -> None:
    for waiter in woken:
        waiter.gate.release()
