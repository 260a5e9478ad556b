"""A venue that refuses what had to be done, as one that throttles does: it is told, and asked for again."""

import pytest

from allause.exceptions import OrderDeniedError
from allause.models.orders import OrderStatus
from allause_execution.routing.watch import Watch
from allause_execution.sessions.link import Link

LIMIT = {"symbol": "AAPL", "quantity": 10, "order_type": "limit", "price": 100}
ENTRY = LIMIT | {"client_order_id": "e", "take_profit": 110, "stop_loss": 90}
PROFIT, LOSS = "e/take_profit", "e/stop_loss"


@pytest.fixture
def session(scripted):
    return scripted()


@pytest.fixture(params=[60, None], ids=["compared by the clock", "compared when asked"])
def component(session, started, clock, request):
    return started(session, clock=clock, reconcile_seconds=request.param)


def figures(component, *names):
    details = component.get_performance_stats().details
    return tuple(details[name] for name in names)


def halt_goes_on_cancelling(session, component, clock):
    for key in ("o1", "o2"):
        component.place_order(**LIMIT, client_order_id=key)
    session.cancelling = ["reject"] * 3
    component.halt(reason="drill")
    assert "halted and 2 orders work still: o1, o2" in component.validate_component().problems
    assert figures(component, "working_while_halted", "halted") == (2, 1)
    clock.advance(5)
    component.get_fills()
    assert "halted and 1 orders work still: o1" in component.validate_component().problems
    clock.advance(5)
    component.get_fills()
    assert session.working() == []
    assert component.validate_component().problems == ()
    assert figures(component, "working_while_halted") == (0,)


def test_a_halt_goes_on_cancelling_what_the_venue_would_not_cancel(session, component, clock):
    halt_goes_on_cancelling(session, component, clock)


def test_an_engine_that_forgets_what_was_refused_is_noticed(session, started, clock, monkeypatch):
    monkeypatch.setattr(Watch, "remind", lambda self, *_: None)
    with pytest.raises(AssertionError):
        halt_goes_on_cancelling(session, started(session, clock=clock), clock)


def test_the_loser_of_a_group_is_cancelled_again(session, component, clock):
    for key in ("x", "y"):
        component.place_order(**LIMIT, client_order_id=key, oco_group="g")
    session.cancelling = ["reject"]
    session.trade("x", 10, 100)
    assert component.get_order(client_order_id="y").status is OrderStatus.ACCEPTED
    assert "order y is to end and is accepted still: another" in " ".join(component.validate_component().problems)
    assert figures(component, "overdue_requests") == (1,)
    clock.advance(5)
    assert component.get_order(client_order_id="x").status is OrderStatus.FILLED
    assert session.working() == []
    assert component.validate_component().valid


def test_the_other_exit_of_a_bracket_is_cancelled_again(session, component, clock):
    component.place_order(**ENTRY)
    session.trade("e", 10, 100)
    component.get_fills()
    session.cancelling = ["reject"]
    session.trade(PROFIT, 10, 110)
    component.get_fills()
    assert figures(component, "overdue_requests") == (1,)
    clock.advance(5)
    component.get_fills()
    assert session.working() == []


def test_an_exit_that_covers_too_little_is_told_and_enlarged_again(session, component, clock):
    component.place_order(**ENTRY)
    session.trade("e", 4, 100)
    component.get_fills()
    session.replacing = ["reject", "reject"]
    session.trade("e", 6, 100)
    component.get_fills()
    told = component.validate_component().problems
    assert told == tuple(f"exit {key} is accepted and covers 4 of 10 filled" for key in (PROFIT, LOSS))
    assert figures(component, "overdue_requests", "unprotected_brackets") == (2, 0)
    clock.advance(5)
    component.get_fills()
    assert [session.orders[key].quantity for key in (PROFIT, LOSS)] == [10, 10]
    assert component.validate_component().valid


def test_an_exit_covers_no_more_than_the_position_that_others_left(session, component):
    component.place_order(**ENTRY)
    session.trade("e", 4, 100)
    component.get_fills()
    component.place_order(**LIMIT | {"side": "sell", "quantity": 3}, client_order_id="s")
    session.trade("s", 3, 100)
    session.trade("e", 6, 100)
    component.get_fills()
    assert [session.orders[key].quantity for key in (PROFIT, LOSS)] == [7, 7]
    assert component.validate_component().valid


def exits_leave_as_fast_as_the_session_may_be_sent_them(session, component, clock):
    component.place_order(**ENTRY)
    session.trade("e", 4, 100)
    component.get_fills()
    clock.advance(0.9)
    component.get_fills()
    assert len(session.submitted) == 1
    for number in (2, 3):
        clock.advance(1)
        component.get_fills()
        assert len(session.submitted) == number
    assert component.validate_component().valid
    with pytest.raises(OrderDeniedError) as caught:
        component.place_order(**LIMIT)
    assert caught.value.reason == "messages_per_second"


def test_exits_count_among_the_messages_of_a_session_and_wait_for_their_second(session, started, clock):
    component = started(session, clock=clock, messages_per_second=1)
    exits_leave_as_fast_as_the_session_may_be_sent_them(session, component, clock)


def test_a_pool_that_counts_orders_of_callers_only_is_noticed(session, started, clock, monkeypatch):
    monkeypatch.setattr(Link, "allows", lambda self: True)
    component = started(session, clock=clock, messages_per_second=1)
    with pytest.raises(AssertionError):
        exits_leave_as_fast_as_the_session_may_be_sent_them(session, component, clock)


def test_an_exit_that_waits_for_its_second_is_told(session, started, clock):
    component = started(session, clock=clock, messages_per_second=1)
    component.place_order(**ENTRY)
    session.trade("e", 4, 100)
    component.get_fills()
    told = component.validate_component().problems
    assert told == tuple(f"exit {key} is held and covers 0 of 4 filled" for key in (PROFIT, LOSS))
