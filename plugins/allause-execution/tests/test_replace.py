from decimal import Decimal

import pytest

from allause.exceptions import JournalError, OrderDeniedError
from allause.models.orders import OrderStatus
from allause_execution.journal import Journal

ORDER = {"symbol": "AAPL", "quantity": 10, "order_type": "limit", "price": 99, "client_order_id": "o1"}


@pytest.fixture
def session(scripted):
    return scripted()


@pytest.fixture
def component(session, started):
    made = started(session)
    made.place_order(**ORDER)
    return made


def test_what_is_left_out_stays_as_it_is(session, component):
    report = component.replace_order(client_order_id="o1", price=98.5)
    assert (report.status, report.quantity, str(report.price)) == (OrderStatus.ACCEPTED, 10, "98.5")
    assert (session.orders["o1"].quantity, str(session.orders["o1"].price)) == (10, "98.5")
    assert report.intent.price == 99


def test_an_order_never_replaced_has_no_other_terms(component):
    report = component.get_order(client_order_id="o1")
    assert (report.quantity, report.price, report.stop_price) == (None, None, None)


def test_a_larger_quantity_fills_to_its_end(session, component):
    component.replace_order(client_order_id="o1", quantity=12)
    session.trade("o1", 12, 99)
    report = component.get_order(client_order_id="o1")
    assert (report.status, report.filled_qty) == (OrderStatus.FILLED, 12)


def test_a_quantity_that_is_filled_already_ends_the_order(session, component):
    session.trade("o1", 4, 99)
    assert component.replace_order(client_order_id="o1", quantity=4).status is OrderStatus.FILLED


def test_what_is_left_out_stays_as_a_replacement_made_it_that_came_between(session, component, monkeypatch):
    entrance = component._engine.entrance

    def prepare(*arguments, prepare=entrance.prepare):
        monkeypatch.undo()
        component.replace_order(client_order_id="o1", price=98)
        prepare(*arguments)

    monkeypatch.setattr(entrance, "prepare", prepare)
    report = component.replace_order(client_order_id="o1", quantity=12)
    assert (report.quantity, report.price) == (12, 98)
    assert (session.orders["o1"].quantity, session.orders["o1"].price) == (12, 98)


def test_a_refusal_leaves_the_order_as_it_was_with_the_reason(session, component):
    session.replacing = ["reject"]
    report = component.replace_order(client_order_id="o1", price=98)
    assert (report.status, report.price) == (OrderStatus.ACCEPTED, None)
    assert "price out of range" in report.reason


def lost_answer_is_pending_until_reconciled(session, component, word, price):
    session.replacing = [word]
    report = component.replace_order(client_order_id="o1", price=98)
    assert report.status is OrderStatus.PENDING_REPLACE
    assert "lost" in report.reason
    assert component.reconcile().orders_resolved == ("o1",)
    report = component.get_order(client_order_id="o1")
    assert (report.status, report.price) == (OrderStatus.ACCEPTED, price)


@pytest.mark.parametrize(("word", "price"), [("timeout", 98), ("lost", None)], ids=["it arrived", "it did not"])
def test_a_lost_answer_leaves_it_pending_until_reconciled(session, component, word, price):
    lost_answer_is_pending_until_reconciled(session, component, word, price)


def test_fills_beyond_the_old_quantity_count_while_the_answer_is_missing(session, component):
    session.replacing = ["timeout"]
    component.replace_order(client_order_id="o1", quantity=15)
    session.trade("o1", 12, 99)
    report = component.get_order(client_order_id="o1")
    assert (report.status, report.filled_qty) == (OrderStatus.PENDING_REPLACE, 12)
    component.reconcile()
    assert component.get_order(client_order_id="o1").status is OrderStatus.PARTIALLY_FILLED
    assert component.validate_component().valid


def test_a_pending_replacement_survives_a_restart(session, component, started):
    session.replacing = ["timeout"]
    component.replace_order(client_order_id="o1", quantity=15)
    component.close()
    session.trade("o1", 15, 99, push=0)
    assert started(session).get_order(client_order_id="o1").status is OrderStatus.FILLED


