from decimal import Decimal

import attrs
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from allause.exceptions import ConfigurationError, OrderDeniedError
from allause.models.orders import OrderStatus, TimeInForce
from allause.models.venue import Instrument
from allause_execution import Config, TradingExecutionEngine
from allause_execution.configuration import Config as Configuration
from allause_execution.opening import open_engine
from allause_execution.orders.state import State
from allause_execution.risk import limits, rules
from allause_execution.risk.limits import MaxQuantity

ORDER = {"symbol": "AAPL", "quantity": 10, "order_type": "limit", "price": 100}


def denied(component, reason, **change):
    with pytest.raises(OrderDeniedError) as caught:
        component.place_order(**ORDER | change)
    return caught.value.reason == reason


def filled(session, component, price, quantity=10, **change):
    key = component.place_order(**ORDER | {"quantity": quantity} | change).intent.client_order_id
    session.trade(key, quantity, price)
    component.get_fills()


anything = st.one_of(
    st.floats(),
    st.decimals(),
    st.integers(),
    st.booleans(),
    st.text(max_size=5),
    st.binary(max_size=3),
    st.none(),
    st.complex_numbers(),
)


def is_good(value):
    number = type(value) in (int, float, Decimal) and Decimal(repr(value) if type(value) is float else value)
    if type(value) is bool or number is False or not number.is_finite() or number <= 0:
        return False
    return number.as_tuple().exponent >= -18 and number.adjusted() < 18


@pytest.mark.parametrize("name", ["quantity", "price", "stop_price", "take_profit", "stop_loss", "parent_quantity"])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=anything)
@example(value=float("nan"))
@example(value=float("inf"))
@example(value=-0.0)
@example(value=1e308)
@example(value=Decimal("sNaN"))
@example(value=Decimal("-Infinity"))
@example(value=True)
@example(value="10")
@example(value=1e-300)
@example(value=0)
def test_no_number_that_is_none_ever_leaves(scripted, name, value):
    session = scripted()
    component = TradingExecutionEngine(Config(max_notional=10**40, max_position=10**20, max_quantity=10**20))
    component._opened = open_engine(component._config, session=session)
    order = ORDER | {"parent_id": "p", "parent_quantity": 10, "order_type": "stop_limit", "stop_price": 100}
    order |= {"price": None, "order_type": "stop"} if name in ("take_profit", "stop_loss") else {}
    order |= {"parent_id": None, "parent_quantity": None} if value is None and name == "parent_quantity" else {}
    optional = value is None and name in ("take_profit", "stop_loss", "parent_quantity")
    try:
        component.place_order(**order | {name: value})
    except OrderDeniedError as error:
        assert not (is_good(value) or optional) or error.reason in ("runaway", "max_quantity")  # noqa: PT017  either may come
    else:
        assert is_good(value) or optional
        (sent,) = session.submitted
        assert optional or getattr(sent, name) == Decimal(repr(value) if type(value) is float else value)
    if not (is_good(value) or optional):
        assert session.submitted == []
    component.close()


def limits_hold_when_patched(scripted, started, patch):
    session = scripted()
    component = started(session, max_quantity=5, restricted_symbols=("GME",))
    patch(component)
    assert denied(component, "max_quantity")
    assert denied(component, "restricted_symbols", symbol="GME", quantity=1)
    assert session.submitted == []


def raise_the_configuration(component):
    object.__setattr__(component._config, "max_quantity", Decimal(10**6))
    object.__setattr__(component._config, "restricted_symbols", ())
    component._config = Config()


def patch_the_classes(component):
    for name in ("MaxQuantity", "RestrictedSymbols"):
        getattr(limits, name).rule = lambda self, _: rules.Rule("x", lambda asked: "")


@pytest.mark.parametrize("patch", [raise_the_configuration, patch_the_classes])
def test_limits_cannot_be_raised_from_outside_at_run_time(scripted, started, monkeypatch, patch):
    for name in ("MaxQuantity", "RestrictedSymbols"):
        monkeypatch.setattr(getattr(limits, name), "rule", getattr(limits, name).rule)  # put back afterwards
    limits_hold_when_patched(scripted, started, patch)


def test_a_gate_that_reads_its_limit_each_time_is_noticed(scripted, started, monkeypatch):
    def late(self, _):
        return rules.Rule("max_quantity", lambda asked: "too much" if asked.intent.quantity > self.limit else "")

    made = []
    monkeypatch.setattr(MaxQuantity, "rule", lambda self, clock: (made.append(self), late(self, clock))[1])

    def patch(component):
        object.__setattr__(made[0], "limit", Decimal(10**6))

    with pytest.raises(pytest.fail.Exception):
        limits_hold_when_patched(scripted, started, patch)


def test_a_limit_is_frozen():
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        MaxQuantity(Decimal(1)).limit = Decimal(2)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        Configuration().max_quantity = Decimal(2)


