"""Brackets keep their exits over lost answers, late fills and restarts."""

from decimal import Decimal

import attrs
import msgspec
import pytest

from allause.models.orders import OrderStatus
from allause_execution import reconciliation
from allause_execution.orders import contingency
from allause_execution.orders.events import EventKind
from allause_execution.routing import intake
from allause_execution.routing.desk import Desk

ENTRY = {
    "symbol": "AAPL",
    "quantity": 10,
    "order_type": "limit",
    "price": 100,
    "client_order_id": "b",
    "take_profit": 110,
    "stop_loss": 95,
}
PROFIT, LOSS = "b/take_profit", "b/stop_loss"


def status(component, key):
    return component.get_order(client_order_id=key).status


def test_a_restart_finds_the_bracket_and_goes_on(scripted, started):
    session = scripted()
    first = started(session)
    first.place_order(**ENTRY)
    session.trade("b", 4, 100)
    first.get_fills()
    first.close()
    session.trade("b", 6, 100, push=0)
    second = started(session)
    assert [session.orders[key].quantity for key in (PROFIT, LOSS)] == [10, 10]
    session.trade(PROFIT, 10, 110)
    assert status(second, LOSS) is OrderStatus.CANCELED
    assert len(session.submitted) == 3


def test_an_exit_whose_answer_is_lost_is_unknown_and_not_sent_again(scripted, started):
    session = scripted("ack", "timeout")
    component = started(session)
    component.place_order(**ENTRY)
    session.trade("b", 10, 100)
    assert status(component, PROFIT) is OrderStatus.UNKNOWN
    assert component.reconcile().complete
    assert [intent.client_order_id for intent in session.submitted] == ["b", PROFIT, LOSS]
    assert status(component, PROFIT) is OrderStatus.ACCEPTED


def test_the_fill_of_an_unknown_entry_releases_its_exits(scripted, started):
    session = scripted("timeout")
    component = started(session)
    component.place_order(**ENTRY)
    session.trade("b", 10, 100)
    component.get_fills()
    assert [intent.client_order_id for intent in session.submitted] == ["b", PROFIT, LOSS]


def exits_that_never_arrived_leave_again(session, component):
    component.place_order(**ENTRY)
    session.trade("b", 4, 100)
    component.get_fills()
    assert [status(component, key) for key in (PROFIT, LOSS)] == [OrderStatus.UNKNOWN, OrderStatus.ACCEPTED]
    session.trade("b", 6, 100)
    component.reconcile()
    assert [session.orders[key].quantity for key in (PROFIT, LOSS)] == [10, 10]
    assert [status(component, key) for key in (PROFIT, LOSS)] == [OrderStatus.ACCEPTED] * 2


def test_an_exit_that_never_arrived_is_held_and_leaves_again(scripted, started):
    session = scripted("ack", "lost")
    exits_that_never_arrived_leave_again(session, started(session))


def test_an_exit_that_never_arrived_leaves_again_after_a_restart(scripted, started):
    session = scripted("ack", "lost", "lost")
    first = started(session)
    first.place_order(**ENTRY)
    session.trade("b", 10, 100)
    first.get_fills()
    first.close()
    component = started(session)
    assert [status(component, key) for key in (PROFIT, LOSS)] == [OrderStatus.ACCEPTED] * 2
    assert component.validate_component().valid


def test_an_engine_that_lets_a_lost_exit_go_is_noticed(scripted, started, monkeypatch):
    monkeypatch.setattr(reconciliation, "RETURNED", EventKind.REJECTED)
    session = scripted("ack", "lost")
    with pytest.raises((AssertionError, KeyError)):
        exits_that_never_arrived_leave_again(session, started(session))


def test_an_exit_that_never_arrived_stays_where_it_is_when_the_other_one_traded(scripted, started):
    session = scripted("ack", "lost")
    component = started(session)
    component.place_order(**ENTRY)
    session.trade("b", 10, 100)
    component.get_fills()
    session.trade(LOSS, 10, 95)
    component.reconcile()
    assert status(component, PROFIT) is OrderStatus.CANCELED
    assert PROFIT not in session.orders
    assert component.get_open_orders() == ()


