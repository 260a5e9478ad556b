"""How many orders may leave in a time, and how alike: also across a restart."""

import pytest

from allause.exceptions import JournalError, OrderDeniedError
from allause.models.orders import OrderStatus
from allause_execution.risk import limits
from allause_execution.risk.gate import Gate
from allause_execution.routing.commits import Commits

ORDER = {"symbol": "AAPL", "quantity": 10, "order_type": "limit", "price": 100}


def denied(component, reason, **change):
    with pytest.raises(OrderDeniedError) as caught:
        component.place_order(**ORDER | change)
    return caught.value.reason == reason


def test_orders_in_one_second_are_counted_by_the_monotonic_clock(scripted, started, clock):
    component = started(scripted(), clock=clock, max_orders_per_second=2)
    component.place_order(**ORDER)
    clock.advance(0, wall=3600)  # a step of the wall clock opens nothing
    component.place_order(**ORDER)
    assert denied(component, "max_orders_per_second")
    clock.advance(0.999, wall=-3600)
    assert denied(component, "max_orders_per_second")
    clock.advance(0.001)
    assert component.place_order(**ORDER).status is OrderStatus.ACCEPTED


def test_an_order_that_another_limit_denies_is_not_counted(scripted, started, clock):
    component = started(scripted(), clock=clock, max_orders_per_second=1, max_quantity=10)
    assert denied(component, "max_quantity", quantity=11)
    assert component.place_order(**ORDER).status is OrderStatus.ACCEPTED


def test_a_storm_of_cancels_stops_orders_and_no_cancel(scripted, started, clock):
    component = started(scripted(), clock=clock, max_cancels_per_second=2)
    keys = [component.place_order(**ORDER).intent.client_order_id for _ in range(3)]
    for key in keys[:2]:
        assert component.cancel_order(client_order_id=key).status is OrderStatus.CANCELED
    assert component.place_order(**ORDER).status is OrderStatus.ACCEPTED  # no more than two
    assert component.cancel_order(client_order_id=keys[2]).status is OrderStatus.CANCELED
    assert denied(component, "max_cancels_per_second")
    clock.advance(1)
    assert component.place_order(**ORDER).status is OrderStatus.ACCEPTED


def test_the_same_order_under_another_id_is_denied_within_the_window(scripted, started, clock):
    component = started(scripted(), clock=clock, duplicate_window_seconds=0.5)
    component.place_order(**ORDER, client_order_id="a")
    assert denied(component, "duplicate", client_order_id="b")
    assert component.place_order(**ORDER, client_order_id="a").status is OrderStatus.ACCEPTED  # the same id is no other
    assert component.place_order(**ORDER | {"quantity": 9}).status is OrderStatus.ACCEPTED
    clock.advance(0.5)
    assert component.place_order(**ORDER, client_order_id="b").status is OrderStatus.ACCEPTED


def test_an_order_that_the_session_may_not_be_sent_is_not_counted(scripted, started, clock):
    limits = {"duplicate_window_seconds": 60, "max_orders_per_second": 2, "messages_per_second": 1}
    component = started(scripted(), clock=clock, **limits)
    component.place_order(**ORDER)
    for _ in range(2):
        clock.advance(0.4)
        assert denied(component, "messages_per_second", client_order_id="b", quantity=9)
    clock.advance(0.2)
    assert component.place_order(**ORDER | {"quantity": 9}, client_order_id="b").status is OrderStatus.ACCEPTED
    clock.advance(1)
    assert denied(component, "duplicate", quantity=9)


def test_an_order_that_the_venue_refused_may_be_placed_again(scripted, started, clock):
    component = started(scripted("reject"), clock=clock, duplicate_window_seconds=60)
    assert component.place_order(**ORDER, client_order_id="a").status is OrderStatus.REJECTED
    assert component.place_order(**ORDER, client_order_id="b").status is OrderStatus.ACCEPTED
    assert denied(component, "duplicate")


def test_an_order_that_was_lost_on_its_way_may_arrive_still_and_is_not_placed_again(scripted, started, clock):
    component = started(scripted("lost"), clock=clock, duplicate_window_seconds=60)
    component.place_order(**ORDER, client_order_id="a")
    component.reconcile()
    assert component.get_order("a").status is OrderStatus.REJECTED
    assert denied(component, "duplicate")


def test_an_order_that_never_left_may_be_placed_again(scripted, started, clock, monkeypatch):
    def before_sending(*_):
        raise JournalError("the disk refused once")

    component = started(scripted(), clock=clock, duplicate_window_seconds=60)
    with monkeypatch.context() as patch:
        patch.setattr(Commits, "before_sending", before_sending)
        with pytest.raises(JournalError, match="refused once"):
            component.place_order(**ORDER, client_order_id="a")
    assert component.place_order(**ORDER | {"quantity": 9}, client_order_id="a").status is OrderStatus.ACCEPTED
    assert component.place_order(**ORDER, client_order_id="b").status is OrderStatus.ACCEPTED