@pytest.mark.parametrize(("price", "passes"), [(90, True), (110, True), (89.99, False), (110.01, False)])
def test_a_price_too_far_from_the_last_fill_is_denied(scripted, started, price, passes):
    session = scripted()
    component = started(session, price_collar=0.1)
    assert component.place_order(**ORDER | {"price": 5}).status is OrderStatus.ACCEPTED  # no fill, no collar
    filled(session, component, 100)
    if passes:
        assert component.place_order(**ORDER | {"price": price}).status is OrderStatus.ACCEPTED
    else:
        assert denied(component, "price_collar", price=price)
        assert denied(component, "price_collar", price=None, stop_price=price, order_type="stop")


def test_exposure_is_summed_over_the_symbols_without_sign(scripted, started):
    session = scripted()
    component = started(session, max_gross_exposure=2500)
    filled(session, component, 100)
    filled(session, component, 100, symbol="MSFT", side="sell")
    assert denied(component, "max_gross_exposure", symbol="GOOG", quantity=6)
    assert component.place_order(**ORDER | {"symbol": "GOOG", "quantity": 5}).status is OrderStatus.ACCEPTED
    assert component.place_order(**ORDER | {"side": "sell", "reduce_only": True}).status is OrderStatus.ACCEPTED


def test_exposure_is_valued_anew_where_something_moved_and_nowhere_else(scripted, started, monkeypatch):
    session = scripted()
    component = started(session, max_gross_exposure=1_000_000)
    for number in range(50):
        filled(session, component, 100, symbol=f"S{number}")
    valued, reach = [], State._reach
    monkeypatch.setattr(State, "_reach", lambda self, symbol: valued.append(symbol) or reach(self, symbol))
    component.place_order(**ORDER | {"symbol": "S1"})
    component.place_order(**ORDER | {"symbol": "S2"})
    assert set(valued) == {"S49", "S1"}
    monkeypatch.undo()
    assert component._engine.state.exposure("S1", 1) == 50 * 10 * 100 + 2 * 10 * 100


def test_a_realized_loss_halts_and_cancels(scripted, started):
    session = scripted()
    component = started(session, max_loss=50)
    resting = component.place_order(**ORDER | {"price": 1}).intent.client_order_id
    filled(session, component, 100)
    filled(session, component, 96, side="sell")
    assert component.place_order(**ORDER | {"price": 2}).status is OrderStatus.ACCEPTED
    filled(session, component, 100)
    filled(session, component, 99, side="sell")
    assert component.get_order(client_order_id=resting).status is OrderStatus.CANCELED
    assert denied(component, "halted")
    component.resume()
    assert denied(component, "max_loss")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"quantity": 15}, "quantity"),
        ({"price": 100.03}, "price"),
        ({"order_type": "stop_limit", "stop_price": 100.01}, "stop_price"),
        ({"take_profit": 101.01}, "take_profit"),
    ],
    ids=str,
)
def test_what_is_off_the_venues_grid_is_denied_before_it_is_sent(scripted, started, change, reason):
    session = scripted()
    session.listed["AAPL"] = Instrument(symbol="AAPL", tick_size=Decimal("0.05"), lot_size=Decimal(10))
    component = started(session)
    assert denied(component, reason, **change)
    assert component.place_order(**ORDER | {"price": 100.05}).status is OrderStatus.ACCEPTED
    assert denied(component, reason, **change)
    assert session.asked == ["AAPL"]


def test_a_venue_that_does_not_say_its_grid_gets_no_order(scripted, started):
    session = scripted()
    component = started(session)
    session.connected = False
    assert denied(component, "instrument")
    session.connected = True
    assert component.place_order(**ORDER).status is OrderStatus.ACCEPTED


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"post_only": True, "order_type": "market", "price": None}, "post_only"),
        ({"post_only": True, "time_in_force": "ioc"}, "post_only"),
        ({"post_only": True, "time_in_force": "fok"}, "post_only"),
        ({"post_only": 1}, "post_only"),
        ({"reduce_only": "yes"}, "reduce_only"),
        ({"order_type": "stop"}, "price"),
        ({"order_type": "stop_limit"}, "stop_price"),
        ({"stop_price": 5}, "stop_price"),
        ({"order_type": "market"}, "price"),
        ({"order_type": "stop", "price": None}, "stop_price"),
    ],
    ids=str,
)
def test_words_that_do_not_fit_together_are_denied(scripted, started, change, reason):
    assert denied(started(scripted()), reason, **change)


@pytest.mark.parametrize("time_in_force", list(TimeInForce))
@pytest.mark.parametrize(
    "prices",
    [
        {"order_type": "market", "price": None},
        {"order_type": "limit"},
        {"order_type": "stop", "price": None, "stop_price": 105},
        {"order_type": "stop_limit", "stop_price": 105},
    ],
    ids=lambda prices: prices["order_type"],
)
def test_every_type_and_time_reaches_the_venue_as_asked(scripted, started, time_in_force, prices):
    session = scripted()
    report = started(session).place_order(**ORDER | prices | {"time_in_force": time_in_force})
    assert session.submitted == [report.intent]
    assert (report.intent.time_in_force, report.intent.order_type) == (time_in_force, prices["order_type"])


@pytest.mark.parametrize("names", ["GME", ("",), (5,)], ids=repr)
def test_a_list_of_names_that_is_none_is_a_configuration_error(names):
    with pytest.raises(ConfigurationError, match="restricted_symbols"):
        Config(restricted_symbols=names)