def a_fill_told_after_the_cancel_is_protected(session, component):
    component.place_order(**ENTRY)
    fill = session.trade("b", 3, 100, push=0)
    component.cancel_order(client_order_id="b")
    assert status(component, "b") is OrderStatus.CANCELED
    session.news.append(fill)
    component.get_fills()
    assert [session.orders[key].quantity for key in (PROFIT, LOSS)] == [3, 3]


def test_a_fill_that_is_told_after_the_cancel_of_its_entry_is_protected(scripted, started):
    session = scripted()
    a_fill_told_after_the_cancel_is_protected(session, started(session))


def test_an_engine_that_ends_the_exits_before_it_knows_the_fills_is_noticed(scripted, started, monkeypatch):
    monkeypatch.setattr(intake, "_ENDS", frozenset())
    session = scripted()
    with pytest.raises((AssertionError, KeyError)):
        a_fill_told_after_the_cancel_is_protected(session, started(session))


def promise_survives_a_restart(session, started):
    """The venue's list of executions lags behind what it says of the order."""
    component = started(session)
    component.place_order(**ENTRY)
    fill = session.trade("b", 4, 100, push=0)
    component.cancel_order(client_order_id="b")
    component.close()
    fills, session.fills = session.fills, tuple
    component = started(session)
    assert [status(component, key) for key in (PROFIT, LOSS)] == [OrderStatus.HELD] * 2
    session.fills = fills
    session.news.append(fill)
    component.get_fills()
    assert [session.orders[key].quantity for key in (PROFIT, LOSS)] == [4, 4]


def test_the_promise_of_a_fill_survives_a_restart(scripted, started):
    promise_survives_a_restart(scripted(), started)


def test_an_engine_that_does_not_journal_the_promise_is_noticed(scripted, started, monkeypatch):
    def without_it(event, encode=intake.encode):
        ends = event.kind in (EventKind.CANCELED, EventKind.EXPIRED)
        return encode(msgspec.structs.replace(event, quantity=None) if ends else event)

    monkeypatch.setattr(intake, "encode", without_it)
    with pytest.raises((AssertionError, KeyError)):
        promise_survives_a_restart(scripted(), started)


def exits_wait_for_the_comparison(session, component):
    component.place_order(**ENTRY)
    session.trade("b", 4, 100, push=0)
    session.orders["b"] = attrs.evolve(session.orders["b"], status=OrderStatus.EXPIRED)
    session.script = ["lost"]
    component.place_order("AAPL", 1, "market")  # the link is in trouble from here on
    session.news.append(attrs.evolve(session.orders["b"], filled_qty=Decimal(0)))
    assert [status(component, key) for key in ("b", PROFIT)] == [OrderStatus.EXPIRED, OrderStatus.HELD]
    component.reconcile()
    assert [session.orders[key].quantity for key in (PROFIT, LOSS)] == [4, 4]


def test_the_exits_of_an_entry_that_ended_over_a_lost_link_wait_for_the_comparison(scripted, started):
    session = scripted()
    exits_wait_for_the_comparison(session, started(session))


def test_an_engine_that_ends_held_exits_before_it_compared_is_noticed(scripted, started, monkeypatch):
    carry_out = Desk._carry_out

    def at_once(self, link, step):
        if step.act is contingency.Act.CANCEL:
            self.cancel(link, self._state.orders[step.key], step.text)
        else:
            carry_out(self, link, step)

    monkeypatch.setattr(Desk, "_carry_out", at_once)
    session = scripted()
    with pytest.raises(AssertionError):
        exits_wait_for_the_comparison(session, started(session))


def test_the_exits_wait_while_the_venue_does_not_answer_a_start(scripted, started):
    session = scripted()
    component = started(session)
    component.place_order(**ENTRY)
    session.trade("b", 4, 100, push=0)
    session.push("b", OrderStatus.CANCELED)
    assert status(component, "b") is OrderStatus.CANCELED
    component.close()
    reconnect, session.reconnect, session.connected = session.reconnect, lambda: None, False
    component = started(session)
    assert {o.intent.client_order_id for o in component.get_open_orders()} == {PROFIT, LOSS}
    session.reconnect = reconnect
    component.reconcile()
    component.reconcile()
    assert [session.orders[key].quantity for key in (PROFIT, LOSS)] == [4, 4]
    assert component.validate_component().valid
