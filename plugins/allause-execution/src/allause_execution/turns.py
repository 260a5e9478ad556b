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


@attrs.define(eq=False)
class _Waiter(Generic[_Job]):
    job: _Job | None  # None: it was interrupted
    gate: Lock
    leads: bool = False

    @property
    def is_done(self) -> bool:
        """Tell whether there is nothing to wait for any more."""
        return self.job is None or self.job.done


class Turns(Generic[_Job]):
    """Let threads have jobs done with one of them at work at a time.

    There is no thread for it: with nothing else to do, the one who needs it does it itself, and handing the work to
    another thread and back would cost more. While one leads, the others sleep, each at a gate of its own.

    Args:
        work: does some of what is to be done; called with the leader's job until that is done.
    """

    def __init__(self, work: Callable[[_Job], None]) -> None:
        self._work = work
        self._order = Lock()  # guards the next two; nobody waits for anything while holding it
        self._led = False
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
        with self._order:
            if job.done:
                return
            waiter = self._sleeper(job) if self._led else None
            self._led = True
        if waiter is not None and not self._sleep(waiter):
            return
        try:
            while not job.done:
                self._work(job)
        finally:
            self.wake(over=True)

    def wake(self, *, over: bool = False) -> None:
        """Wake those whose jobs are done and, when the leader's work is over, the next one to lead."""
        with self._order:
            if not self._waiting:
                self._led = self._led and not over
                return
            woken = [waiter for waiter in self._waiting if waiter.is_done]
            self._waiting = [waiter for waiter in self._waiting if not waiter.is_done]
            if over:
                self._led = bool(self._waiting)
                if self._led:
                    self._waiting[0].leads = True
                    woken.insert(0, self._waiting.pop(0))
        for waiter in woken:
            waiter.gate.release()

    def _sleeper(self, job: _Job) -> "_Waiter[_Job]":
        waiter = _Waiter(job, Lock())
        waiter.gate.acquire()
        self._waiting.append(waiter)
        return waiter

    def _sleep(self, waiter: "_Waiter[_Job]") -> bool:
        """Return, when woken, whether to lead; when not, the job is done."""
        try:
            waiter.gate.acquire()
        except BaseException:  # an interrupt: nobody may be left waiting for this one to lead
            with self._order:
                waiter.job = None
                leads = waiter.leads
            if leads:
                self.wake(over=True)
            raise
        return waiter.leads
