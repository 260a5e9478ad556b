"""Answers that no venue should give: nothing of them is taken over, and each is named."""

from decimal import Decimal

import attrs
import pytest

from allause.exceptions import OrderDeniedError
from allause.models.orders import OrderStatus
from allause_execution.routing import intake

ORDER = {"symbol": "AAPL", "quantity": 10, "order_type": "limit", "price": 100, "client_order_id": "o1"}
AMOUNTS = ["NaN", "sNaN", "Infinity", "-Infinity", "-5", "1e999"]
ANSWERS = [("quantity", amount) for amount in (*AMOUNTS, "0", "2")]
ANSWERS += [(field, amount) for field in ("price", "filled_qty") for amount in AMOUNTS]


@pytest.fixture
def session(scripted):
    return scripted()


@pytest.fixture
def component(session, started):
    component = started(session)
    component.place_order(**ORDER)
    session.trade("o1", 3, 100)
    component.get_fills()
    return component


def stands_as_before(component):
    report = component.get_order(client_order_id="o1")
    assert (report.status, report.filled_qty) == (OrderStatus.PARTIALLY_FILLED, 3)
    assert (report.quantity, report.price) == (None, None)


def an_order_that_cannot_be_so_is_drift(session, component, field, amount):
    true = session.orders["o1"]
    session.orders["o1"] = attrs.evolve(true, **{field: Decimal(amount)})
    report = component.reconcile()
    assert not report.complete
    assert any("o1" in sentence for sentence in report.drift)
    stands_as_before(component)
    session.orders["o1"] = true
    assert component.reconcile().complete
    assert component.place_order(**ORDER | {"client_order_id": "o2"}).status is OrderStatus.ACCEPTED


@pytest.mark.parametrize(("field", "amount"), ANSWERS)
def test_an_order_that_cannot_be_so_is_drift_and_changes_nothing(session, component, field, amount):
    an_order_that_cannot_be_so_is_drift(session, component, field, amount)


def test_an_intake_that_takes_every_quantity_is_noticed(session, component, monkeypatch):
    monkeypatch.setattr(intake, "flaw", lambda _order: "")
    monkeypatch.setattr("allause_execution.reconciliation.flaw", lambda _order: "")
    with pytest.raises(AssertionError):
        an_order_that_cannot_be_so_is_drift(session, component, "quantity", "Infinity")


@pytest.mark.parametrize("amount", [*AMOUNTS, "0", "2"])
def test_a_replacement_answered_so_stays_pending_until_the_venue_is_asked_again(session, component, amount):
    replace = session.replace
    session.replace = lambda *terms: attrs.evolve(replace(*terms), quantity=Decimal(amount))
    report = component.replace_order(client_order_id="o1", quantity=8)
    assert report.status is OrderStatus.PENDING_REPLACE
    assert component.reconcile().complete
    assert component.get_order(client_order_id="o1").quantity == 8


@pytest.mark.parametrize("method", ["query", "open_orders", "fills", "positions", "cash", "poll"])
@pytest.mark.parametrize("answer", [5, "x", {"x": 5.0}, [5]], ids=str)
def test_an_answer_of_another_kind_ends_no_reconciliation_with_an_error(session, component, method, answer):
    setattr(session, method, lambda *_: answer)
    report = component.reconcile()
    delattr(session, method)
    assert not report.complete or component.validate_component().problems
    stands_as_before(component)


@pytest.mark.parametrize("cash", [Decimal("NaN"), Decimal("sNaN"), 5.0, "5", None], ids=repr)
def test_cash_and_positions_that_are_no_amounts_are_no_answer(session, component, cash):
    session.cash = lambda: cash
    assert "amount" in component.reconcile().drift[0]
    del session.cash
    session.positions = lambda: {"AAPL": cash}
    assert "amount" in component.reconcile().drift[0]


