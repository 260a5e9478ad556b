"""Grids, currencies, the closed market, and the words for refusals."""

import gc
import weakref
from decimal import Decimal

import pytest

from allause.exceptions import DataError, VenueError
from allause.models import OrderStatus
from allause.models.market import Bar
from allause.models.venue import Instrument
from allause.venue import EXAMINED, InProcessSession, LogEvent, Refusal, RefusedError, Venue

_AAA = Instrument(symbol="AAA", tick_size=Decimal("0.25"), lot_size=Decimal(10))


@pytest.fixture
def gridded():
    venue = Venue()
    venue.list_instrument(_AAA)
    return venue


@pytest.mark.parametrize(
    ("text", "refusal", "words"),
    [
        ("buy 15 @ 100", Refusal.OFF_LOT, "order c: expected as quantity a multiple of the lot size 10 of AAA, got 15"),
        ("buy 10 @ 100.1", Refusal.OFF_TICK, r"limit order c: expected as price a multiple of the tick size 0\.25"),
        ("buy 10 stop 99.9", Refusal.OFF_TICK, r"stop order c: expected as stop price a multiple of the tick size"),
        ("buy 0.5 @ 100", Refusal.OFF_LOT, "got 0.5"),
    ],
)
def test_order_off_the_grid_is_refused_with_the_step(gridded, order, text, refusal, words):
    with pytest.raises(RefusedError, match=words) as refused:
        gridded.submit(order(text, "c"))
    assert refused.value.refusal is refusal
    assert gridded.log[-1].refusal is refusal


@pytest.mark.parametrize("text", ["buy 10 @ 100.25", "buy 10.0 @ 100.250", "buy 1E+1 @ 1.0025E+2"])
def test_order_on_the_grid_is_taken_however_it_is_written(gridded, order, text):
    intent = order(text)
    gridded.submit(intent)
    gridded.submit(order("sell 10 @ 100.25"), "other")
    assert (gridded.fills()[0].last_qty, gridded.fills()[0].last_px) == (10, Decimal("100.25"))


def test_float_equal_to_a_known_amount_is_refused_all_the_same(gridded, order):
    gridded.submit(order("buy 10 @ 100"))
    for field in ("price", "quantity"):
        intent = order("buy 10 @ 100")
        object.__setattr__(intent, field, float(getattr(intent, field)))
        with pytest.raises(VenueError, match=f"expected as {field}"):
            gridded.submit(intent)


def test_signalling_nan_is_refused(gridded, order):
    with pytest.raises(VenueError, match="expected as quantity"):
        gridded.submit(order("buy sNaN @ 100"))


@pytest.mark.parametrize("flag", ["post_only", "reduce_only"])
@pytest.mark.parametrize("value", [1, "yes", None])
def test_flag_that_is_no_bool_is_refused(venue, order, flag, value):
    with pytest.raises(RefusedError, match="as a flag one of True, False") as refused:
        venue.submit(order("buy 1 @ 90", **{flag: value}))
    assert refused.value.refusal is Refusal.INVALID_WORD


def test_symbol_that_is_no_text_is_refused(venue, order):
    with pytest.raises(RefusedError, match=r"does not list \['AAA'\]"):
        venue.submit(order("buy 1", symbol=["AAA"]))


def test_instrument_is_told_as_it_was_listed(gridded):
    assert InProcessSession(gridded).instrument("AAA") == _AAA
    assert gridded.instrument("ZZZ") is None


def test_instrument_listed_by_its_name_takes_the_finest_amounts(venue, order):
    found = venue.instrument("AAA")
    assert found == Instrument(symbol="AAA", tick_size=Decimal("1e-12"), lot_size=Decimal("1e-12"))
    venue.submit(order("buy 0.000000000001 @ 99.999999999999", "a"))
    assert venue.orders()[0].status is OrderStatus.ACCEPTED


def test_listing_again_changes_nothing_and_otherwise_is_refused(gridded):
    gridded.list_instrument(_AAA)
    gridded.list_instrument("AAA")
    assert gridded.instrument("AAA") == _AAA
    with pytest.raises(DataError, match="AAA is listed as"):
        gridded.list_instrument(Instrument(symbol="AAA", tick_size=Decimal(1), lot_size=Decimal(10)))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"tick_size": Decimal(0)}, "expected as tick and lot size"),
        ({"lot_size": Decimal("NaN")}, "expected as tick and lot size"),
        ({"currency": "EUR"}, "ZZZ: expected prices in USD, found EUR"),
    ],
)
def test_instrument_that_cannot_be_traded_is_not_listed(change, words):
    values = {"symbol": "ZZZ", "tick_size": Decimal(1), "lot_size": Decimal(1), **change}
    with pytest.raises(DataError, match=words):
        Venue().list_instrument(Instrument(**values))


def test_quote_off_the_grid_is_refused_and_changes_nothing(gridded):
    with pytest.raises(DataError, match=r"AAA: recorded 10 at 99\.1; .* in ticks of 0\.25 and lots of 10"):
        gridded.quote("AAA", Decimal("99.1"), 100, 10, 10, ts=1)
    assert (gridded.log, gridded.now_ns) == ((), 0)


def test_bar_of_an_instrument_with_a_grid_is_quoted_on_it(gridded, order):
    prices = {"open": 100.0, "high": 100.0, "low": 100.0, "close": 100.1}
    gridded.apply(Bar(symbol="AAA", ts_event=1, ts_init=1, volume=1_990.0, **prices))
    assert gridded.recorded_levels("AAA") == (((Decimal("99.75"), 10),), ((Decimal("100.5"), 10),))
    gridded.submit(order("buy 10"))


def test_maker_and_taker_pay_their_own_rates(order):
    venue = Venue(maker_rate=Decimal("-0.0001"), taker_rate=Decimal("0.00025"))
    venue.list_instrument("AAA")
    venue.submit(order("sell 2 @ 100"), "maker")
    venue.submit(order("buy 2 @ 101"))
    assert (venue.fills()[0].fee, venue.fills("maker")[0].fee) == (Decimal("0.05"), Decimal("-0.02"))
    assert (venue.account().cash, venue.account("maker").cash) == (Decimal("999799.95"), Decimal("1000200.02"))


def test_closed_market_takes_cancels_only(venue, order):
    venue.submit(order("buy 1 @ 90", "a"))
    venue.end_session(reopen=False)
    for call in (lambda: venue.submit(order("buy 1 @ 90")), lambda: venue.replace("a", Decimal(2), Decimal(90), None)):
        with pytest.raises(RefusedError, match="the session has ended") as refused:
            call()
        assert refused.value.refusal is Refusal.CLOSED
    assert venue.cancel("a").status is OrderStatus.CANCELED
    venue.open_session()
    venue.submit(order("buy 1 @ 90"))


def test_refusals_of_orders_are_logged_with_word_and_sentence(venue, order):
    with pytest.raises(RefusedError) as refused:
        venue.submit(order("buy 0 @ 90", "a"))
    record = venue.log[-1]
    assert (record.event, record.client_order_id, record.account) == (LogEvent.REFUSED, "a", EXAMINED)
    assert (record.refusal, record.reason) == (Refusal.INVALID_QUANTITY, str(refused.value))


def test_venue_with_orders_executions_and_sessions_is_freed(order):
    venue = Venue()
    venue.quote("AAA", 99, 101, 10, 10, ts=1)
    session = InProcessSession(venue)
    session.submit(order("buy 5", "a"))
    session.submit(order("sell 5 @ 110", "b", reduce_only=True))
    gone = weakref.ref(venue)
    del venue, session
    gc.collect()
    assert gone() is None
