"""What the venue does with one order after another."""

from decimal import Decimal

import pytest

from allause.exceptions import DataError, VenueError
from allause.models import OrderStatus, TimeInForce
from allause.venue import LIQUIDITY, LogEvent, Venue


def _executions(venue, account="examined"):
    return [(fill.client_order_id, fill.last_qty, fill.last_px) for fill in venue.fills(account)]


def test_market_order_fills_at_the_quote(venue, order):
    venue.submit(order("buy 5", "a"))
    assert _executions(venue) == [("a", 5, Decimal("100.01"))]


def test_acknowledgement_shows_the_order_before_its_first_execution(venue, order):
    ack = venue.submit(order("buy 5", "a"))
    assert (ack.status, ack.filled_qty, venue.orders()[0].status) == (OrderStatus.ACCEPTED, 0, OrderStatus.FILLED)


def test_limit_order_inside_the_spread_rests(venue, order):
    venue.submit(order("buy 5 @ 100"))
    assert venue.orders(working=True)[0].status is OrderStatus.ACCEPTED


def test_limit_order_that_crosses_takes_the_better_resting_price(venue, order):
    venue.submit(order("buy 5 @ 105", "a"))
    assert _executions(venue) == [("a", 5, Decimal("100.01"))]


def test_earlier_order_of_one_price_fills_first(empty, order):
    empty.submit(order("buy 5 @ 100", "early"), "one")
    empty.submit(order("buy 5 @ 100", "late"), "two")
    empty.submit(order("sell 6 @ 100"))
    assert (_executions(empty, "one"), _executions(empty, "two")) == ([("early", 5, 100)], [("late", 1, 100)])


def test_better_price_fills_before_an_earlier_order(empty, order):
    empty.submit(order("sell 5 @ 101", "early"), "one")
    empty.submit(order("sell 5 @ 100", "better"), "two")
    empty.submit(order("buy 5"))
    assert (_executions(empty, "one"), _executions(empty, "two")) == ([], [("better", 5, 100)])


def test_market_order_without_liquidity_is_refused_and_unknown_afterwards(empty, order):
    with pytest.raises(VenueError, match="nobody offers"):
        empty.submit(order("buy 5"))
    assert empty.orders() == ()
    assert empty.log[-1].event is LogEvent.REFUSED


def test_market_order_is_cancelled_for_what_the_book_lacks(venue, order):
    venue.submit(order("buy 150", "a"))
    (told,) = venue.orders()
    assert (told.status, told.filled_qty) == (OrderStatus.CANCELED, 100)


def test_ioc_rest_is_cancelled(venue, order):
    venue.submit(order("buy 150 @ 101", tif=TimeInForce.IOC))
    assert (venue.orders()[0].status, venue.orders()[0].filled_qty) == (OrderStatus.CANCELED, 100)


def test_fok_takes_all_or_nothing(venue, order):
    venue.submit(order("buy 101 @ 101", "much", tif=TimeInForce.FOK))
    venue.submit(order("buy 100 @ 101", "fits", tif=TimeInForce.FOK))
    assert [(o.status, o.filled_qty) for o in venue.orders()] == [(OrderStatus.CANCELED, 0), (OrderStatus.FILLED, 100)]


def test_day_order_ends_with_the_session_and_gtc_does_not(venue, order):
    venue.submit(order("buy 5 @ 90", "day", tif=TimeInForce.DAY))
    venue.submit(order("buy 5 @ 90", "gtc"))
    venue.end_session()
    assert [o.status for o in venue.orders()] == [OrderStatus.EXPIRED, OrderStatus.ACCEPTED]
    venue.quote("AAA", 80, 85, 10, 10, ts=2_000)
    assert _executions(venue) == [("gtc", 5, 90)]


def test_cancelled_order_trades_no_more(venue, order):
    venue.submit(order("buy 5 @ 90", "a"))
    assert venue.cancel("a").status is OrderStatus.CANCELED
    venue.quote("AAA", 80, 85, 10, 10, ts=2_000)
    assert venue.fills() == ()


@pytest.mark.parametrize(("name", "found"), [("nobody", "never taken"), ("filled", "it is filled")])
def test_cancel_of_an_order_that_does_not_work_says_why(venue, order, name, found):
    venue.submit(order("buy 5", "filled"))
    with pytest.raises(VenueError, match=found):
        venue.cancel(name)


