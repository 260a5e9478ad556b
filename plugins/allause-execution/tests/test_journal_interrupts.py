"""An interrupt may come at any place of a commit; what others wait for is written all the same, or they are told."""

from threading import Thread

import pytest

from allause.exceptions import JournalError
from allause_execution.journal import Journal, encode, group
from allause_execution.orders.events import Event as Told
from allause_execution.orders.events import EventKind


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
            thread = Thread(target=flushed, args=(journal, ticket, outcome), daemon=True)
            thread.start()
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