def test_a_pending_replacement_is_not_replaced_again_and_can_be_cancelled(session, component):
    session.replacing = ["lost"]
    component.replace_order(client_order_id="o1", price=98)
    session.replacing = ["lost"]
    reconnect, session.reconnect = session.reconnect, lambda: None
    session.connected = False
    with pytest.raises(OrderDeniedError) as caught:
        component.replace_order(client_order_id="o1", price=97)
    assert caught.value.reason == "status"
    session.reconnect, session.connected = reconnect, True
    assert component.cancel_order(client_order_id="o1").status is OrderStatus.CANCELED


def test_a_change_made_at_the_venue_is_taken_over(session, component):
    session.replace("o1", Decimal(7), Decimal(98), None)
    assert component.reconcile().orders_resolved == ("o1",)
    report = component.get_order(client_order_id="o1")
    assert (report.quantity, report.price, report.reason) == (7, 98, "it was changed at the venue")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, "unchanged"),
        ({"price": 99}, "unchanged"),
        ({"stop_price": 1}, "stop_price"),
        ({"quantity": 101}, "max_quantity"),
        ({"quantity": 30, "price": 100}, "max_notional"),
        ({"quantity": 21}, "max_position"),
        ({"quantity": 0}, "quantity"),
        ({"quantity": float("nan")}, "quantity"),
        ({"price": True}, "price"),
        ({"price": "98"}, "price"),
    ],
    ids=str,
)
def test_a_replacement_passes_the_limits_of_a_new_order(scripted, started, change, reason):
    session = scripted()
    component = started(session, max_quantity=100, max_notional=2500, max_position=20)
    component.place_order(**ORDER)
    session.replace = None  # a call would fail
    with pytest.raises(OrderDeniedError) as caught:
        component.replace_order(client_order_id="o1", **change)
    assert caught.value.reason == reason


def test_only_what_is_added_counts_towards_the_position(scripted, started):
    component = started(scripted(), max_position=20)
    component.place_order(**ORDER)
    assert component.replace_order(client_order_id="o1", quantity=20).quantity == 20
    assert component.replace_order(client_order_id="o1", quantity=5).quantity == 5
    assert component.place_order("AAPL", 15, "market").status is OrderStatus.ACCEPTED


def test_a_terminal_order_and_a_stranger_cannot_be_replaced(component):
    component.cancel_order(client_order_id="o1")
    with pytest.raises(OrderDeniedError, match="canceled"):
        component.replace_order(client_order_id="o1", price=1)
    with pytest.raises(KeyError, match="stranger"):
        component.replace_order(client_order_id="stranger", price=1)


def test_a_halted_engine_replaces_nothing(session, component):
    component.halt(reason="drill")
    component.resume()
    component.place_order(**ORDER | {"client_order_id": "o2"})
    component._engine.state.halted = "drill"
    session.replace = None  # a call would fail
    with pytest.raises(OrderDeniedError) as caught:
        component.replace_order(client_order_id="o2", price=98)
    assert caught.value.reason == "halted"


def test_a_replacement_that_cannot_be_written_is_not_sent(session, component, monkeypatch):
    def fail(self, ticket):
        raise JournalError("disk full")

    session.replace = None  # a call would fail
    with monkeypatch.context() as patched:
        patched.setattr(Journal, "flush", fail)
        with pytest.raises(JournalError, match="not sent"):
            component.replace_order(client_order_id="o1", price=98)
    assert component.get_order(client_order_id="o1").status is OrderStatus.ACCEPTED


def test_a_stop_is_triggered_and_then_fills(scripted, started):
    session = scripted()
    component = started(session)
    component.place_order("AAPL", 10, "stop", stop_price=105, client_order_id="s")
    session.push("s", OrderStatus.TRIGGERED)
    assert component.get_order(client_order_id="s").status is OrderStatus.TRIGGERED
    session.trade("s", 4, 105)
    assert component.get_order(client_order_id="s").status is OrderStatus.PARTIALLY_FILLED


