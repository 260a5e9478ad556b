"""The exits of a bracket follow what its entry fills."""

import pytest

from allause.exceptions import OrderDeniedError
from allause.models.orders import OrderStatus, OrderType, Side, TimeInForce
from allause_execution.orders import contingency

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


def test_the_exits_are_held_until_the_entry_fills(scripted, started):
    session = scripted()
    component = started(session)
    component.place_order(**ENTRY)
    assert [order.intent.client_order_id for order in component.get_open_orders()] == ["b", PROFIT, LOSS]
    assert (status(component, PROFIT), status(component, LOSS)) == (OrderStatus.HELD, OrderStatus.HELD)
    assert [intent.client_order_id for intent in session.submitted] == ["b"]


def test_a_fill_releases_both_exits_for_its_quantity_the_other_way(scripted, started):
    session = scripted()
    component = started(session)
    component.place_order(**ENTRY)
    session.trade("b", 4, 100)
    report = component.get_order(client_order_id=PROFIT)
    assert (report.status, report.quantity, report.intent.quantity) == (OrderStatus.ACCEPTED, 4, 10)
    _, profit, loss = session.submitted
    assert (profit.side, profit.quantity, profit.order_type, profit.price) == (Side.SELL, 4, OrderType.LIMIT, 110)
    assert (loss.side, loss.quantity, loss.order_type, loss.stop_price) == (Side.SELL, 4, OrderType.STOP, 95)
    assert profit.reduce_only
    assert profit.time_in_force is TimeInForce.GTC
    assert profit.oco_group == loss.oco_group


def exits_grow_with_the_entry(session, component):
    component.place_order(**ENTRY)
    for quantity in (4, 1, 5):
        session.trade("b", quantity, 100)
        component.get_fills()
    assert [session.orders[key].quantity for key in (PROFIT, LOSS)] == [10, 10]
    assert len(session.submitted) == 3


def test_the_exits_grow_with_every_further_fill(scripted, started):
    session = scripted()
    exits_grow_with_the_entry(session, started(session))


def test_an_engine_whose_exits_do_not_grow_is_noticed(scripted, started, monkeypatch):
    monkeypatch.setattr(contingency, "_WORKING", frozenset())
    session = scripted()
    with pytest.raises(AssertionError):
        exits_grow_with_the_entry(session, started(session))


@pytest.mark.parametrize(("trades", "ends"), [(PROFIT, LOSS), (LOSS, PROFIT)])
def test_the_exit_that_trades_ends_the_other_and_the_rest_of_the_entry(scripted, started, trades, ends):
    session = scripted()
    component = started(session)
    component.place_order(**ENTRY)
    session.trade("b", 4, 100)
    component.get_fills()
    session.trade(trades, 1, 101)
    assert status(component, ends) is OrderStatus.CANCELED
    assert status(component, "b") is OrderStatus.CANCELED
    assert status(component, trades) is OrderStatus.PARTIALLY_FILLED
    session.trade(trades, 3, 101)
    assert component.get_open_orders() == ()
    assert component.get_positions()[0].quantity == 0


def test_an_entry_that_ends_without_a_fill_ends_its_exits(scripted, started):
    session = scripted()
    component = started(session)
    component.place_order(**ENTRY)
    component.cancel_order(client_order_id="b")
    assert [status(component, key) for key in (PROFIT, LOSS)] == [OrderStatus.CANCELED] * 2
    assert len(session.submitted) == 1


def test_a_rejected_entry_ends_its_exits(scripted, started):
    component = started(scripted("reject"))
    component.place_order(**ENTRY)
    assert component.get_open_orders() == ()


def test_a_denied_entry_leaves_nothing_behind(scripted, started):
    component = started(scripted(), max_quantity=9)
    with pytest.raises(OrderDeniedError):
        component.place_order(**ENTRY)
    assert component.get_open_orders() == ()
    with pytest.raises(KeyError):
        component.get_order(client_order_id=PROFIT)


def test_a_held_exit_is_cancelled_here(scripted, started):
    session = scripted()
    component = started(session)
    component.place_order(**ENTRY)
    assert component.cancel_order(client_order_id=PROFIT).status is OrderStatus.CANCELED
    session.trade("b", 10, 100)
    component.get_fills()
    assert [intent.client_order_id for intent in session.submitted] == ["b", LOSS]


def test_an_exit_that_the_venue_will_not_enlarge_is_asked_once_a_time(scripted, started):
    session = scripted()
    component = started(session)
    component.place_order(**ENTRY)
    session.trade("b", 4, 100)
    component.get_fills()
    session.replacing = ["reject"] * 2
    session.trade("b", 6, 100)
    report = component.get_order(client_order_id=PROFIT)
    assert (report.status, report.quantity) == (OrderStatus.ACCEPTED, 4)
    assert "price out of range" in report.reason
    component.reconcile()
    assert component.get_order(client_order_id=PROFIT).quantity == 10


def test_a_position_that_no_exit_covers_is_told(scripted, started):
    session = scripted("ack", "reject", "reject")
    component = started(session)
    component.place_order(**ENTRY)
    session.trade("b", 4, 100)
    component.get_fills()
    assert any("no exit works" in problem for problem in component.validate_component().problems)
    assert component.get_performance_stats().details["unprotected_brackets"] == 1


def test_a_bracket_of_a_sale_has_its_exits_the_other_way_round(scripted, started):
    session = scripted()
    component = started(session)
    component.place_order(**ENTRY | {"side": "sell", "take_profit": 90, "stop_loss": 105})
    session.trade("b", 10, 100)
    component.get_fills()
    assert [intent.side for intent in session.submitted] == [Side.SELL, Side.BUY, Side.BUY]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"take_profit": 94}, "take_profit"),
        ({"take_profit": 99, "stop_loss": None}, "take_profit"),
        ({"take_profit": None, "stop_loss": 101}, "stop_loss"),
        ({"stop_loss": 100}, "stop_loss"),
        ({"reduce_only": True}, "reduce_only"),
        ({"client_order_id": "a/b"}, "client_order_id"),
        ({"oco_group": "a/b"}, "oco_group"),
    ],
    ids=str,
)
def test_a_bracket_that_makes_no_sense_is_denied(scripted, started, change, reason):
    session = scripted()
    with pytest.raises(OrderDeniedError) as caught:
        started(session).place_order(**ENTRY | change)
    assert (caught.value.reason, session.submitted) == (reason, [])
