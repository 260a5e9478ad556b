"""Ordinary races are no fault of the venue: what is pushed may be older than an answer, or told by several sessions."""

from decimal import Decimal
from threading import Thread

import pytest

from allause.models.orders import OrderStatus
from allause.venue import Venue
from allause.venue.session import InProcessSession

STOP = {"symbol": "AAPL", "quantity": 10, "order_type": "stop", "stop_price": 90, "client_order_id": "o1"}
ENTRY = {
    "symbol": "AAPL",
    "quantity": 10,
    "order_type": "limit",
    "price": 100,
    "client_order_id": "b",
    "take_profit": 110,
    "stop_loss": 95,
}


def stop_met_while_its_cancel_is_on_the_way(session, component):
    component.place_order(**STOP)
    session.crossing = lambda key: session.push(key, OrderStatus.TRIGGERED)
    assert component.cancel_order(client_order_id="o1").status is OrderStatus.CANCELED
    assert component.reconcile().complete
    assert component.validate_component().problems == ()


def test_a_stop_may_be_met_while_its_cancel_is_on_the_way(scripted, started):
    session = scripted()
    stop_met_while_its_cancel_is_on_the_way(session, started(session))


def test_an_intake_that_takes_every_push_for_new_is_noticed(scripted, started, monkeypatch):
    monkeypatch.setattr("allause_execution.routing.intake._SAY_THAT_IT_WORKS", frozenset())
    session = scripted()
    with pytest.raises(AssertionError):
        stop_met_while_its_cancel_is_on_the_way(session, started(session))


def test_a_stop_may_be_met_and_filled_between_two_questions(scripted, started):
    session = scripted()
    component = started(session)
    component.place_order(**STOP)
    session.push("o1", OrderStatus.TRIGGERED)
    late, session.news = session.news, []
    session.trade("o1", 10, 90, push=0)
    component.reconcile()
    session.news += late
    assert component.get_order(client_order_id="o1").status is OrderStatus.FILLED
    assert component.validate_component().problems == ()


def test_a_push_that_no_answer_overtook_is_illegal_still(scripted, started):
    session = scripted()
    component = started(session)
    component.place_order(**STOP)
    session.push("o1", OrderStatus.CANCELED)
    component.get_fills()
    session.push("o1", OrderStatus.TRIGGERED)
    component.get_fills()
    assert any("triggered may not follow canceled" in problem for problem in component.validate_component().problems)


@pytest.mark.parametrize("sessions", [1, 3])
def test_several_sessions_that_tell_the_same_in_their_time_are_no_contradiction(started, sessions):
    venue = Venue(seed=7)
    venue.quote("AAPL", Decimal(99), Decimal(101), Decimal(100), Decimal(100), ts=1000)
    component = started(InProcessSession(venue), sessions=sessions, connect=lambda: InProcessSession(venue))
    component.place_order(**ENTRY | {"price": 101})
    component.get_open_orders()
    for quantity in (4, 6):
        component.place_order("AAPL", quantity, "market", side="sell")
    assert component.get_open_orders() == ()
    assert component.reconcile().complete
    assert component.validate_component().problems == ()


@pytest.mark.parametrize(("offered", "status"), [(4, OrderStatus.PARTIALLY_FILLED), (10, OrderStatus.FILLED)])
@pytest.mark.parametrize("replaced", [False, True], ids=["placed", "replaced"])
def test_another_session_may_tell_of_fills_before_the_answer_comes(started, until, offered, status, replaced):
    venue = Venue(seed=7)
    venue.quote("A", 99, 101, 100, offered, ts=1000)
    hearers = []

    class Slow(InProcessSession):
        def submit(self, intent):
            return self._when_another_told_of_it(super().submit(intent))

        def replace(self, *terms):
            return self._when_another_told_of_it(super().replace(*terms))

        def _when_another_told_of_it(self, answer):
            if venue.fills():
                hearers.append(Thread(target=component.get_fills))  # over the first session, which is free
                hearers[-1].start()
                until(lambda: component._engine.state.fills)
            return answer

    component = started(InProcessSession(venue), connect=lambda: Slow(venue), sessions=2)
    assert component._engine.pool.link("A") is component._engine.pool.links[1]
    report = component.place_order("A", 10, "limit", price=100 if replaced else 101, client_order_id="o1")
    if replaced:
        report = component.replace_order("o1", price=101)
    for hearer in hearers:
        hearer.join()
    assert (report.status, len(hearers)) == (status, 1)
    assert component.reconcile().complete
    assert component.validate_component().problems == ()


def step_that_an_earlier_one_undid_is_let_go(session, component):
    """The entry fills beyond its first exit while that one is enlarged, which is what the second was to be as well."""
    component.place_order(**ENTRY)
    session.trade("b", 4, 100)
    component.get_fills()
    session.trade("b", 4, 100)

    def stop_out(key):
        session.crossing = lambda _: None
        session.trade("b/stop_loss", 4, 95)
        session.news.clear()
        component._engine.intake.take(session.trades[-1])

    session.crossing = stop_out
    component.get_fills()
    component.reconcile()
    assert component.reconcile().complete
    assert component.validate_component().problems == ()


def test_a_step_that_an_earlier_one_undid_is_let_go(scripted, started):
    session = scripted()
    step_that_an_earlier_one_undid_is_let_go(session, started(session))


def test_a_desk_that_carries_it_out_is_noticed(scripted, started, monkeypatch):
    monkeypatch.setattr("allause_execution.routing.desk.is_due", lambda state, step: True)
    session = scripted()
    with pytest.raises(AssertionError):
        step_that_an_earlier_one_undid_is_let_go(session, started(session))