@pytest.mark.parametrize("symbol", [5, None, ("AAPL",)], ids=repr)
def test_a_position_in_what_is_no_symbol_is_no_answer(session, component, symbol):
    session.positions = lambda: {symbol: Decimal(1)}
    assert "by symbol" in component.reconcile().drift[0]
    stands_as_before(component)


@pytest.mark.parametrize("found", [5, {}, "x"], ids=repr)
def test_what_is_no_instrument_denies_the_order(session, component, found):
    session.listed["MSFT"] = found
    with pytest.raises(OrderDeniedError) as caught:
        component.place_order(**ORDER | {"symbol": "MSFT", "client_order_id": "o2"})
    assert caught.value.reason == "instrument"


@pytest.mark.parametrize("field", ["last_qty", "last_px", "fee"])
@pytest.mark.parametrize("amount", ["NaN", "1e999", "1e-999", "0e-999999999"])
def test_an_execution_of_an_absurd_amount_is_recorded_and_not_counted(session, component, field, amount):
    true = session.trade("o1", 2, 100, push=0)
    session.news.append(attrs.evolve(true, **{field: Decimal(amount)}))
    stands_as_before(component)
    assert true.trade_id in component.validate_component().problems[0]
    assert component.reconcile().fills_recovered == (true.trade_id,)


def answer_about_another_order_is_not_taken_over(session, started, change):
    session.script = ["timeout"]
    component = started(session)
    component.place_order(**ORDER)
    true = session.orders["o1"]
    session.orders["o1"] = attrs.evolve(true, quantity=Decimal(500), price=Decimal(300), **change)
    for _ in range(2):
        report = component.reconcile()
        assert not report.complete
        assert any("answer about order o1 is about a" in sentence for sentence in report.drift)
    report = component.get_order(client_order_id="o1")
    assert (report.status, report.quantity, report.price) == (OrderStatus.UNKNOWN, None, None)
    session.orders["o1"] = true
    assert component.reconcile().complete
    assert component.get_order(client_order_id="o1").status is OrderStatus.ACCEPTED


ANOTHER = [{"symbol": "MSFT"}, {"side": "sell"}]


@pytest.mark.parametrize("change", ANOTHER, ids=str)
def test_an_answer_about_another_instrument_or_side_is_not_taken_over(session, started, change):
    answer_about_another_order_is_not_taken_over(session, started, change)


def test_an_intake_that_goes_by_the_id_alone_is_noticed(session, started, monkeypatch):
    monkeypatch.setattr(intake, "is_of", lambda told, order: True)
    monkeypatch.setattr("allause_execution.reconciliation.is_of", lambda told, order: True)
    with pytest.raises(AssertionError):
        answer_about_another_order_is_not_taken_over(session, started, ANOTHER[0])


@pytest.mark.parametrize("change", ANOTHER, ids=str)
def test_a_push_about_another_instrument_or_side_is_recorded_as_illegal(session, component, change):
    session.news.append(attrs.evolve(session.orders["o1"], status=OrderStatus.CANCELED, **change))
    stands_as_before(component)
    assert any("the venue calls order 'o1' a" in problem for problem in component.validate_component().problems)


@pytest.mark.parametrize("change", ANOTHER, ids=str)
def test_an_answer_to_a_cancel_about_another_instrument_or_side_is_no_answer(session, component, change):
    session.cancel = lambda key: attrs.evolve(session.orders[key], status=OrderStatus.CANCELED, **change)
    assert component.cancel_order(client_order_id="o1").status is OrderStatus.PENDING_CANCEL


def test_an_acknowledgement_that_cannot_be_compared_is_an_answer_that_was_lost(scripted, started):
    session = scripted()
    submit = session.submit
    session.submit = lambda intent: attrs.evolve(submit(intent), quantity=Decimal("sNaN"))
    component = started(session)
    assert component.place_order(**ORDER | {"client_order_id": "o2"}).status is OrderStatus.UNKNOWN
    assert component.reconcile().complete
    assert component.get_order(client_order_id="o2").status is OrderStatus.ACCEPTED