def test_a_triggered_order_is_triggered_again_after_its_replacement(scripted, started):
    session = scripted()
    component = started(session)
    component.place_order("AAPL", 10, "stop_limit", stop_price=105, price=106, client_order_id="s")
    session.push("s", OrderStatus.TRIGGERED)
    assert component.replace_order(client_order_id="s", price=107).status is OrderStatus.TRIGGERED


def test_a_trigger_of_a_limit_order_is_recorded_and_not_applied(session, component):
    session.push("o1", OrderStatus.TRIGGERED)
    assert component.get_order(client_order_id="o1").status is OrderStatus.ACCEPTED
    assert "has no trigger" in component.validate_component().problems[0]


@pytest.fixture
def bracket(session, component):
    component.place_order(**ORDER | {"client_order_id": "b"}, take_profit=110, stop_loss=90)
    session.trade("b", 4, 99)
    component.get_fills()
    return component


@pytest.mark.parametrize("quantity", [2, 500])
def test_the_quantity_of_an_exit_is_its_entry_s(session, bracket, quantity):
    with pytest.raises(OrderDeniedError, match="cancel it and place another") as caught:
        bracket.replace_order(client_order_id="b/take_profit", quantity=quantity)
    assert caught.value.reason == "bracket"
    assert session.orders["b/take_profit"].quantity == 4


def test_the_price_of_an_exit_is_its_owner_s(session, bracket):
    report = bracket.replace_order(client_order_id="b/stop_loss", stop_price=95, quantity=4)
    assert (report.stop_price, session.orders["b/stop_loss"].stop_price) == (95, 95)


def entry_stays_between_its_exits(session, component):
    component.place_order(**ORDER | {"client_order_id": "b"}, take_profit=110, stop_loss=90)
    for price, reason in ((120, "take_profit"), (110, "take_profit"), (80, "stop_loss")):
        with pytest.raises(OrderDeniedError, match="lies") as caught:
            component.replace_order(client_order_id="b", price=price)
        assert caught.value.reason == reason
    assert session.orders["b"].price == 99
    assert component.replace_order(client_order_id="b", price=105).price == 105


def test_an_entry_stays_between_its_exits(session, component):
    entry_stays_between_its_exits(session, component)


def test_an_engine_that_forgets_the_exits_is_noticed(session, component, monkeypatch):
    monkeypatch.setattr("allause_execution.routing.amending.check_bracket", lambda intent: None)
    with pytest.raises(pytest.fail.Exception):
        entry_stays_between_its_exits(session, component)


def test_an_entry_stays_between_its_exits_where_their_owner_moved_them(bracket):
    bracket.replace_order(client_order_id="b/take_profit", price=130)
    bracket.cancel_order(client_order_id="b/stop_loss")
    bracket.replace_order(client_order_id="b", price=120)
    assert bracket.replace_order(client_order_id="b", price=80).price == 80


def a_yes_with_the_order_of_before_decides_nothing(session, component, replaced, fills):
    """The venue takes the replacement, and answers with the order as it was when the request came."""
    replace = session.replace

    def stale(key, *terms):
        before = session.orders[key]
        replace(key, *terms)
        return before

    session.replace = stale
    key = component.place_order("AAPL", 10, "limit", price=100).intent.client_order_id
    assert component.replace_order(key, quantity=replaced).status is OrderStatus.PENDING_REPLACE
    for quantity in fills:
        session.trade(key, quantity, 100)
        component.get_fills()
    assert component.reconcile().complete
    report = component.get_order(key)
    assert (report.filled_qty, report.quantity_in_force) == (sum(fills), replaced)
    assert component.validate_component().problems == ()


@pytest.mark.parametrize(("replaced", "fills"), [(14, (14,)), (14, (10, 4)), (14, (12,)), (6, (2,)), (14, ())])
def test_a_yes_with_the_order_of_before_decides_nothing(scripted, started, replaced, fills):
    session = scripted()
    a_yes_with_the_order_of_before_decides_nothing(session, started(session), replaced, fills)
