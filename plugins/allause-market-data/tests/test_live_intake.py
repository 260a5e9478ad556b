"""What becomes of each message of a live feed, without a network and on a clock that stands still."""

import json
import resource
import subprocess
import sys
from collections import Counter
from contextlib import suppress
from decimal import Decimal
from functools import partial
from threading import Condition, Semaphore, Thread

import attrs
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allause.depth import DepthDelta, DepthSnapshot
from allause.models import Quote, Trade
from allause_market_data.gate import Gate
from allause_market_data.live import (
    OVERFLOW,
    FeedBrokenError,
    FeedNotice,
    Kind,
    Notice,
    Overflow,
    Received,
    SourceSettings,
)
from allause_market_data.live.intake import Intake
from allause_market_data.live.messages import Answer, GarbledError, read, read_snapshot, read_trades, subscription
from allause_market_data.live.outbox import Outbox
from allause_market_data.live.sequence import Arrival, Numbers, TradeSequence
from allause_market_data.live.soundness import defect
from allause_market_data.reading import Batch, Schema

SETTINGS = SourceSettings(url="ws://127.0.0.1", stale_after_s=10)
TRADE = {"e": "trade", "E": 5, "s": "A", "t": 1, "p": "100.5", "q": "2", "T": 4}
QUOTE = {"u": 9, "s": "A", "b": "99.5", "B": "1", "a": "100.5", "A": "3"}
DEPTH = {"e": "depthUpdate", "E": 5, "s": "A", "U": 11, "u": 12, "b": [["99.5", "1"]], "a": []}


class Still:
    """A clock that is set."""

    wall = mono = 0

    def now_ns(self):
        return self.wall

    def monotonic_ns(self):
        return self.mono


def frame(data, stream="a@x"):
    return json.dumps({"stream": stream, "data": data}).encode()


@pytest.fixture
def clock():
    return Still()


@pytest.fixture
def intake(clock):
    return Intake("a", ["A"], SETTINGS, clock)


def events(intake, kind=None):
    return [one.event for one in intake.outbox.take(0) if kind in {None, one.kind}]


def test_messages_of_the_three_streams_become_events():
    assert read(frame(TRADE), 7).event == Trade(symbol="A", ts_event=4_000_000, ts_init=7, price=100.5, size=2)
    quote = Quote(symbol="A", ts_event=7, ts_init=7, bid=99.5, ask=100.5, bid_size=1, ask_size=3)
    assert read(frame(QUOTE, "a@bookTicker"), 7).event == quote
    level = (Decimal("99.5"), Decimal(1))
    assert read(frame(DEPTH), 7).event == DepthDelta(
        symbol="A", ts_event=5_000_000, ts_init=7, first_id=11, last_id=12, bids=(level,), asks=()
    )


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


@pytest.mark.parametrize(
    ("data", "stream"),
    [
        ({**TRADE, "p": "1_0"}, "a@trade"),
        ({**TRADE, "p": "\u0661"}, "a@trade"),
        ({**TRADE, "T": 99_999_999_999_999}, "a@trade"),
        ({**TRADE, "t": 2**63}, "a@trade"),
        ({**QUOTE, "a": 7}, "a@bookTicker"),
        ({**DEPTH, "a": 7}, "a@depth"),
        ({**DEPTH, "b": [["-10", "1"]]}, "a@depth"),
        ({**DEPTH, "b": [["0", "1"]]}, "a@depth"),
        ({**DEPTH, "b": [["1_0", "1"]]}, "a@depth"),
    ],
)
def test_number_that_cannot_be_is_no_message(data, stream):
    with pytest.raises(GarbledError):
        read(frame(data, stream), 7)


@pytest.mark.parametrize("read_it", [read, partial(read_snapshot, symbol="A"), partial(read_trades, symbol="A")])
def test_message_nested_beyond_reason_is_garbled(read_it):
    nested = b"[" * 100_000 + b"]" * 100_000
    for message in (b'{"x":%s}' % nested, b'[{"x":%s}]' % nested):
        with pytest.raises(GarbledError):
            read_it(message, ts_init=7)