def test_resting_order_of_the_same_account_is_cancelled_instead_of_traded_with(empty, order):
    empty.submit(order("sell 5 @ 100", "own"))
    empty.submit(order("sell 5 @ 101", "other"), "one")
    empty.submit(order("buy 5 @ 101", "taker"))
    assert [o.status for o in empty.orders()] == [OrderStatus.CANCELED, OrderStatus.FILLED]
    assert _executions(empty, "one") == [("other", 5, 101)]


def test_used_client_order_id_is_refused(venue, order):
    venue.submit(order("buy 5", "a"))
    with pytest.raises(VenueError, match="used before"):
        venue.submit(order("buy 5", "a"))
    assert len(venue.fills()) == 1


def test_unlisted_instrument_is_refused_with_those_listed(venue, order):
    with pytest.raises(VenueError, match="does not list 'ZZZ'; it lists AAA"):
        venue.submit(order("buy 5", symbol="ZZZ"))


@pytest.mark.parametrize("quantity", ["0", "-1", "NaN", "Infinity", "1e15", "0.0000000000001"])
def test_quantity_that_is_no_amount_is_refused(venue, order, quantity):
    with pytest.raises(VenueError, match="quantity"):
        venue.submit(order(f"buy {quantity} @ 100"))


def test_binary_float_is_refused(venue, order):
    intent = order("buy 1 @ 100")
    object.__setattr__(intent, "price", 100.0)
    with pytest.raises(VenueError, match=r"got 100\.0"):
        venue.submit(intent)


def test_fee_is_the_rate_of_the_executed_value_and_leaves_the_cash(order):
    venue = Venue(fee_rate=Decimal("0.001"), starting_cash=Decimal(1_000))
    venue.quote("AAA", 99, 100, 10, 10, ts=1)
    venue.submit(order("buy 2"))
    assert venue.fills()[0].fee == Decimal("0.200")
    assert venue.account().cash == Decimal("799.8")
    assert venue.account(LIQUIDITY).cash == 200


def test_execution_carries_the_venue_s_time(venue, order):
    venue.advance(5_000)
    venue.submit(order("buy 5"))
    assert venue.fills()[0].ts_event == 5_000


def test_time_cannot_run_backwards(venue):
    with pytest.raises(DataError, match="backwards"):
        venue.quote("AAA", 99, 100, 1, 1, ts=999)


def test_new_quote_replaces_the_old_one(venue, order):
    venue.quote("AAA", 49, 50, 10, 10, ts=2_000)
    venue.submit(order("buy 20", "a"))
    assert _executions(venue) == [("a", 10, 50)]


def test_new_quote_fills_a_resting_order_at_the_order_s_own_price(venue, order):
    venue.submit(order("buy 5 @ 90", "a"))
    venue.quote("AAA", 80, 85, 10, 10, ts=2_000)
    assert _executions(venue) == [("a", 5, 90)]


@pytest.mark.parametrize(("bid", "ask"), [(101, 100), (100, 100), (-1, 100), (float("nan"), 100)])
def test_impossible_quote_is_refused_and_changes_nothing(venue, bid, ask):
    before = venue.log_bytes()
    with pytest.raises(DataError, match="AAA"):
        venue.quote("AAA", bid, ask, 1, 1, ts=2_000)
    assert venue.log_bytes() == before


def test_held_order_is_known_but_trades_only_when_released(venue, order):
    venue.submit(order("buy 5", "a"), hold=True)
    assert (venue.orders()[0].status, venue.fills()) == (OrderStatus.ACCEPTED, ())
    venue.release("a")
    assert len(venue.fills()) == 1


def test_held_order_that_was_cancelled_is_not_released(venue, order):
    venue.submit(order("buy 5", "a"), hold=True)
    venue.cancel("a")
    venue.release("a")
    assert venue.fills() == ()


@pytest.mark.parametrize(("field", "value"), [("side", "hold"), ("order_type", ["limit"]), ("time_in_force", None)])
def test_word_outside_the_vocabulary_is_refused_with_the_choices(venue, order, field, value):
    intent = order("buy 1 @ 100")
    object.__setattr__(intent, field, value)
    with pytest.raises(VenueError, match=r"expected one of \w+, \w+"):
        venue.submit(intent)
