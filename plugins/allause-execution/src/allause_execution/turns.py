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

    def open(self) -> None:
        """Wake it; once more does nothing."""
        if self.gate.locked():
            self.gate.release()


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
            try:
                if lead.get(_LEADS) is mark:
                    self._hand_over(mark)
            except BaseException:  # and in the midst of handing over
                self._hand_over(mark)
                raise

    def wake(self) -> None:
        """Wake those whose jobs are done."""
        try:
            self._open_gates()
        except BaseException:  # an interrupt, after some of them
            self._open_gates()
            raise

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
            waiter.job = None  # one step, first of all: another interrupt finds nobody who would be made to lead
            with self._order:  # whoever took it for one that waits has told it so by now
                pass
            raise

    def _hand_over(self, mark: list[None]) -> None:
        """Lead no longer: wake those whose jobs are done, and the next one to lead; what is done is not done again."""
        if self._lead.get(_LEADS) is mark:
            del self._lead[_LEADS]
        if self._waiting:
            self._open_gates(lead=True)

    def _open_gates(self, *, lead: bool = False) -> None:
        """Wake those whose jobs are done, and the next one when it is to lead.

        Nobody is taken off the list before the gate is open: where an interrupt comes, the same is done once more.
        """
        with self._order:
            left: list[_Waiter[_Job]] = []
            for waiter in self._waiting:
                if waiter.is_done:
                    waiter.open()
                else:
                    left.append(waiter)
            self._waiting = left
            if lead and left and self._lead.setdefault(_LEADS, left[0].mark) is left[0].mark:
                left[0].open()
                del left[0]
