"""Recorded streams, line by line: what each message becomes, and which lines are refused."""

import json
import random

import pytest
from typer.testing import CliRunner

from allause.exceptions import DataError
from allause_market_data import MarketDataConfig
from allause_market_data.books import OrderBook, depth_events
from allause_market_data.command import app
from allause_market_data.reading import Schema, held_source, read_source

TRADE = {"e": "trade", "E": 90, "s": "X", "t": 1, "p": "10.5", "q": "2"}
TICKER = {"s": "X", "u": 1, "b": "10", "B": "1", "a": "11", "A": "2"}
DELTA = {"e": "depthUpdate", "E": 90, "s": "X", "U": 11, "u": 11, "b": [["10", "1"]], "a": []}


def line(data, stream="x@trade", when=100_000_000):
    return f"{when} {json.dumps({'stream': stream, 'data': data})}"


def recorded(*lines, **config):
    data = ("\n".join(lines) + "\n").encode()
    return {batch.schema: batch.frame for batch in read_source(held_source(data, "rec"), MarketDataConfig(**config))}


def refusal(*lines):
    with pytest.raises(DataError) as caught:
        recorded(line(TRADE), *lines)
    text = str(caught.value)
    assert text.startswith("rec: expected ")
    assert "in line 2" in text, text
    assert "\n" not in text
    return text


@pytest.mark.parametrize(
    ("data", "stream", "found"),
    [
        ({"e": "kline", "E": 90, "s": "X"}, "x@kline_1m", "one of kind 'kline'"),
        ({"e": "markPriceUpdate", "E": 90, "s": "X", "p": "10"}, "x@markPrice", "one of kind 'markPriceUpdate'"),
        ({"e": "aggTrade", "s": "X", "a": 7, "p": "1", "q": "1", "T": 5}, "x@aggTrade", "one of kind 'aggTrade'"),
        ({**TICKER, "a": 7}, "x@bookTicker", "without its best prices"),
        ({**DELTA, "a": 7}, "x@depth", "without levels"),
        ({"s": "X"}, "x@ticker", "one of kind 'ticker'"),
        ({**TRADE, "s": None}, "x@trade", "one without a symbol"),
        ({**TICKER, "b": [["10", "1"]]}, "x@bookTicker", "without its best prices"),
        ({**DELTA, "b": "10"}, "x@depth", "without levels"),
        ({**TRADE, "p": "abc"}, "x@trade", "expected a number as price in line 2, found 'abc'"),
        ({**TRADE, "q": "1_0"}, "x@trade", "expected a number as size in line 2, found '1_0'"),
        ({**TICKER, "A": ""}, "x@bookTicker", "expected a number as ask_size in line 2, found ''"),
        ({**DELTA, "b": [["10", "1"], ["?", "1"]]}, "x@depth", "expected a number as price in line 2, found '?'"),
        ({**TRADE, "p": "12345678.123456789"}, "x@trade", "binary64 holds unchanged as price in line 2"),
        ({**TRADE, "T": 99_999_999_999_999}, "x@trade", "damage"),
        ({**TRADE, "t": 2**63}, "x@trade", "damage"),
    ],
)
def test_message_that_is_none_of_the_three_or_garbled_is_refused_with_its_line(data, stream, found):
    assert found in refusal(line(data, stream))


@pytest.mark.parametrize("when", ["1_0", "-1", "", str(2**63)])
def test_time_that_is_none_is_refused_with_its_line(when):
    assert "is no time" in refusal(line(TRADE, when=when))


def test_refused_recording_does_not_hinder_the_other_files_of_a_folder(tmp_path):
    (tmp_path / "a.txt").write_text(line({**TRADE, "p": "abc"}) + "\n")
    (tmp_path / "b.txt").write_text(line(TRADE) + "\n")
    done = CliRunner().invoke(app, ["check", str(tmp_path)])
    assert done.exit_code == 1
    assert "1 trade rows of 1 instrument: 1 clean" in done.stdout
    assert "refused: a.txt: expected a number as price in line 1, found 'abc'" in done.stdout.replace(
        f"{tmp_path}/", ""
    )


@pytest.mark.parametrize("gone", ["p", "q"])
def test_trade_without_a_price_or_size_is_found_by_the_gate(tmp_path, gone):
    path = tmp_path / "rec"
    path.write_text(line(TRADE) + "\n" + line({**TRADE, "t": 2, gone: None}) + "\n")
    done = CliRunner().invoke(app, ["check", str(path)])
    assert "1 clean, 0 repaired, 1 rejected" in done.stdout
    assert "non_finite                1  reject\n      row 2, X" in done.stdout


def test_trade_that_names_no_time_has_that_of_its_receipt():
    assert recorded(line({**TRADE, "E": None}))[Schema.TRADE]["ts_event"].to_list() == [100_000_000]


def test_snapshot_without_a_symbol_keeps_its_place_before_what_follows_it():
    snapshot = f"1 {json.dumps({'lastUpdateId': 10, 'bids': [['10', '1']], 'asks': [['12', '1']]})}"
    deltas = [line({**DELTA, "U": at, "u": at}, "x@depth") for at in range(11, 1_511)]
    for config in ({}, {"symbol": "X"}):
        rows = recorded(snapshot, *deltas, **config)[Schema.DEPTH]
        assert rows["row"].is_sorted()
        assert rows["symbol"].unique().to_list() == ["X"]
        book = OrderBook("X")
        for event in depth_events(rows):
            book.take(event)
        assert book.update_id == 1_510


def test_garbled_recordings_are_read_or_refused_in_one_line():
    whole = "\n".join([line(TRADE), line(TICKER, "x@bookTicker"), line(DELTA, "x@depth"), line({**TRADE, "t": 2})])
    seed = random.Random(5)
    said = []
    for _ in range(400):
        data = bytearray(whole.encode() + b"\n")
        for _ in range(seed.randint(1, 3)):
            data[seed.randrange(12, len(data))] = seed.choice(b'0123456789ab"{}[]:,-. \n')
        try:
            list(read_source(held_source(bytes(data), "rec"), MarketDataConfig()))
        except DataError as error:
            said.append(str(error))
    assert 100 < len(said) < 400
    assert [text for text in said if not text.startswith("rec: expected ") or "\n" in text] == []


@pytest.mark.parametrize("depth", [3_000, 100_000])
def test_line_nested_beyond_reason_is_refused_with_its_number(depth):
    nested = "[" * depth + "]" * depth
    # how deep is too deep is Python's to say; what it still reads is no message all the same
    assert "in line 2, found" in refusal(f'100000000 {{"stream":"x@trade","more":{nested}}}')
    rows = f'{{"time":"2020-01-01T00:00:00Z","price":1}}\n{{"time":"{100 * chr(233)}","price":{nested}}}\n'
    with pytest.raises(DataError, match=r"^rec: expected a flat JSON object in line 2, found"):
        recorded(*rows.splitlines())
