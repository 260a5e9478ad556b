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
        waiter: _Waiter[_Job] | None = None
        leads = False
        try:
            with self._order:
                if job.done:
                    return
                if self._led:
                    waiter = _Waiter(job, Lock())
                    waiter.gate.acquire()
                    self._waiting.append(waiter)
                else:
                    leads = self._led = True
            if waiter is not None:
                waiter.gate.acquire()
                leads = waiter.leads
            while leads and not job.done:
                self._work(job)
        except BaseException:  # an interrupt, at any of these lines: nobody may be left waiting for this one to lead
            if waiter is not None:
                with self._order:
                    waiter.job, leads = None, waiter.leads
            raise
        finally:
            if leads:
                self.wake(over=True)

    def wake(self, *, over: bool = False) -> None:
        """Wake those whose jobs are done and, when the leader's work is over, the next one to lead."""
        woken: list[_Waiter[_Job]] = []
        try:
            with self._order:
                if not self._waiting:
                    if over:
                        self._led = False
                    return
                woken = [waiter for waiter in self._waiting if waiter.is_done]
                self._waiting = [waiter for waiter in self._waiting if not waiter.is_done]
                if over:
                    self._led = bool(self._waiting)
                    if self._led:
                        self._waiting[0].leads = True
                        woken.insert(0, self._waiting.pop(0))
        finally:
            for waiter in woken:
                waiter.gate.release()
