"""What becomes of each message of a live feed, without a network and on a clock that stands still."""

import subprocess
import sys
from decimal import Decimal

import attrs
import polars as pl
import pytest
from frames import DEPTH, QUOTE, TRADE, frame
from hypothesis import given, settings
from hypothesis import strategies as st

from allause.depth import DepthSnapshot
from allause.models import Quote, Trade
from allause_market_data.gate import Gate
from allause_market_data.live import (
    FeedBrokenError,
    Kind,
    Notice,
    SourceSettings,
)
from allause_market_data.live.intake import Intake
from allause_market_data.live.soundness import defect
from allause_market_data.reading import Batch, Schema

SETTINGS = SourceSettings(url="ws://127.0.0.1", stale_after_s=10)


class Still:
    """A clock that is set."""

    wall = mono = 0

    def now_ns(self):
        return self.wall

    def monotonic_ns(self):
        return self.mono


@pytest.fixture
def clock():
    return Still()


@pytest.fixture
def intake(clock):
    return Intake("a", ["A"], SETTINGS, clock)


def events(intake, kind=None):
    return [one.event for one in intake.outbox.take(0) if kind in {None, one.kind}]


UNSOUND = [
    ({**TRADE, "p": "-5"}, "a@trade", "negative_price"),
    ({**TRADE, "p": "-0.0"}, "a@trade", "zero_price"),
    ({**TRADE, "q": "-3"}, "a@trade", "negative_price"),
    ({**QUOTE, "b": "10", "a": "9"}, "a@bookTicker", "crossed_quote"),
    ({**QUOTE, "b": "-10", "a": "0"}, "a@bookTicker", "negative_price"),
    ({**QUOTE, "b": "0"}, "a@bookTicker", "zero_price"),
    ({**QUOTE, "A": "-1"}, "a@bookTicker", "negative_price"),
]


@pytest.mark.parametrize(("data", "stream", "cause"), UNSOUND)
def test_event_that_the_gate_would_reject_is_left_out_and_counted_under_its_cause(intake, data, stream, cause):
    intake.frame(frame(data, stream))
    intake.frame(frame({**data, "t": 2, "u": 10}, stream))
    assert [event.notice for event in events(intake)] == [Notice.UNSOUND]
    assert intake.counts[cause] == 2
    sound = {**TRADE, "t": 3} if data.get("e") else {**QUOTE, "u": 11}
    intake.frame(frame(sound, stream))
    (given,) = events(intake)
    assert isinstance(given, Trade | Quote)
    assert (intake.counts["trades"] + intake.counts["quotes"], intake.counts["gaps"]) == (1, 0)


VALUE = st.sampled_from([-1.0, -0.0, 0.0, 1.0, 2.0])


@settings(max_examples=60, deadline=None)
@given(st.tuples(VALUE, VALUE), st.tuples(VALUE, VALUE, VALUE, VALUE))
def test_live_events_are_judged_as_recorded_ones_are(trade, quote):
    for schema, made, values in ((Schema.TRADE, Trade, trade), (Schema.QUOTE, Quote, quote)):
        row = dict(zip(schema.columns, ("A", 1, 1, *values), strict=True))
        rows = pl.DataFrame([{**row, "row": 1}])
        rejected = Gate().judge(Batch(schema, rows, frozenset(schema.columns))).rejected()
        found = defect(made(**row))
        assert rejected == ({} if found is None else {found.value: 1})


def test_a_stream_that_is_silent_is_stale_once_and_fresh_again(intake, clock):
    intake.frame(frame(TRADE))
    clock.mono = 11_000_000_000
    clock.wall = -(10**18)  # the wall clock may be set; silence is not measured by it
    assert intake.look() == 11
    intake.look()
    told = [one for one in events(intake, Kind.NOTICE) if "trade" in one.detail]
    assert [one.notice for one in told] == [Notice.STALE]
    assert told[0].detail == "no trade for 11.000 s"
    intake.frame(frame({**TRADE, "t": 2}))
    assert [one.notice for one in events(intake, Kind.NOTICE)] == [Notice.FRESH]
    assert intake.look() == 0


