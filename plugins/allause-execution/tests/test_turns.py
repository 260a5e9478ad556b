"""One works for all who wait; an interrupt is the business of the thread that it comes to, and of no other."""

import sys
from contextlib import nullcontext
from threading import Event, Lock, Thread

import pytest

from allause_execution import turns
from allause_execution.turns import Turns


class Job:
    done = False


def begun(target, *arguments):
    thread = Thread(target=target, args=arguments, daemon=True)
    thread.start()
    return thread


def test_one_works_for_all_who_wait(until):
    jobs, workers, held = [Job() for _ in range(8)], [], Event()

    def work(leading):
        workers.append(leading)
        assert held.wait(60)
        for job in jobs[: 1 if leading is jobs[0] else None]:
            job.done = True

    turn = Turns(work)
    threads = [begun(turn.until_done, jobs[0])]
    until(lambda: workers)
    threads += [begun(turn.until_done, job) for job in jobs[1:]]
    until(lambda: turn.waiting == 7)
    held.set()
    for thread in threads:
        thread.join(60)
    assert all(job.done for job in jobs)
    assert len(workers) == 2


def test_when_the_work_fails_in_one_thread_the_next_one_leads(until):
    jobs, tries, held, failed = [Job(), Job()], [], Event(), []

    def work(leading):
        tries.append(leading)
        assert held.wait(60)
        if len(tries) == 1:
            raise KeyboardInterrupt
        leading.done = True

    def wait(job):
        try:
            turn.until_done(job)
        except KeyboardInterrupt:
            failed.append(job)

    turn = Turns(work)
    threads = [begun(wait, jobs[0])]
    until(lambda: tries)
    threads.append(begun(wait, jobs[1]))
    until(lambda: turn.waiting)
    held.set()
    for thread in threads:
        thread.join(60)
    assert failed == [jobs[0]]
    assert jobs[1].done


class Interrupting:
    """A lock after whose release an interrupt comes, once."""

    def __init__(self):
        self._lock, self._comes = Lock(), True

    def __enter__(self):
        self._lock.acquire()

    def __exit__(self, *_):
        self._lock.release()
        if self._comes:
            self._comes = False
            raise KeyboardInterrupt


class InterruptingLead(dict):
    """Who leads, where an interrupt comes after the first one was entered."""

    comes = True

    def setdefault(self, name, mark):
        found = super().setdefault(name, mark)
        if self.comes:
            self.comes = False
            raise KeyboardInterrupt
        return found


def test_an_interrupt_before_the_work_begins_leaves_the_lead_to_the_next_one():
    def work(leading):
        leading.done = True

    turn, job = Turns(work), Job()
    turn._lead = InterruptingLead()
    with pytest.raises(KeyboardInterrupt):
        turn.until_done(Job())
    begun(turn.until_done, job).join(60)
    assert job.done


def test_an_interrupt_before_the_sleep_begins_leaves_the_lead_to_the_next_one(until):
    held, jobs = Event(), [Job(), Job(), Job()]

    def work(leading):
        assert held.wait(60)
        leading.done = True

    turn = Turns(work)
    first = begun(turn.until_done, jobs[0])
    until(lambda: turn._lead)
    turn._order = Interrupting()
    with pytest.raises(KeyboardInterrupt):
        turn.until_done(jobs[1])
    last = begun(turn.until_done, jobs[2])
    until(lambda: turn.waiting == 2)
    held.set()
    first.join(60)
    last.join(60)
    assert [job.done for job in jobs] == [True, False, True]


class Tiring:
    """A lock at which an interrupt comes from the second time on that it is taken, as often as it is set to."""

    def __init__(self, times):
        self._lock, self._times, self._taken = Lock(), times, 0

    def __enter__(self):
        self._taken += 1
        if 1 < self._taken <= 1 + self._times:
            raise KeyboardInterrupt
        self._lock.acquire()

    def __exit__(self, *_):
        self._lock.release()


def test_an_interrupt_of_what_an_interrupt_asks_for_leaves_the_lead_to_the_next_one(until, monkeypatch):
    held, jobs = Event(), [Job(), Job(), Job()]

    def work(leading):
        assert held.wait(60)
        leading.done = True

    class Gate:
        """What a thread sleeps at, where an interrupt comes."""

        def __init__(self):
            self._lock = Lock()
            self.release, self.locked = self._lock.release, self._lock.locked

        def acquire(self):
            if not self._lock.acquire(blocking=False):
                raise KeyboardInterrupt

    turn = Turns(work)
    first = begun(turn.until_done, jobs[0])
    until(lambda: turn._lead)
    turn._order = Tiring(1)
    monkeypatch.setattr(turns, "Lock", Gate)
    with pytest.raises(KeyboardInterrupt):
        turn.until_done(jobs[1])
    monkeypatch.undo()
    last = begun(turn.until_done, jobs[2])
    until(lambda: turn.waiting == 2)
    held.set()
    first.join(60)
    last.join(60)
    assert [job.done for job in jobs] == [True, False, True]


def nobody_is_left_behind(interrupting, until, places, whose, patience):
    """Interrupt the one who leads or the one behind it after so many places; return whether there were as many."""
    jobs, held, interrupted = [Job() for _ in range(4)], Event(), []

    def work(leading):
        if leading is jobs[0]:
            assert held.wait(60)
            jobs[3].done = True
        leading.done = True

    def wait(job):
        try:
            with interrupting(places, turns) if job is jobs[whose] else nullcontext():
                turn.until_done(job)
        except KeyboardInterrupt:
            interrupted.append(job)

    turn = Turns(work)
    threads = [begun(wait, jobs[0])]
    until(lambda: turn._lead or interrupted)
    for number in (1, 2, 3):
        threads.append(begun(wait, jobs[number]))
        until(lambda number=number: turn.waiting == number or interrupted)
    held.set()
    for thread in threads:
        thread.join(patience)
    assert all(job.done for job in jobs if job not in interrupted)
    assert (any(thread.is_alive() for thread in threads), turn._lead) == (False, {})
    return bool(interrupted)


def an_interrupt_at_any_place_leaves_nobody_behind(interrupting, until, whose, patience=60):
    places = 0
    while nobody_is_left_behind(interrupting, until, places, whose, patience):
        places += 1
    assert places > 10


@pytest.mark.parametrize("whose", [0, 1])
def test_an_interrupt_at_any_place_leaves_nobody_behind(interrupting, until, whose):
    an_interrupt_at_any_place_leaves_nobody_behind(interrupting, until, whose)


def test_turns_that_are_handed_over_only_once_are_noticed(interrupting, until, monkeypatch):
    open_gates = Turns._open_gates

    def once(self, *, lead=False):
        if not isinstance(sys.exc_info()[1], KeyboardInterrupt):
            open_gates(self, lead=lead)

    monkeypatch.setattr(Turns, "_open_gates", once)
    with pytest.raises(AssertionError):
        an_interrupt_at_any_place_leaves_nobody_behind(interrupting, until, 0, patience=0.1)
