"""Orders that wait for a price."""

from decimal import Decimal

import pytest

from allause.exceptions import VenueError
from allause.models import OrderStatus, TimeInForce, VenueOrder
from allause.venue import InProcessSession, LogEvent


@pytest.fixture
def traded(empty, order):
    """Return a venue with room on both sides of 100 and a last price of 100."""
    for price in range(90, 100):
        empty.submit(order(f"buy 10 @ {price}"), "maker")
    for price in range(101, 111):
        empty.submit(order(f"sell 10 @ {price}"), "maker")
    empty.trade("AAA", 100, 1, ts=1)
    return empty


def _status(venue, *names):
    told = {order.client_order_id: order.status for order in venue.orders()}
    return [told[name] for name in names]


@pytest.mark.parametrize(("text", "short_of", "at"), [("buy 1 stop 103", 102, 103), ("sell 1 stop 97", 98, 97)])
def test_stop_trades_when_the_last_price_reaches_it_and_not_before(traded, order, text, short_of, at):
    traded.submit(order(text, "a"))
    traded.trade("AAA", short_of, 1, ts=2)
    assert (_status(traded, "a"), traded.fills()) == ([OrderStatus.ACCEPTED], ())
    traded.trade("AAA", at, 1, ts=3)
    assert _status(traded, "a") == [OrderStatus.FILLED]


def test_stop_that_is_met_when_it_comes_trades_at_once(traded, order):
    assert traded.submit(order("buy 1 stop 100", "a")).status is OrderStatus.ACCEPTED
    assert traded.fills()[0].last_px == 101


def test_stop_before_the_first_trade_waits(empty, order):
    empty.submit(order("buy 1 stop 1", "a"))
    assert _status(empty, "a") == [OrderStatus.ACCEPTED]


def test_quotes_alone_trigger_nothing(empty, order):
    empty.submit(order("buy 1 stop 50", "a"))
    empty.quote("AAA", 99, 101, 10, 10, ts=2)
    assert empty.fills() == ()


def test_triggered_stop_limit_rests_at_its_limit(traded, order):
    traded.submit(order("buy 1 @ 100 stop 103", "a"))
    traded.trade("AAA", 103, 1, ts=2)
    assert _status(traded, "a") == [OrderStatus.TRIGGERED]
    traded.submit(order("sell 1 @ 100"), "other")
    assert (_status(traded, "a"), traded.fills()[0].last_px) == ([OrderStatus.FILLED], 100)


def test_owner_is_told_of_the_trigger_before_the_fill(traded, order):
    session = InProcessSession(traded)
    session.submit(order("buy 1 stop 103", "a"))
    traded.trade("AAA", 103, 1, ts=2)
    triggered, fill = session.poll()
    assert isinstance(triggered, VenueOrder)
    assert (triggered.status, triggered.stop_price, fill.last_px) == (OrderStatus.TRIGGERED, 103, 101)


def test_stops_met_together_trade_in_the_order_in_which_they_came(traded, order):
    for name, stop in (("first", 104), ("second", 102), ("third", 103)):
        traded.submit(order(f"buy 10 stop {stop}", name))
    traded.trade("AAA", 104, 1, ts=2)
    assert list(dict.fromkeys(fill.client_order_id for fill in traded.fills())) == ["first", "second", "third"]


def test_triggered_stop_without_liquidity_is_cancelled(empty, order):
    empty.submit(order("buy 1 stop 100", "a"))
    empty.trade("AAA", 100, 1, ts=1)
    assert _status(empty, "a") == [OrderStatus.CANCELED]


def test_cascade_of_thousands_of_stops_needs_no_recursion(empty, order):
    count = 3_000
    for price in range(1, count + 2):
        empty.submit(order(f"sell 1 @ {price}"), "maker")
        empty.submit(order(f"buy 1 stop {price}", f"s{price}"))
    empty.submit(order("buy 1 @ 1", "spark"), "other")
    fills = empty.fills()
    assert [fill.client_order_id for fill in fills] == [f"s{price}" for price in range(1, count + 1)]
    assert [fill.last_px for fill in fills] == list(range(2, count + 2))


def test_stops_met_within_a_sweep_trade_after_it_in_the_order_in_which_they_were_met(traded, order):
    traded.submit(order("buy 25 stop 101", "sweep"))
    traded.submit(order("buy 1 stop 103", "met second"))
    traded.submit(order("buy 1 stop 102", "met first"))
    traded.trade("AAA", 101, 1, ts=2)
    names = list(dict.fromkeys(fill.client_order_id for fill in traded.fills()))
    assert names == ["sweep", "met first", "met second"]


def test_waiting_stop_is_cancelled_and_expires_like_any_order(traded, order):
    traded.submit(order("buy 1 stop 103", "a"))
    traded.submit(order("buy 1 stop 103", "b", tif=TimeInForce.DAY))
    traded.cancel("a")
    traded.end_session()
    traded.trade("AAA", 103, 1, ts=2)
    assert _status(traded, "a", "b") == [OrderStatus.CANCELED, OrderStatus.EXPIRED]
    assert traded.fills() == ()


@pytest.mark.parametrize(
    ("tif", "status", "filled"),
    [(TimeInForce.FOK, OrderStatus.CANCELED, 0), (TimeInForce.IOC, OrderStatus.CANCELED, 9)],
)
def test_time_in_force_of_a_stop_limit_holds_from_its_trigger_on(traded, order, tif, status, filled):
    traded.submit(order("buy 11 @ 101 stop 103", "a", tif=tif))
    assert _status(traded, "a") == [OrderStatus.ACCEPTED]
    traded.trade("AAA", 103, 1, ts=2)  # one of the ten at 101 is sold to the tape
    (told,) = traded.orders()
    assert (told.status, told.filled_qty) == (status, filled)


def test_triggered_stop_queues_behind_what_stands_at_its_limit(traded, order):
    traded.submit(order("buy 1 @ 99 stop 103", "stop"))
    traded.submit(order("buy 1 @ 99", "limit"))
    traded.trade("AAA", 103, 1, ts=2)
    traded.submit(order("sell 11 @ 99"), "other")
    assert [fill.client_order_id for fill in traded.fills()] == ["limit"]


def test_log_tells_the_price_that_triggered(traded, order):
    traded.submit(order("buy 1 stop 103", "a"))
    traded.trade("AAA", Decimal("103.5"), 1, ts=2)
    triggered = [record for record in traded.log if record.event is LogEvent.TRIGGERED]
    assert [record.price for record in triggered] == [Decimal("103.5")]


@pytest.mark.parametrize(
    ("text", "change", "words"),
    [
        ("buy 1 stop 100", {"stop_price": None}, "stop order c: expected as stop price a positive"),
        ("buy 1 @ 99 stop 100", {"price": None}, "stop-limit order c: expected as price a positive"),
        (
            "buy 1 stop 100",
            {"price": Decimal(1)},
            "stop order c: expected no price, got 1; leave it out or send",
        ),
        ("buy 1 @ 100", {"stop_price": Decimal(1)}, "limit order c: expected no stop price, got 1"),
        ("buy 1 stop NaN", {}, "expected as stop price"),
        ("buy 1 @ sNaN", {}, "expected as price"),
    ],
)
def test_order_with_a_price_too_many_or_too_few_is_refused(venue, order, text, change, words):
    intent = order(text, "c")
    for field, value in change.items():
        object.__setattr__(intent, field, value)
    with pytest.raises(VenueError, match=words):
        venue.submit(intent)
