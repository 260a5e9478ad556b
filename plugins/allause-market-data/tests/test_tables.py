"""Rows that are no events: depth, options and observations, from a file and from a store."""

import json

import pytest

from allause.exceptions import ConfigurationError, DataError
from allause_market_data import LiveMarketDataSystem, MarketDataConfig, converting
from allause_market_data.books import OrderBook, depth_events
from allause_market_data.converting import convert
from allause_market_data.reading import Schema, packing, streams

DAY_MS = 86_400_000
FEBRUARY = 31 * DAY_MS


def update(first, last, event, price="10"):
    data = {"e": "depthUpdate", "E": event, "s": "X", "U": first, "u": last, "b": [[price, "1"]], "a": [["12", "1"]]}
    return json.dumps({"stream": "x@depth", "data": data})


def recording(path, *, trades=False):
    """A snapshot and changes whose venue's clock goes back, over the end of a month too."""
    lines = [json.dumps({"lastUpdateId": 10, "E": FEBRUARY - 100, "symbol": "X", "bids": [["9", "1"]], "asks": []})]
    lines += [update(11, 12, FEBRUARY - 10), update(13, 14, FEBRUARY + 5), update(15, 16, FEBRUARY - 20)]
    lines += [update(17, 18, FEBRUARY + 5), update(19, 19, FEBRUARY + 1)]
    if trades:
        data = {"e": "trade", "E": FEBRUARY, "s": "X", "t": 1, "p": "10.5", "q": "2"}
        lines.append(json.dumps({"stream": "x@trade", "data": data}))
    path.write_text("".join(f"{(FEBRUARY + 1_000 + at) * 10**6} {line}\n" for at, line in enumerate(lines)))
    return path


def served(path, **options):
    return LiveMarketDataSystem(MarketDataConfig(path=path, **options))


@pytest.mark.parametrize("in_parts", [False, True])
def test_book_of_a_store_is_that_of_the_file_whatever_the_clock_says(tmp_path, monkeypatch, in_parts):
    file = recording(tmp_path / "rec")
    if in_parts:
        monkeypatch.setattr(packing, "_UNPACKED", 100)
        monkeypatch.setattr(streams, "_BLOCK", 100)
        monkeypatch.setattr(converting, "MOST_ROWS", 1)
    convert(file, tmp_path / "store", MarketDataConfig())
    assert len([*(tmp_path / "store").rglob("*.parquet")]) == (6 if in_parts else 2)
    ours, theirs = (served(path, schema="depth").get_market_data(["X"]) for path in (tmp_path / "store", file))
    assert ours.equals(theirs)
    book = OrderBook("X")
    for event in depth_events(ours):
        book.take(event)
    assert book.update_id == 19


def test_every_schema_of_a_store_or_file_can_be_chosen(tmp_path):
    file = recording(tmp_path / "rec", trades=True)
    convert(file, tmp_path / "store", MarketDataConfig())
    for path in (file, tmp_path / "store"):
        found = served(path, schema="depth").get_market_data(["X"])
        assert (tuple(found.columns), found.height) == (Schema.DEPTH.columns, 11)
        nothing = served(path, schema="depth").get_market_data(["X"], 1, 2)
        assert nothing.schema == found.schema
        assert len(list(served(path, schema="trade").stream_market_data(["X"]))) == 1
    with pytest.raises(ConfigurationError, match="expected trade, depth, found schema = 'option'"):
        served(tmp_path / "store", schema="option").get_symbols()
    for schema in Schema:
        assert MarketDataConfig(schema=schema.value).schema == schema


def test_depth_is_no_trade_to_stream(tmp_path):
    file = recording(tmp_path / "rec")
    convert(file, tmp_path / "store", MarketDataConfig())
    for path in (file, tmp_path / "store"):
        system = served(path, schema="depth")
        with pytest.raises(DataError, match="expected bars, quotes or trades to stream, found depth; ask for tables"):
            system.stream_market_data(["X"])
    with pytest.raises(DataError, match="expected bars, quotes or trades, found depth; choose it with schema"):
        served(file).get_symbols()


def test_observations_are_no_events(tmp_path):
    (tmp_path / "wide.csv").write_text("date,A,B\n2020-01-02,1,2\n2020-01-03,1.5,2\n")
    convert(tmp_path / "wide.csv", tmp_path / "store", MarketDataConfig(wide=True))
    system = served(tmp_path / "store")
    assert system.get_market_data(["A"])["value"].to_list() == [1, 1.5]
    with pytest.raises(DataError, match="to stream, found observation"):
        system.stream_market_data(["A"])


def test_chain_of_an_option_store_is_served_and_not_streamed_as_quotes(tmp_path, recorded):
    chain = recorded("lean/option/usa/universes/goog/20151224.csv.gz")
    convert(chain, tmp_path / "store", MarketDataConfig(schema=None))
    system = served(tmp_path / "store", schema="option")
    symbols = system.get_symbols()
    assert system.get_market_data(symbols)["strike"].is_not_null().all()
    with pytest.raises(DataError, match="to stream, found option"):
        system.stream_market_data(symbols)