def test_a_step_of_the_wall_clock_makes_nothing_stale(intake, clock):
    clock.wall = 10**18
    assert intake.look() == 0
    assert intake.stale == set()


def test_a_quote_that_comes_late_or_again_is_not_given(intake):
    for update in (9, 11, 10, 11):
        intake.frame(frame({**QUOTE, "u": update}, "a@bookTicker"))
    assert len(events(intake, Kind.QUOTE)) == 2
    assert (intake.counts["late"], intake.counts["duplicates"]) == (1, 1)


TICKS = [(TRADE, "t", "a@trade"), (QUOTE, "u", "a@bookTicker")]


def at(intake, clock, second, data, stream):
    clock.mono = second * 1_000_000_000
    intake.look()
    intake.frame(frame(data, stream))


@pytest.mark.parametrize(("data", "key", "stream"), TICKS)
def test_a_stream_of_nothing_but_what_is_left_out_is_stale(intake, clock, data, key, stream):
    at(intake, clock, 0, {**data, key: 1_000}, stream)
    for second in range(1, 12):
        at(intake, clock, second, {**data, key: 1_000}, stream)
    assert intake.stale >= {(Kind(stream[2:].replace("bookTicker", "quote")), "A")}
    assert intake.counts["duplicates"] == 11


def test_quotes_that_are_numbered_anew_are_told_and_go_on(intake, clock):
    at(intake, clock, 0, {**QUOTE, "u": 1_000}, "a@bookTicker")
    intake.disconnected("cut")
    intake.connected()
    events(intake)
    for second in range(1, 14):
        at(intake, clock, second, {**QUOTE, "u": second}, "a@bookTicker")
    received = intake.outbox.take(0)
    assert [one.number for one in received if one.kind is Kind.QUOTE] == [12, 13]
    told = [one.event.notice for one in received if one.kind is Kind.NOTICE and "quote" in one.event.detail]
    assert told == [Notice.STALE, Notice.RENUMBERED, Notice.FRESH]
    assert (intake.counts["late"], intake.counts["renumbered"]) == (12, 1)


def test_late_quotes_among_others_never_begin_anew(intake, clock):
    for second in range(40):
        at(intake, clock, second, {**QUOTE, "u": 1_000 + second}, "a@bookTicker")
        at(intake, clock, second, {**QUOTE, "u": second}, "a@bookTicker")
    assert (intake.counts["late"], intake.counts["renumbered"], intake.counts["quotes"]) == (40, 0, 40)


def test_trades_that_are_numbered_anew_break_the_feed(intake, clock):
    at(intake, clock, 0, {**TRADE, "t": 1_000}, "a@trade")
    at(intake, clock, 1, {**TRADE, "t": 1}, "a@trade")
    with pytest.raises(
        FeedBrokenError, match=r"A: expected the trades after 1000, found only numbers below.*numbers anew"
    ):
        at(intake, clock, 12, {**TRADE, "t": 2}, "a@trade")


def test_a_stream_of_trades_that_lags_behind_what_was_asked_for_is_waited_for(intake, clock):
    at(intake, clock, 0, {**TRADE, "t": 1_000, "T": 50}, "a@trade")
    for second in range(1, 30):
        at(intake, clock, second, {**TRADE, "t": second, "T": second}, "a@trade")
    at(intake, clock, 30, {**TRADE, "t": 1_001, "T": 51}, "a@trade")
    assert (intake.counts["trades"], intake.counts["renumbered"]) == (2, 0)


def test_depth_that_is_numbered_anew_is_asked_for_anew(intake, clock):
    whole = {"symbol": "A", "ts_init": 7, "bids": (), "asks": ()}
    intake.snapshot(DepthSnapshot(update_id=1_000, **whole))
    at(intake, clock, 0, {**DEPTH, "U": 1_001, "u": 1_001}, "a@depth")
    for second in range(1, 13):
        at(intake, clock, second, {**DEPTH, "U": second, "u": second}, "a@depth")
    assert (Kind.DEPTH, "A") in intake.wanted
    intake.snapshot(DepthSnapshot(update_id=12, **whole))
    at(intake, clock, 13, {**DEPTH, "U": 13, "u": 13}, "a@depth")
    assert intake.books["A"].update_id == 13


