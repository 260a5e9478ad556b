"""What becomes of the bytes of each message of a live feed, whatever they are."""

import json
from contextlib import suppress
from decimal import Decimal
from functools import partial

import pytest
from frames import DEPTH, QUOTE, TRADE, frame
from hypothesis import given, settings
from hypothesis import strategies as st

from allause.depth import DepthDelta
from allause.models import Quote, Trade
from allause_market_data.live import (
    Kind,
)
from allause_market_data.live.messages import Answer, GarbledError, read, read_snapshot, read_trades, subscription


def test_messages_of_the_three_streams_become_events():
    assert read(frame(TRADE), 7).event == Trade(symbol="A", ts_event=4_000_000, ts_init=7, price=100.5, size=2)
    quote = Quote(symbol="A", ts_event=7, ts_init=7, bid=99.5, ask=100.5, bid_size=1, ask_size=3)
    assert read(frame(QUOTE, "a@bookTicker"), 7).event == quote
    level = (Decimal("99.5"), Decimal(1))
    assert read(frame(DEPTH), 7).event == DepthDelta(
        symbol="A", ts_event=5_000_000, ts_init=7, first_id=11, last_id=12, bids=(level,), asks=()
    )


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