def the_replacements_of_before_a_restart_count(session, started, clock):
    limits = {"clock": clock, "max_orders_per_second": 3}
    first = started(session, **limits)
    first.place_order(**ORDER, client_order_id="a", take_profit=110)
    clock.advance(0.9)
    first.replace_order("a", price=99)
    session.trade("a", 1, 99)
    first.get_fills()
    session.trade("a", 1, 99)  # enlarges the exit, which is nobody's replacement
    first.get_fills()
    first.replace_order("a", price=98)
    first.close()
    clock.advance(0.2)
    second = started(session, **limits)
    second.replace_order("a", price=97)
    assert denied(second, "max_orders_per_second")
    clock.advance(0.8)
    assert second.place_order(**ORDER).status is OrderStatus.ACCEPTED


def test_they_count_also_where_the_clock_was_set_back_before(scripted, started, clock):
    limits = {"clock": clock, "max_orders_per_second": 1}
    session = scripted()
    first = started(session, **limits)
    first.place_order(**ORDER, client_order_id="a")
    clock.advance(1, wall=-3600)
    first.place_order(**ORDER, client_order_id="b")
    clock.advance(5)
    first.replace_order("b", price=99)
    first.close()
    assert denied(started(session, **limits), "max_orders_per_second")


def test_the_replacements_of_before_a_restart_count(scripted, started, clock):
    the_replacements_of_before_a_restart_count(scripted(), started, clock)


def test_a_start_that_forgets_them_is_noticed(scripted, started, clock, monkeypatch):
    monkeypatch.setattr("allause_execution.opening.is_chosen", lambda key: False)
    with pytest.raises(pytest.fail.Exception):
        the_replacements_of_before_a_restart_count(scripted(), started, clock)


def test_a_start_looks_at_no_order_older_than_the_window(scripted, started, clock, monkeypatch):
    session, options = scripted(), {"clock": clock, "duplicate_window_seconds": 60}
    first = started(session, **options)
    first.place_order(**ORDER)
    clock.advance(59)
    first.place_order(**ORDER | {"quantity": 9})
    first.close()
    clock.advance(2)
    asked = []
    monkeypatch.setattr(limits, "_payload", lambda intent: asked.append(intent.quantity))
    started(session, **options)
    assert asked == [9]


def the_orders_of_before_a_restart_count(session, started, clock):
    limits = {"clock": clock, "duplicate_window_seconds": 60, "max_orders_per_second": 1}
    first = started(session, **limits)
    first.place_order(**ORDER)
    first.close()
    second = started(session, **limits)
    assert denied(second, "max_orders_per_second", quantity=9)
    clock.advance(1)
    assert denied(second, "duplicate")
    second.close()
    clock.advance(58.9)
    third = started(session, **limits)
    assert denied(third, "duplicate")
    clock.advance(0.2)
    assert third.place_order(**ORDER).status is OrderStatus.ACCEPTED


def test_the_orders_of_before_a_restart_count(scripted, started, clock):
    the_orders_of_before_a_restart_count(scripted(), started, clock)


def test_a_gate_that_forgets_with_the_process_is_noticed(scripted, started, clock, monkeypatch):
    monkeypatch.setattr(Gate, "recall", lambda *_: None)
    with pytest.raises(BaseException, match="DID NOT RAISE"):
        the_orders_of_before_a_restart_count(scripted(), started, clock)


def test_after_a_step_back_of_the_wall_clock_an_order_counts_as_one_of_now(scripted, started, clock):
    session = scripted()
    first = started(session, clock=clock)
    first.place_order(**ORDER)
    first.close()
    clock.advance(3600, wall=-3600)
    second = started(session, clock=clock, duplicate_window_seconds=1)
    assert denied(second, "duplicate")
    clock.advance(1)
    assert second.place_order(**ORDER).status is OrderStatus.ACCEPTED


def test_what_the_component_sends_for_a_bracket_counts_for_no_rate(scripted, started, clock):
    session = scripted()
    first = started(session, clock=clock)
    first.place_order(**ORDER, take_profit=110, stop_loss=90, client_order_id="e")
    session.trade("e", 10, 100)
    assert len(first.get_open_orders()) == 2
    first.close()
    second = started(session, clock=clock, max_orders_per_second=2)
    assert second.place_order(**ORDER).status is OrderStatus.ACCEPTED
    assert denied(second, "max_orders_per_second")