def test_another_stream_is_nothing_and_an_answer_is_one():
    assert read(frame({"e": "kline", "E": 5}), 7) is None
    assert read(frame({"e": "aggTrade", "E": 5, "a": 7}), 7) is None
    assert read(b'{"result":null,"id":3}', 7) == Answer(3, b"null")


def test_a_subscription_names_each_stream_of_each_instrument():
    asked = json.loads(subscription(["BTCUSDT"], [Kind.TRADE, Kind.QUOTE, Kind.DEPTH], "depth@0ms", 4))
    assert asked["params"] == ["btcusdt@trade", "btcusdt@bookTicker", "btcusdt@depth@0ms"]


@pytest.mark.parametrize(
    "data",
    [
        *({**TRADE, name: bad} for name in "stpq" for bad in (None, [], -1.5)),
        *({**TRADE, name: "nan"} for name in "tpq"),
        *({**QUOTE, name: bad} for name in "bBaAu" for bad in (None, "inf", [])),
        *({**DEPTH, name: bad} for name in "UuEba" for bad in ("x", [["1"]], [["1", "-1"]], [["nan", "1"]])),
        *({key: value for key, value in DEPTH.items() if key != name} for name in "sUuba"),
    ],
)
def test_a_message_with_a_field_that_cannot_be_is_garbled(data):
    with pytest.raises(GarbledError, match="expected a message of a stream, found"):
        read(frame(data, "a@bookTicker" if "B" in data else "a@x"), 7)


@settings(deadline=None)
@given(st.sampled_from([TRADE, QUOTE, DEPTH]), st.data())
def test_bytes_changed_on_the_way_are_a_message_or_garbled(data, draw):
    whole = bytearray(frame(data))
    for _ in range(draw.draw(st.integers(1, 4))):
        whole[draw.draw(st.integers(0, len(whole) - 1))] = draw.draw(st.integers(0, 255))
    with suppress(GarbledError):
        read(bytes(whole)[: draw.draw(st.integers(0, len(whole)))], 7)


@pytest.mark.parametrize(
    "result", [b"null", b"[]", b'{"lastUpdateId":1}', b'{"lastUpdateId":1,"bids":[["x","1"]],"asks":[]}']
)
def test_an_answer_that_is_no_book_is_garbled(result):
    with pytest.raises(GarbledError, match="A: expected a snapshot of the book"):
        read_snapshot(result, "A", 7)


@pytest.mark.parametrize("result", [b"null", b'[{"id":1}]', b'[{"id":1,"price":"x","qty":"1","time":1}]'])
def test_an_answer_that_is_no_trades_is_garbled(result):
    with pytest.raises(GarbledError, match="A: expected trades"):
        read_trades(result, "A", 7)


@settings(deadline=None)
@given(st.lists(st.integers(1, 30), min_size=1, max_size=80))
def test_trades_come_once_each_in_their_order_whatever_the_order_of_arrival(arriving):
    sequence, given_ = TradeSequence(), []
    for number in arriving:
        given_ += [one.number for one in sequence.take(_trade(number))]
    first = arriving[0]
    known, wanted = set(arriving), []
    while first in known:
        wanted.append(first)
        first += 1
    assert given_ == wanted


def test_numbers_tell_what_comes_again_and_what_comes_late():
    numbers = Numbers()
    assert [numbers.take(one) for one in (5, 7, 6, 7, 8)] == [
        Arrival.NEW, Arrival.NEW, Arrival.LATE, Arrival.DUPLICATE, Arrival.NEW,
    ]  # fmt: skip


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


