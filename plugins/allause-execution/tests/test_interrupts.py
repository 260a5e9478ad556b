"""An interrupt may come at any place; it is the business of the thread that it comes to, and of no other."""

import sys
from contextlib import nullcontext
from threading import Event, Thread

import pytest

from allause.exceptions import JournalError
from allause_execution import turns
from allause_execution.events import Event as Told
from allause_execution.events import EventKind
from allause_execution.journal import Journal, encode, group
from allause_execution.turns import Turns


class Job:
    done = False


def begun(target, *arguments):
    thread = Thread(target=target, args=arguments, daemon=True)
    thread.start()
    return thread


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


def flushed(journal, ticket, outcome):
    try:
        journal.flush(ticket)
    except (JournalError, KeyboardInterrupt) as error:
        outcome.append(error)
    else:
        outcome.append(None)


def a_group_is_not_lost(interrupting, path, places, patience):
    """Interrupt whoever writes for others after so many places; return whether there were as many."""
    journal = Journal(path, orders_per_commit=2)
    tickets = [
        journal.enqueue(encode(Told(EventKind.ILLEGAL, number, text="note")), durable=number != 1)
        for number in range(6)
    ]
    outcome = []
    with interrupting(places, group):
        flushed(journal, tickets[0], outcome)
    interrupted = isinstance(outcome[0], KeyboardInterrupt)
    try:
        for ticket in tickets:
            thread = begun(flushed, journal, ticket, outcome)
            thread.join(patience)
            assert not thread.is_alive()
    finally:
        for ticket in tickets:  # whoever waits in vain would do so for ever
            ticket.done = True
    broken = journal.broken
    journal.close()
    again = Journal(path)
    written = [event.ts for event in again.replay()]
    again.close()
    committed = [number for number, error in enumerate(outcome[1:]) if error is None]
    assert written == [*range(len(written))]
    assert committed == [*range(6)] if not broken else set(committed) <= set(written)
    return interrupted


def an_interrupt_at_any_place_loses_no_group(interrupting, path, patience=60):
    places = 0
    while a_group_is_not_lost(interrupting, path / str(places), places, patience):
        places += 1
    assert places > 10


def test_an_interrupt_at_any_place_loses_nothing_that_others_wait_for(interrupting, tmp_path):
    an_interrupt_at_any_place_loses_no_group(interrupting, tmp_path)


def test_a_journal_that_forgets_what_it_took_is_noticed(interrupting, tmp_path, monkeypatch):
    take = Journal._take

    def forget(self):
        self._group.clear()
        take(self)

    monkeypatch.setattr(Journal, "_take", forget)
    with pytest.raises(AssertionError):
        an_interrupt_at_any_place_loses_no_group(interrupting, tmp_path, patience=0.5)
