"""Post-only, reduce-only, all-or-none, and orders of one account."""

from decimal import Decimal

import pytest

from allause.exceptions import VenueError
from allause.models import OrderStatus, TimeInForce
from allause.venue import InProcessSession, Refusal


def _told(venue, account="examined"):
    return {o.client_order_id: (o.status, o.quantity - o.filled_qty) for o in venue.orders(account)}


def test_post_only_order_that_would_trade_is_refused(venue, order):
    with pytest.raises(VenueError, match=r"post-only order a: it would trade with the offer at 100\.01") as refused:
        venue.submit(order("buy 1 @ 100.01", "a", post_only=True))
    assert refused.value.refusal is Refusal.WOULD_TRADE
    venue.submit(order("buy 1 @ 100.00", "b", post_only=True))
    assert _told(venue) == {"b": (OrderStatus.ACCEPTED, 1)}


def test_post_only_does_not_spare_the_account_s_own_orders(empty, order):
    empty.submit(order("sell 1 @ 100", "own"))
    with pytest.raises(VenueError, match="would trade with the offer at 100"):
        empty.submit(order("buy 1 @ 100", post_only=True))
    assert _told(empty) == {"own": (OrderStatus.ACCEPTED, 1)}


@pytest.mark.parametrize(
    ("text", "tif"), [("buy 1", "gtc"), ("buy 1 stop 105", "gtc"), ("buy 1 @ 90", "ioc"), ("buy 1 @ 90", "fok")]
)
def test_post_only_contradicts_what_cannot_rest(venue, order, text, tif):
    with pytest.raises(VenueError, match="post-only goes with a limit that can wait") as refused:
        venue.submit(order(text, tif=TimeInForce(tif), post_only=True))
    assert refused.value.refusal is Refusal.CONTRADICTION


def test_post_only_stop_limit_that_would_trade_when_triggered_is_cancelled(venue, order):
    venue.submit(order("buy 1 @ 101 stop 105", "a", post_only=True))
    venue.trade("AAA", 105, 1, ts=2_000)
    assert _told(venue) == {"a": (OrderStatus.CANCELED, 1)}


@pytest.mark.parametrize("text", ["sell 1 @ 110", "buy 1 @ 90", "sell 1", "sell 1 stop 90"])
def test_reduce_only_order_without_a_position_is_refused(venue, order, text):
    with pytest.raises(VenueError, match="does not only reduce a position of 0") as refused:
        venue.submit(order(text, reduce_only=True))
    assert refused.value.refusal is Refusal.WOULD_NOT_REDUCE


def test_reduce_only_order_larger_than_the_position_is_refused(venue, order):
    venue.submit(order("sell 5"))
    with pytest.raises(VenueError, match="a buy of 6 does not only reduce a position of -5"):
        venue.submit(order("buy 6 @ 90", reduce_only=True))
    venue.submit(order("buy 5 @ 90", "fits", reduce_only=True))


def test_resting_reduce_only_orders_are_cut_as_the_position_shrinks_and_cancelled_when_it_is_gone(venue, order):
    session = InProcessSession(venue)
    session.submit(order("buy 5"))
    session.submit(order("sell 5 @ 110", "limit", reduce_only=True))
    session.submit(order("sell 4 stop 90", "stop", reduce_only=True))
    session.submit(order("sell 2"))
    assert _told(venue)["limit"] == _told(venue)["stop"] == (OrderStatus.ACCEPTED, 3)
    session.submit(order("sell 3"))
    assert _told(venue)["limit"] == (OrderStatus.CANCELED, 3)
    assert [(e.client_order_id, e.status, e.quantity) for e in session.poll() if hasattr(e, "status")] == [
        ("limit", OrderStatus.ACCEPTED, 3),
        ("stop", OrderStatus.ACCEPTED, 3),
        ("limit", OrderStatus.CANCELED, 3),
        ("stop", OrderStatus.CANCELED, 3),
    ]


def test_reduce_only_orders_never_turn_a_position_within_one_sweep(empty, order):
    empty.submit(order("sell 5 @ 100"), "other")
    empty.submit(order("buy 5 @ 100"))
    for price in (101, 102, 103):
        empty.submit(order(f"sell 4 @ {price}", f"r{price}", reduce_only=True))
    empty.submit(order("buy 12 @ 105"), "other")
    assert empty.positions() == {}
    assert [fill.last_qty for fill in empty.fills()[1:]] == [4, 1]


def test_cut_keeps_the_place_in_the_queue(empty, order):
    empty.submit(order("sell 5 @ 100"), "other")
    empty.submit(order("buy 5 @ 100"))
    empty.submit(order("sell 5 @ 110", "mine", reduce_only=True))
    empty.submit(order("sell 5 @ 110", "theirs"), "other")
    empty.submit(order("buy 2 @ 105"), "third")
    empty.submit(order("sell 2 @ 105"))
    empty.submit(order("buy 3 @ 110"), "third")
    assert empty.fills()[-1].client_order_id == "mine"


def test_fill_or_kill_does_not_count_on_orders_that_will_be_cut(empty, order):
    empty.submit(order("sell 5 @ 100"), "other")
    empty.submit(order("buy 5 @ 100"))
    for price in (101, 102):
        empty.submit(order(f"sell 5 @ {price}", reduce_only=True))
    with_less = order("buy 6 @ 102", "all", tif=TimeInForce.FOK)
    empty.submit(with_less, "third")
    assert _told(empty, "third") == {"all": (OrderStatus.CANCELED, 6)}
    empty.submit(order("buy 5 @ 102", "less", tif=TimeInForce.FOK), "third")
    assert _told(empty, "third")["less"] == (OrderStatus.FILLED, 0)


def test_fill_or_kill_out_of_reach_is_cancelled(venue, order):
    venue.submit(order("buy 1 @ 90", "a", tif=TimeInForce.FOK))
    assert venue.orders()[0].reason == "fill or kill: the whole quantity was not there"


def test_same_account_may_hold_both_sides_of_different_instruments(empty, order):
    empty.list_instrument("BBB")
    empty.submit(order("sell 1 @ 100", "a"))
    empty.submit(order("buy 1 @ 100", "b", symbol="BBB"))
    assert [o.status for o in empty.orders()] == [OrderStatus.ACCEPTED] * 2


def test_books_of_different_instruments_do_not_meet(empty, order):
    empty.list_instrument("BBB")
    empty.submit(order("sell 1 @ 100", symbol="BBB"), "other")
    empty.submit(order("buy 1 @ 100"))
    assert empty.fills() == ()
    empty.submit(order("buy 1 @ 100", symbol="BBB"))
    assert dict(empty.positions()) == {"BBB": Decimal(1)}
