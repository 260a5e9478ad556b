"""Other values for a working order."""

from decimal import Decimal

import attrs
import pytest

from allause.exceptions import VenueError, VenueUnknownError
from allause.models import OrderStatus
from allause.venue import FaultScript, FaultySession, FillsLostOnDisconnect, InProcessSession, LogEvent, Refusal


@pytest.fixture
def queued(empty, order):
    """Return a venue where ``a`` stands before ``b`` at 100."""
    empty.submit(order("buy 5 @ 100", "a"))
    empty.submit(order("buy 5 @ 100", "b"))
    return empty


def _who_trades_first(venue, order):
    venue.submit(order("sell 1 @ 1"), "other")
    return venue.fills()[-1].client_order_id


@pytest.mark.parametrize(
    ("quantity", "price", "first"),
    [(4, 100, "a"), (5, 100, "a"), (6, 100, "b"), (5, 99, "b"), (4, 99, "b"), (5, 101, "a")],
)
def test_smaller_quantity_keeps_the_place_all_else_loses_it(queued, order, quantity, price, first):
    told = queued.replace("a", Decimal(quantity), Decimal(price), None)
    assert (told.quantity, told.price, told.status) == (quantity, price, OrderStatus.ACCEPTED)
    assert _who_trades_first(queued, order) == first


def test_place_once_lost_is_not_given_back(queued, order):
    queued.replace("a", Decimal(5), Decimal(99), None)
    queued.replace("a", Decimal(5), Decimal(100), None)
    assert _who_trades_first(queued, order) == "b"


def test_answer_shows_the_order_before_it_trades_anew(venue, order):
    session = InProcessSession(venue)
    session.submit(order("buy 5 @ 90", "a"))
    told = session.replace("a", Decimal(5), Decimal(101), None)
    assert (told.status, told.filled_qty) == (OrderStatus.ACCEPTED, 0)
    assert (session.query("a").status, len(session.poll())) == (OrderStatus.FILLED, 1)


@pytest.mark.parametrize("quantity", [2, 3])
def test_quantity_already_filled_ends_the_order(queued, order, quantity):
    queued.submit(order("sell 3 @ 100"), "other")
    told = queued.replace("a", Decimal(quantity), Decimal(100), None)
    assert (told.status, told.filled_qty, told.quantity) == (OrderStatus.CANCELED, 3, 5)
    assert InProcessSession(queued).open_orders()[0].client_order_id == "b"


def test_partly_filled_order_keeps_what_was_filled(queued, order):
    queued.submit(order("sell 3 @ 100"), "other")
    told = queued.replace("a", Decimal(9), Decimal(98), None)
    assert (told.status, told.filled_qty, told.quantity) == (OrderStatus.PARTIALLY_FILLED, 3, 9)
    queued.submit(order("sell 11 @ 98"), "other")
    assert queued.orders()[0].status is OrderStatus.FILLED


@pytest.mark.parametrize(
    ("name", "values", "refusal", "words"),
    [
        ("nobody", (5, 100, None), Refusal.UNKNOWN_ORDER, "'nobody' cannot be replaced: it was never taken"),
        ("gone", (5, 100, None), Refusal.NOT_WORKING, "'gone' cannot be replaced: it is canceled"),
        ("a", (0, 100, None), Refusal.INVALID_QUANTITY, "order a: expected as quantity"),
        ("a", (5, None, None), Refusal.INVALID_PRICE, "order a: expected as price"),
        ("a", (5, 100, 99), Refusal.INVALID_STOP_PRICE, "order a: expected no stop price"),
    ],
)
def test_refused_replacement_says_why_and_changes_nothing(queued, order, name, values, refusal, words):
    queued.submit(order("buy 5 @ 100", "gone"))
    queued.cancel("gone")
    before = queued.orders(), queued.log_bytes()
    with pytest.raises(VenueError, match=words) as refused:
        queued.replace(name, *(None if value is None else Decimal(value) for value in values))
    assert refused.value.refusal is refusal
    assert (queued.orders(), queued.log_bytes()) == before


def test_waiting_stop_gets_another_stop_price(venue, order):
    venue.submit(order("buy 5 stop 105", "a"))
    assert venue.replace("a", Decimal(5), None, Decimal(103)).stop_price == 103
    venue.trade("AAA", 104, 1, ts=2_000)
    assert len(venue.fills()) == 1


def test_stop_price_of_a_triggered_order_stays(venue, order):
    venue.submit(order("buy 5 @ 90 stop 105", "a"))
    venue.trade("AAA", 105, 1, ts=2_000)
    with pytest.raises(VenueError, match="a was triggered; its stop price 105 stays"):
        venue.replace("a", Decimal(5), Decimal(90), Decimal(106))
    assert venue.replace("a", Decimal(5), Decimal(91), Decimal(105)).status is OrderStatus.TRIGGERED


def test_post_only_order_is_not_replaced_into_a_trade(venue, order):
    venue.submit(order("buy 5 @ 90", "a", post_only=True))
    with pytest.raises(VenueError, match=r"it would trade with the offer at 100\.01"):
        venue.replace("a", Decimal(5), Decimal(101), None)
    assert venue.orders()[0].price == 90


def test_reduce_only_order_grows_no_further_than_the_position(venue, order):
    venue.submit(order("buy 5"))
    venue.submit(order("sell 3 @ 110", "a", reduce_only=True))
    assert venue.replace("a", Decimal(5), Decimal(110), None).quantity == 5
    with pytest.raises(VenueError, match="a sell of 6 does not only reduce a position of 5"):
        venue.replace("a", Decimal(6), Decimal(110), None)


def test_held_order_is_replaced_without_trading(venue, order):
    venue.submit(order("buy 5", "a", tif="ioc"), hold=True)
    venue.replace("a", Decimal(6), None, None)
    assert venue.fills() == ()
    venue.release("a")
    assert venue.fills()[0].last_qty == 6


def test_log_tells_the_values_in_force(queued):
    queued.replace("a", Decimal(7), Decimal(98), None)
    record = queued.log[-1]
    assert (record.event, record.quantity, record.price) == (LogEvent.REPLACED, 7, 98)


def test_faulty_session_passes_it_on_until_the_link_is_cut(venue, order):
    session = FaultySession(InProcessSession(venue), FaultScript(faults=(FillsLostOnDisconnect(order_index=1),)))
    session.submit(order("buy 5 @ 90", "a"))
    assert session.replace("a", Decimal(4), Decimal(90), None).quantity == 4
    assert session.instrument("AAA") == venue.instrument("AAA")
    session.submit(order("buy 5", "b"))
    for call in (lambda: session.replace("a", Decimal(3), Decimal(90), None), lambda: session.instrument("AAA")):
        with pytest.raises(VenueUnknownError):
            call()
    assert venue.orders()[0].quantity == 4


def test_replacement_of_an_intent_leaves_the_intent_alone(queued, order):
    intent = order("buy 1 @ 90", "c")
    copy = attrs.evolve(intent)
    queued.submit(intent)
    queued.replace("c", Decimal(2), Decimal(91), None)
    assert intent == copy
