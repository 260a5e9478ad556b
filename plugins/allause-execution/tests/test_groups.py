"""Orders of one group end each other."""

import pytest

from allause.exceptions import OrderDeniedError, VenueUnknownError
from allause.models.orders import OrderStatus
from allause_execution.orders import contingency


def status(component, key):
    return component.get_order(client_order_id=key).status


def group(component, *keys):
    for key in keys:
        component.place_order("AAPL", 5, "limit", price=90, oco_group="g", client_order_id=key)


def first_to_trade_cancels_the_others(session, component):
    group(component, "x", "y", "z")
    session.trade("y", 1, 90)
    assert [status(component, key) for key in "xyz"] == [
        OrderStatus.CANCELED,
        OrderStatus.PARTIALLY_FILLED,
        OrderStatus.CANCELED,
    ]


def test_the_first_of_a_group_to_trade_cancels_the_others(scripted, started):
    session = scripted()
    first_to_trade_cancels_the_others(session, started(session))


def test_an_engine_that_lets_a_group_go_on_is_noticed(scripted, started, monkeypatch):
    monkeypatch.setattr(contingency, "_of_group", lambda state, order: iter(()))
    session = scripted()
    with pytest.raises(AssertionError):
        first_to_trade_cancels_the_others(session, started(session))


def test_a_group_that_traded_takes_no_more_orders(scripted, started):
    session = scripted()
    component = started(session)
    group(component, "x")
    session.trade("x", 5, 90)
    component.get_fills()
    with pytest.raises(OrderDeniedError) as caught:
        group(component, "y")
    assert caught.value.reason == "oco_group"


def test_a_cancel_of_the_group_whose_answer_is_lost_is_pending_until_reconciled(scripted, started):
    session = scripted()
    component = started(session)
    group(component, "x", "y")
    cancel = session.cancel

    def lose_the_question(key):
        session.cancel = cancel
        raise VenueUnknownError("no answer in time")

    session.cancel = lose_the_question
    session.trade("x", 1, 90)
    assert status(component, "y") is OrderStatus.PENDING_CANCEL
    component.reconcile()
    assert status(component, "y") is OrderStatus.CANCELED
