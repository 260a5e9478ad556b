"""What arrives otherwise than it was asked for is told, whichever term it is."""

from decimal import Decimal

import attrs
import pytest

from allause.models import OrderType, Side, TimeInForce
from allause.venue import TERMS, alterations

TICK = Decimal("0.01")
OTHERWISE = {
    "side": Side.SELL,
    "quantity": Decimal(6),
    "price": Decimal("98.99"),
    "stop_price": Decimal("101.01"),
    "time_in_force": TimeInForce.DAY,
    "post_only": True,
    "reduce_only": True,
}


@pytest.fixture
def told(venue):
    """Return what is told of a venue's log."""
    return lambda *asked, **changes: list(alterations(asked, changes, venue.log))


def test_what_arrives_as_it_was_asked_for_is_not_told(venue, order, told):
    asked = [order("buy 5 @ 99", "a"), order("sell 5", "b"), order("buy 3 @ 102 stop 101", "c", tif=TimeInForce.IOC)]
    for intent in asked:
        venue.submit(attrs.evolve(intent, price=intent.price and intent.price.quantize(Decimal("1.000"))))
    assert told(*asked) == []


@pytest.mark.parametrize("term", OTHERWISE)
def test_each_term_that_differs_is_told(venue, order, told, term):
    sent = order("buy 5 @ 99 stop 101" if term == "stop_price" else "buy 5 @ 99", "a")
    venue.submit(order("sell 9"))  # there is something to reduce
    venue.submit(sent)
    asked = attrs.evolve(sent, **{term: OTHERWISE[term]})
    words = f"{term.replace('_', ' ')} {OTHERWISE[term]}"
    assert told(asked) == [f"order a was asked for with {words}; the venue received {getattr(sent, term)}"]


def test_another_type_and_another_instrument_are_told(venue, order, told):
    sent = order("buy 5 @ 99", "a")
    venue.submit(sent)
    asked = attrs.evolve(sent, order_type=OrderType.MARKET, symbol="BBB")
    assert [sentence.split(" with ")[1].split(";")[0] for sentence in told(asked)] == [
        "symbol BBB",
        "order type market",
    ]
    assert {*OTHERWISE, "symbol", "order_type"} == set(TERMS)


def test_a_replacement_that_was_asked_for_is_not_told_and_another_is(venue, order, told):
    asked = order("buy 5 @ 99", "a")
    venue.submit(asked)
    venue.replace("a", Decimal(6), Decimal("98.5"), None)
    assert told(asked, a=[(Decimal(6), Decimal("98.50"), None)]) == []
    asked_before = (Decimal(6), Decimal("98.5"), None)
    venue.replace("a", Decimal(6), Decimal(98), None)
    assert told(asked, a=[asked_before, (Decimal(7), Decimal(97), None), (Decimal(6), Decimal(98), None)]) == []
    venue.replace("a", *asked_before)
    assert told(asked, a=[asked_before, (Decimal(6), Decimal(98), None)]) == [
        "order a: the venue received a replacement by quantity 6, price 98.5, which nobody asked for"
    ]


def test_a_stray_replacement_is_told_once_and_those_after_it_are_as_they_were_asked_for(venue, order, told):
    asked = order("buy 5 @ 99", "a")
    venue.submit(asked)
    first, stray, last = ((Decimal(6), Decimal(price), None) for price in (98, 97, 96))
    for change in (first, stray, last):
        venue.replace("a", *change)
    assert told(asked, a=[first, last]) == [
        "order a: the venue received a replacement by quantity 6, price 97, which nobody asked for"
    ]


def test_what_the_venue_cuts_by_itself_is_not_told(venue, order, told):
    venue.submit(order("buy 5", "held"))
    asked = order("sell 5 @ 105", "a", reduce_only=True)
    venue.submit(asked)
    venue.submit(order("sell 2", "less"))
    assert [record.quantity for record in venue.log if record.event == "replaced"] == [3]
    assert told(asked) == []


@pytest.mark.parametrize(("leg", "text"), [("take_profit", "sell 5 @ 105"), ("stop_loss", "sell 5 stop 95")])
def test_an_exit_is_held_to_the_price_of_its_entry_and_not_to_its_quantity(venue, order, told, leg, text):
    entry = attrs.evolve(order("buy 9", "e"), take_profit=Decimal(105), stop_loss=Decimal(95))
    venue.submit(entry)
    venue.submit(order(text, f"e/{leg}", reduce_only=True))
    exits = {"take_profit": (Decimal(105), None), "stop_loss": (None, Decimal(95))}[leg]
    venue.replace(f"e/{leg}", Decimal(9), *exits)
    assert told(entry) == []
    moved = [price and price + TICK for price in exits]
    venue.replace(f"e/{leg}", Decimal(9), *moved)
    (sentence,) = told(entry)
    assert f"order e/{leg} was asked for with" in sentence


def test_orders_of_others_are_not_looked_at(venue, order, told):
    venue.submit(order("buy 4 @ 99", "a"), "other")
    assert told(order("buy 5 @ 99", "a")) == []