def test_numbers_that_go_on_far_above_are_believed_from_the_second_on():
    numbers = Numbers()
    assert [numbers.take(one) for one in (5, 2**50, 2**50 + 1, 6)] == [
        Arrival.NEW, Arrival.FAR, Arrival.NEW, Arrival.LATE,
    ]  # fmt: skip


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


def outbox(limit=3):
    book = DepthSnapshot(symbol="A", ts_init=7, update_id=50, bids=(), asks=())
    return Outbox(dict.fromkeys(Kind, limit), Counter(), lambda _: book)


def _trade(number):
    return _received(Kind.TRADE, number)


def _received(kind, number):
    made = {
        Kind.TRADE: Trade(symbol="A", ts_event=1, ts_init=1, price=1, size=1),
        Kind.QUOTE: Quote(symbol="A", ts_event=1, ts_init=1, bid=1, ask=2, bid_size=1, ask_size=1),
        Kind.DEPTH: DepthDelta(symbol="A", ts_init=1, first_id=number, last_id=number, bids=(), asks=()),
        Kind.NOTICE: FeedNotice(notice=Notice.STALE, source="a", symbol="A", ts_event=1, ts_init=1),
    }
    return Received(kind, number, made[kind])


@pytest.mark.parametrize("kind", [Kind.QUOTE, Kind.NOTICE])
def test_of_what_is_superseded_the_oldest_is_dropped(kind):
    box = outbox()
    for number in range(10):
        box.put(_received(kind, number))
    assert [one.number for one in box.take(0)] == [7, 8, 9]
    assert OVERFLOW[kind] is Overflow.DROP_OLDEST


def test_depth_that_nobody_takes_becomes_the_whole_book():
    box = outbox()
    for number in range(50, 54):
        box.put(_received(Kind.DEPTH, number))
    (whole,) = box.take(0)
    assert isinstance(whole.event, DepthSnapshot)
    assert box._counts["depth_dropped"] == 4


def test_nothing_comes_after_a_trade_that_would_have_been_lost():
    box = outbox()
    for number in range(3):
        box.put(_trade(number))
    for _ in range(2):
        with pytest.raises(FeedBrokenError):
            box.put(_trade(3))
    assert [one.number for one in box.take(0)] == [0, 1, 2]
    with pytest.raises(FeedBrokenError):
        box.take(0)


def test_everybody_who_waits_learns_of_the_end(monkeypatch):
    asleep = Semaphore(0)

    class Told(Condition):
        """Tell of each waiter, who lets go of the lock only as he falls asleep."""

        def wait(self, timeout=None):
            asleep.release()
            return super().wait(timeout)

    monkeypatch.setattr("allause_market_data.live.outbox.Condition", Told)
    box = outbox()
    takers = [Thread(target=box.take, daemon=True) for _ in range(3)]
    for taker in takers:
        taker.start()
        asleep.acquire()
    box.end()
    for taker in takers:
        taker.join(2)
    assert [taker.is_alive() for taker in takers] == [False] * 3


@pytest.mark.parametrize("kind", list(Kind))
def test_no_kind_can_wait_without_bound(kind):
    box = outbox()
    try:
        for number in range(1_000):
            box.put(_received(kind, number))
    except FeedBrokenError:
        assert kind is Kind.TRADE
    assert sum(box.waiting().values()) <= 3


@pytest.mark.long
def test_a_million_quotes_that_nobody_takes_need_no_more_memory_than_the_last_thousand():
    box = outbox(1_000)
    for number in range(10_000):
        box.put(_received(Kind.QUOTE, number))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number in range(1_000_000):
        box.put(_received(Kind.QUOTE, number))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50 * 1_024  # KiB
    assert box._counts["quotes_dropped"] == 1_009_000


def test_an_outbox_without_its_bound_is_found_out(monkeypatch):
    monkeypatch.setattr(Outbox, "_overflow", lambda _, received, __: received)
    with pytest.raises(AssertionError):
        test_no_kind_can_wait_without_bound(Kind.QUOTE)


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
