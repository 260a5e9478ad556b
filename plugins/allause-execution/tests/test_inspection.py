"""A question put before the start reads the journal, and neither writes it nor needs the venue."""

from pathlib import Path

import pytest

from allause_execution import Config, TradingExecutionEngine, plugin
from allause_execution.journal import NAME, Reading, decoded
from allause_execution.opening import open_engine
from allause_execution.orders.events import EventKind
from allause_execution.routing.intake import Intake

LIMIT = {"symbol": "AAPL", "quantity": 10, "order_type": "limit", "price": 100}


def ask(directory: Path, **options):
    component = TradingExecutionEngine(Config(directory=directory, **options))
    try:
        return component.validate_component().problems
    finally:
        component.close()


def contents(directory: Path):
    return {path.name: path.read_bytes() for path in (directory / NAME).iterdir()}


def asking_leaves_the_journal_of_a_venue_as_it_is(scripted, started, tmp_path):
    session = scripted("timeout")
    component = started(session, reconcile_seconds=None)
    component.place_order(**LIMIT, client_order_id="o1")
    component.close()
    before = contents(tmp_path)
    assert ask(tmp_path) == ("order o1 is unknown: call reconcile()",)
    assert contents(tmp_path) == before
    again = started(session)
    assert again.get_order("o1").status == session.orders["o1"].status


def test_asking_leaves_the_journal_of_a_venue_as_it_is(scripted, started, tmp_path):
    asking_leaves_the_journal_of_a_venue_as_it_is(scripted, started, tmp_path)


def test_a_question_that_opens_an_engine_is_noticed(scripted, started, tmp_path, monkeypatch):
    def problems_of(config):
        engine = open_engine(config)
        try:
            return engine.problems()
        finally:
            engine.close()

    monkeypatch.setattr(plugin, "problems_of", problems_of)
    with pytest.raises(Exception, match=r"o1 is unknown|expected a journal"):
        asking_leaves_the_journal_of_a_venue_as_it_is(scripted, started, tmp_path)


def test_an_order_that_no_answer_was_journalled_of_is_unknown(scripted, started, tmp_path, monkeypatch):
    component = started(scripted())
    monkeypatch.setattr(Intake, "acknowledge", lambda *_: ())
    monkeypatch.setattr(Intake, "tell", lambda *_, **__: None)  # the process dies between sending and the answer
    component.place_order(**LIMIT, client_order_id="o1")
    component.close()
    assert [event.kind for _, event in decoded(Reading(tmp_path / NAME))] == [EventKind.OPENED, EventKind.INTENT]
    assert ask(tmp_path) == ("order o1 is unknown: call reconcile()",)


def test_where_there_is_no_journal_nothing_is_made(tmp_path):
    assert ask(tmp_path / "none") == ()
    assert ask(tmp_path, durable=False) == ()
    assert not [*tmp_path.iterdir()]


def test_a_journal_opened_with_other_money_is_told(started, tmp_path):
    started(currency="EUR").close()
    (problem,) = ask(tmp_path)
    assert "1000000 EUR" in problem


def test_a_journal_of_version_1_is_told(tmp_path):
    (tmp_path / "orders.sqlite3").write_bytes(b"SQLite format 3\0" + bytes(100))
    (problem,) = ask(tmp_path)
    assert "version 1" in problem
