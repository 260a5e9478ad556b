"""Closing waits for what is on its way; from then on nothing leaves, so that another engine may go on."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from allause.exceptions import ConfigurationError, JournalError
from allause.models.orders import OrderStatus
from allause_execution.engine import Engine
from allause_execution.routing.commits import Commits
from allause_execution.sessions.link import Link

ORDER = {"symbol": "AAPL", "quantity": 10, "order_type": "limit", "price": 100}


class Door:
    """Keep whoever comes first waiting."""

    def __init__(self):
        self.reached, self.opened = Event(), Event()

    def __call__(self, *_):
        self.reached.set()
        assert self.opened.wait(60)


def closing_waits(session, door, started, until, act):
    """Close while ``act`` is at the door of the venue, and return what came of it and the next engine."""
    component = started(session)
    component.place_order(**ORDER, client_order_id="o1")
    engine = component._engine
    with ThreadPoolExecutor(2) as threads:
        try:
            acting = threads.submit(act, component)
            assert door.reached.wait(60)
            closing = threads.submit(component.close)
            until(lambda: closing.done() or engine.entrance.closed)
            with pytest.raises(JournalError, match="in use by another engine"):
                started(session)
            with pytest.raises(ConfigurationError, match="the component is closed"):
                component.get_open_orders()
        finally:
            door.opened.set()
        closing.result(60)
        report = acting.result(60)
    return report, started(session)


def an_order_that_is_leaving_has_left(scripted, started, until, _monkeypatch):
    session, door = scripted(), Door()
    session.on_submit = lambda intent: intent.client_order_id == "o2" and door()
    report, again = closing_waits(
        session, door, started, until, lambda component: component.place_order(**ORDER, client_order_id="o2")
    )
    assert (report.status, report.venue_order_id) == (OrderStatus.ACCEPTED, "v2")
    assert again.reconcile().orders_resolved == ()
    assert again.get_order("o2") == report


def a_cancel_that_was_sent_is_answered(scripted, started, until, monkeypatch):
    session, door = scripted(), Door()
    cancel = session.cancel
    monkeypatch.setattr(session, "cancel", lambda key: door() or cancel(key), raising=False)
    report, again = closing_waits(session, door, started, until, lambda component: component.cancel_order("o1"))
    assert report.status is OrderStatus.CANCELED
    assert again.get_order("o1") == report


WAYS = pytest.mark.parametrize("way", [an_order_that_is_leaving_has_left, a_cancel_that_was_sent_is_answered])


@WAYS
def test_what_is_on_its_way_is_answered_first(scripted, started, until, monkeypatch, way):
    way(scripted, started, until, monkeypatch)


@WAYS
def test_an_engine_that_closes_at_once_is_noticed(scripted, started, until, monkeypatch, way):
    def close(engine):
        engine.journal.close()
        engine.entrance.closed = True

    monkeypatch.setattr(Engine, "close", close)
    with pytest.raises(BaseException, match="DID NOT RAISE"):
        way(scripted, started, until, monkeypatch)


def test_an_order_that_comes_while_it_closes_is_refused(scripted, started, intent):
    engine = started(scripted())._engine
    engine._placing.close()
    with pytest.raises(ConfigurationError, match="the component is closed"):
        engine.place(intent())
    assert engine.state.orders == {}


def test_an_order_in_a_new_symbol_that_comes_after_it_closed_is_refused_as_any_other(scripted, started, intent):
    session = scripted()
    engine = started(session)._engine
    engine.close()
    with pytest.raises(ConfigurationError, match="the component is closed; make a new instance"):
        engine.place(intent(symbol="MSFT"))
    assert session.asked == []


def what_was_journalled_and_comes_too_late_is_not_sent(scripted, started, monkeypatch):
    session, door = scripted(), Door()
    component = started(session)
    component.place_order(**ORDER, client_order_id="o1")
    before_sending = Commits.before_sending

    def late(commits, ticket, replaced=""):
        before_sending(commits, ticket, replaced)
        if replaced:
            door()

    monkeypatch.setattr(Commits, "before_sending", late)
    with ThreadPoolExecutor(1) as threads:
        replacing = threads.submit(component.replace_order, "o1", price=101)
        try:
            assert door.reached.wait(60)
            component.close()
        finally:
            door.opened.set()
        assert replacing.result(60).status is OrderStatus.PENDING_REPLACE
    assert session.orders["o1"].price == 100
    assert started(session).get_order("o1").status is OrderStatus.ACCEPTED


def test_what_was_journalled_and_comes_too_late_is_not_sent(scripted, started, monkeypatch):
    what_was_journalled_and_comes_too_late_is_not_sent(scripted, started, monkeypatch)


def test_a_link_that_stays_open_is_noticed(scripted, started, monkeypatch):
    monkeypatch.setattr(Link, "shut", lambda _link: None)
    with pytest.raises(AssertionError):
        what_was_journalled_and_comes_too_late_is_not_sent(scripted, started, monkeypatch)
