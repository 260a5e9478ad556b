from decimal import Decimal

import attrs
import pytest

from allause.exceptions import OrderDeniedError
from allause.models.orders import OrderIntent, OrderReport, OrderType, Side, TimeInForce
from allause_execution.orders.intents import make_intent
from allause_execution.orders.kept import keep_intent
from allause_execution.orders.order import make_order


class Price(Decimal):
    pass


class Sly:
    def __repr__(self):
        raise RuntimeError("nothing to see here")


GOOD = {"client_order_id": "a", "symbol": "AAPL", "quantity": 1, "order_type": "market"}


def test_a_float_is_taken_as_the_decimal_it_prints_as():
    made = make_intent(**GOOD | {"order_type": "limit", "quantity": 0.1, "price": 150.3})
    assert (made.quantity, made.price) == (Decimal("0.1"), Decimal("150.3"))


def test_words_become_the_vocabulary_and_defaults_are_buy_and_day():
    made = make_intent(**GOOD)
    assert (made.order_type, made.side, made.time_in_force) == (OrderType.MARKET, Side.BUY, TimeInForce.DAY)


@pytest.mark.parametrize("name", ["quantity", "price"])
@pytest.mark.parametrize(
    "value",
    [
        0,
        -1,
        -0.0,
        float("nan"),
        float("inf"),
        float("-inf"),
        1e308,
        1e-300,
        True,
        "10",
        b"1",
        [1],
        1j,
        Decimal("1.0000000000000000000"),  # 19 decimals
        Decimal("9999999999999999999.9999999999999999999"),
        Decimal("1E+19"),
        Decimal("1E+18"),  # 19 digits
        10**18,
        Decimal("NaN"),
        Decimal("sNaN"),
        Decimal("Infinity"),
        Decimal("-0"),
        pytest.param(10**5000, id="5001 digits"),
        pytest.param(-(10**5000), id="5001 digits below zero"),
        pytest.param(Sly(), id="no repr"),
    ],
    ids=repr,
)
def test_a_number_that_is_none_is_denied_by_name(name, value):
    with pytest.raises(OrderDeniedError) as caught:
        make_intent(**GOOD | {"order_type": "limit", "price": 1} | {name: value})
    assert caught.value.reason == name
    assert name in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("order_type", "iceberg"),
        ("order_type", None),
        ("order_type", []),
        ("side", "hold"),
        ("side", 1),
        ("time_in_force", "week"),
        pytest.param("side", Sly(), id="no repr"),
    ],
)
def test_a_word_outside_its_vocabulary_is_denied_with_the_choices(name, value):
    with pytest.raises(OrderDeniedError, match=f"{name}: expected one of .*, .*; found") as caught:
        make_intent(**GOOD | {name: value})
    assert caught.value.reason == name


@pytest.mark.parametrize("name", ["symbol", "client_order_id"])
@pytest.mark.parametrize("value", ["", " A", "A\n", "\x1b[31m", "x" * 65, None, 5, b"A", "\ud800"], ids=ascii)
def test_a_text_that_cannot_be_a_name_is_denied(name, value):
    with pytest.raises(OrderDeniedError) as caught:
        make_intent(**GOOD | {name: value})
    assert caught.value.reason == name


def test_a_value_that_shows_itself_wrongly_acts_on_no_terminal():
    class Coloured:
        def __repr__(self):
            return "\x1b[31m\n" + "x" * 1000

    with pytest.raises(OrderDeniedError) as caught:
        make_intent(**GOOD | {"side": Coloured()})
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 200


def test_a_text_that_shows_itself_otherwise_is_the_text_it_is():
    class Sneaky(str):
        __slots__ = ()

        def __str__(self):
            return "\x1b[31m"

    intent = make_intent(**GOOD | {"symbol": Sneaky("AAPL"), "client_order_id": Sneaky("o1")})
    assert (intent.symbol, intent.client_order_id) == ("AAPL", "o1")
    assert type(intent.symbol) is str


def test_a_decimal_of_a_class_of_its_own_is_placed_as_the_decimal_it_is(scripted, started):
    component = started(scripted())
    terms = {"quantity": Price(2), "price": Price(9), "take_profit": Price(11)}
    component.place_order(symbol="AAPL", order_type="limit", client_order_id="a", **terms)
    intent = component.get_order(client_order_id="a").intent
    assert {type(getattr(intent, name)) for name in terms} == {Decimal}
    assert {name: getattr(intent, name) for name in terms} == terms


@pytest.mark.parametrize("key", [[], {}, None, 5, b"o1", Sly()], ids=lambda key: type(key).__name__)
def test_an_id_that_is_no_text_was_never_placed(scripted, started, key):
    component = started(scripted())
    for ask in (component.get_order, component.cancel_order, component.replace_order):
        with pytest.raises(KeyError, match="a text; found"):
            ask(key)


def test_a_limit_order_needs_a_price():
    with pytest.raises(OrderDeniedError, match="needs a price"):
        make_intent(**GOOD | {"order_type": "limit"})


def test_a_market_order_refuses_a_price():
    with pytest.raises(OrderDeniedError, match="has no price"):
        make_intent(**GOOD | {"price": 1})


@pytest.mark.parametrize("text", ["1.000000000000000000", "999999999999999999.999999999999999999", "1E-18", "9.99E+17"])
def test_a_number_of_eighteen_digits_on_each_side_of_the_point_is_taken_as_it_is_written(text):
    assert str(make_intent(**GOOD | {"quantity": Decimal(text)}).quantity) == text


def test_what_is_placed_and_reported_has_every_field_and_is_frozen():
    intent = make_intent(**GOOD)
    for made in (intent, make_order(keep_intent(intent), 1).report()):
        assert made == type(made)(**attrs.asdict(made, recurse=False))  # reading a field that was left out raises
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            made.quantity = Decimal(2)
    assert type(intent) is OrderIntent
    assert type(make_order(keep_intent(intent), 1).report()) is OrderReport