def test_depth_that_comes_again_on_a_new_link_follows_on_its_snapshot(intake):
    intake.frame(frame({**DEPTH, "U": 11, "u": 11}))
    intake.disconnected("cut")
    intake.frame(frame({**DEPTH, "U": 11, "u": 11}))
    intake.snapshot(DepthSnapshot(symbol="A", ts_init=7, update_id=10, bids=(), asks=()))
    assert intake.books["A"].update_id == 11


@pytest.mark.parametrize(("data", "key", "stream"), TICKS)
def test_a_number_that_is_too_far_to_be_true_changes_nothing(intake, data, key, stream):
    for number in (5, 2**62, 2**62, 6, 7):
        intake.frame(frame({**data, key: number}, stream))
    assert [one.number for one in intake.outbox.take(0) if one.kind is not Kind.NOTICE] == [5, 6, 7]
    assert (intake.counts["far"], intake.counts["duplicates"], intake.counts["late"]) == (2, 0, 0)


def test_an_instrument_that_was_not_asked_for_is_counted_as_unknown(intake):
    intake.frame(frame({**TRADE, "s": "B"}))
    intake.frame(frame({"e": "kline"}))
    assert events(intake) == []
    assert intake.counts["unknown"] == 2


def test_a_snapshot_that_is_too_old_is_asked_for_again(intake):
    intake.frame(frame(DEPTH))
    intake.snapshot(DepthSnapshot(symbol="A", ts_init=7, update_id=5, bids=(), asks=()))
    assert not intake.is_whole((Kind.DEPTH, "A"))
    assert intake.wanted == {(Kind.DEPTH, "A")}
    intake.snapshot(DepthSnapshot(symbol="A", ts_init=7, update_id=12, bids=(), asks=()))
    assert intake.is_whole((Kind.DEPTH, "A"))


def test_a_change_that_leaves_a_bid_above_the_ask_is_not_given(intake):
    level = (Decimal(100), Decimal(1))
    intake.snapshot(DepthSnapshot(symbol="A", ts_init=7, update_id=10, bids=(), asks=(level,)))
    intake.frame(frame({**DEPTH, "b": [["100.01", "1"]]}))
    assert [type(one) for one in events(intake, Kind.DEPTH)] == [DepthSnapshot]
    assert intake.counts["crossed"] == 1
    assert intake.wanted == {(Kind.DEPTH, "A")}


def test_too_many_trades_that_wait_for_one_break_the_feed(clock):
    intake = Intake("a", ["A"], attrs.evolve(SETTINGS, trade_limit=3), clock)
    intake.frame(frame(TRADE))
    for number in range(3, 6):
        intake.frame(frame({**TRADE, "t": number}))
    with pytest.raises(FeedBrokenError, match="expected the venue to give the trades after 1, found 4 that wait"):
        intake.frame(frame({**TRADE, "t": 6}))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"url": "http://x"}, "url must begin with wss://"),
        ({"url": "wss://:1/x"}, "and name a host, found 'wss://:1/x'"),
        ({"requests_url": "x"}, "requests_url must begin with wss://"),
        ({"kinds": ["trade", "trade"]}, "kinds must name some of trade, quote and depth, each once"),
        ({"kinds": ["notice"]}, "kinds must name some of"),
        ({"kinds": []}, "kinds must name some of"),
        ({"heartbeat_s": 0}, "heartbeat_s must be above 0"),
        ({"depth_limit": -1}, "depth_limit must be above 0"),
    ],
)
def test_settings_that_cannot_be_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        SourceSettings(**{"url": "wss://x", **changes})


def test_without_the_extra_a_feed_says_what_to_install_and_the_rest_works():
    program = """
import sys
sys.modules["websockets"] = None
import allause_market_data, allause_market_data.live
from allause.exceptions import ConfigurationError
try:
    import allause_market_data.live.feed
except ConfigurationError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("install allause-market-data[live]")


def test_the_component_loads_no_network_library():
    program = "import sys, allause_market_data; print('websockets' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
