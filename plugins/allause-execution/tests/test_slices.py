"""Slices of a parent order, which together are never more than it."""

import pytest

from allause.exceptions import OrderDeniedError
from allause.models.orders import OrderStatus
from allause_execution.risk import limits, rules

ORDER = {"symbol": "AAPL", "quantity": 10, "order_type": "limit", "price": 100}


def denied(component, reason, **change):
    with pytest.raises(OrderDeniedError) as caught:
        component.place_order(**ORDER | change)
    return caught.value.reason == reason


def runaway_is_stopped_at_the_parents_quantity(session, component):
    slices = 0
    while slices < 50:  # an engine that never stops slicing
        try:
            component.place_order(**ORDER | {"quantity": 3}, parent_id="p", parent_quantity=10)
        except OrderDeniedError as error:
            assert error.reason == "runaway"  # noqa: PT017  it comes sooner or later
            break
        slices += 1
    assert sum(intent.quantity for intent in session.submitted) <= 10
    with pytest.raises(OrderDeniedError, match="halted"):
        component.place_order(**ORDER)


def test_slices_above_their_parent_are_denied_and_halt(scripted, started):
    session = scripted()
    runaway_is_stopped_at_the_parents_quantity(session, started(session))


def test_an_engine_without_runaway_detection_is_noticed(scripted, started, monkeypatch):
    monkeypatch.setattr(limits.ParentQuantity, "rule", lambda self, _: rules.Rule("runaway", lambda asked: ""))
    session = scripted()
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        runaway_is_stopped_at_the_parents_quantity(session, started(session))


def test_what_a_cancelled_slice_did_not_fill_can_be_sliced_again(scripted, started):
    session = scripted()
    component = started(session)
    parent = {"parent_id": "p", "parent_quantity": 10}
    component.place_order(**ORDER, **parent, client_order_id="a")
    session.trade("a", 4, 100)
    component.cancel_order(client_order_id="a")
    assert component.place_order(**ORDER | {"quantity": 6}, **parent).status is OrderStatus.ACCEPTED
    assert denied(component, "runaway", quantity=1, **parent)


def test_a_parent_with_another_quantity_than_before_is_denied(scripted, started):
    component = started(scripted())
    component.place_order(**ORDER | {"quantity": 1}, parent_id="p", parent_quantity=10)
    assert denied(component, "runaway", quantity=1, parent_id="p", parent_quantity=1000)


@pytest.mark.parametrize("missing", ["parent_id", "parent_quantity"])
def test_a_slice_names_its_parent_and_its_quantity(scripted, started, missing):
    parent = {"parent_id": "p", "parent_quantity": 10}
    del parent[missing]
    assert denied(started(scripted()), "parent_quantity", **parent)


def test_the_slices_of_before_a_restart_count(scripted, started):
    session = scripted()
    first = started(session)
    first.place_order(**ORDER | {"quantity": 8}, parent_id="p", parent_quantity=10)
    first.close()
    assert denied(started(session), "runaway", quantity=3, parent_id="p", parent_quantity=10)
