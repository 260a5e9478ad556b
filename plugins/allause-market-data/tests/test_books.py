"""Books kept from depth: those of the recordings are the ones that were computed independently."""

import json
from collections import deque
from decimal import Decimal

import msgspec
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from allause.depth import DepthDelta, DepthSnapshot
from allause.exceptions import DataError
from allause_market_data import MarketDataConfig
from allause_market_data.books import OrderBook, depth_events
from allause_market_data.reading import Schema, open_source, read_source

ONE = Decimal(1)


def snapshot(update_id, bids=((99, 1),), asks=((101, 1),)):
    return DepthSnapshot(symbol="A", ts_init=1, update_id=update_id, bids=levels(bids), asks=levels(asks))


def delta(first, last, bids=(), asks=(), previous=None):
    return DepthDelta(
        symbol="A", ts_init=2, first_id=first, last_id=last, previous_id=previous, bids=levels(bids), asks=levels(asks)
    )


def levels(pairs):
    return tuple((Decimal(price), Decimal(size)) for price, size in pairs)


@pytest.mark.parametrize("name", ["spot/btcusdt_20240808.gz", "cm/btcusd_perp_20240808.gz"])
def test_the_final_book_of_a_recording_is_the_expected_one(shared, name):
    expected = json.loads((shared / "EXPECTED.json").read_text())[f"orderbook/binance/{name}"]
    source = open_source(shared / "orderbook" / "binance" / name)
    parts = [one.frame for one in read_source(source, MarketDataConfig()) if one.schema is Schema.DEPTH]
    events = list(depth_events(pl.concat(parts)))
    book = OrderBook(events[0].symbol)
    applied = [one for event in events for one in book.take(event)]
    (bid, _), (ask, _) = book.best()
    assert (float(bid), float(ask)) == (expected["best_bid"], expected["best_ask"])
    assert [len(side) for side in book.levels()] == [expected["bid_levels"], expected["ask_levels"]]
    assert sum(isinstance(one, DepthDelta) for one in applied) == expected["depth_applied"]


def test_a_recording_without_a_snapshot_has_no_book(shared):
    source = open_source(shared / "orderbook" / "binance" / "spot" / "btcusdt_20240809.gz")
    first = next(one.frame for one in read_source(source, MarketDataConfig()) if one.schema is Schema.DEPTH)
    book = OrderBook("BTCUSDT")
    with pytest.raises(DataError, match="no snapshot to begin with"):
        deque(map(book.take, depth_events(first)))
    with pytest.raises(DataError, match="the book is not known"):
        book.best()


def test_a_book_is_not_known_before_its_snapshot_nor_after_a_gap():
    book = OrderBook("A")
    with pytest.raises(DataError, match="not known"):
        book.levels()
    book.take(snapshot(10))
    assert book.best() == ((99, 1), (101, 1))
    with pytest.raises(DataError, match="updates are missing after 10"):
        book.take(delta(12, 13, bids=[(100, 1)]))
    with pytest.raises(DataError, match="not known"):
        book.best()


def test_the_change_after_a_gap_waits_for_the_snapshot():
    book = OrderBook("A")
    book.take(snapshot(10))
    with pytest.raises(DataError):
        book.take(delta(12, 13, bids=[(100, 1)]))
    book.take(snapshot(11))
    assert book.best()[0] == (100, 1)
    assert book.update_id == 13


def test_changes_that_wait_are_applied_in_the_order_of_their_ids():
    book = OrderBook("A")
    book.take(delta(12, 12, bids=[(100, 0)]))
    book.take(delta(11, 11, bids=[(100, 5)]))
    book.take(snapshot(10))
    assert book.levels() == (((99, ONE),), ((101, ONE),))


def test_a_size_of_nothing_takes_the_level_away_and_an_empty_side_has_no_best():
    book = OrderBook("A")
    book.take(snapshot(1))
    book.take(delta(2, 2, bids=[(99, 0)]))
    assert book.best() == (None, (101, 1))


@given(st.lists(st.tuples(st.sampled_from("ba"), st.integers(1, 9), st.integers(0, 2)), max_size=60))
def test_the_best_is_that_of_all_levels_after_any_changes(changes):
    book = OrderBook("A")
    book.take(snapshot(0, bids=(), asks=()))
    for number, (side, price, size) in enumerate(changes, start=1):
        book.take(delta(number, number, **{"bids" if side == "b" else "asks": [(price, size)]}))
        bids, asks = book.levels()
        assert book.best() == (bids[0] if bids else None, asks[0] if asks else None)
        assert book.is_crossed() == bool(bids and asks and bids[0][0] > asks[0][0])


def test_too_many_waiting_changes_are_refused_and_let_go():
    book = OrderBook("A")
    with pytest.raises(DataError, match="1001 depth changes"):
        deque(book.take(delta(number, number)) for number in range(1_001))
    for number in range(1_001, 1_100):
        book.take(delta(number, number))


def test_a_snapshot_of_the_book_begins_an_equal_one():
    book, other = OrderBook("A"), OrderBook("A")
    book.take(snapshot(1, bids=[(99, 1), (98, 2)]))
    book.take(delta(2, 4, asks=[(102, 3)]))
    other.take(book.snapshot())
    assert other.levels() == book.levels()
    assert other.update_id == 4


def test_an_event_of_another_instrument_or_of_less_than_nothing_changes_nothing():
    book = OrderBook("A")
    with pytest.raises(DataError, match="A: expected its own depth, found that of 'B'; keep a book of each"):
        book.take(msgspec.structs.replace(snapshot(10), symbol="B"))
    book.take(snapshot(10))
    with pytest.raises(DataError, match="A: expected sizes of at least 0, found -5 at 100"):
        book.take(delta(11, 11, bids=[(100, -5)]))
    assert book.best() == ((99, 1), (101, 1))
    assert book.take(delta(11, 11, bids=[(100, 5)]))
