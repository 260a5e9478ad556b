"""Books driven by recorded data: they end as the recorded ones, they chain, or they refuse."""

import json
from decimal import Decimal
from gzip import open as gzip_open
from pathlib import Path
from zipfile import ZipFile

import attrs
import msgspec
import pytest

from allause.exceptions import DataError, VenueError
from allause.models import OrderStatus, OrderType
from allause.models.market import Quote, Trade
from allause.models.venue import Instrument
from allause.venue import LIQUIDITY, DepthDelta, DepthSnapshot, LogEvent, Venue
from allause.venue.liquidity import Liquidity
from allause.venue.recorded import binance, lean_quotes

pytestmark = pytest.mark.long

_DATA = Path(__file__).parents[3] / "shared" / "data"
_SPOT = "orderbook/binance/spot/btcusdt_20240808.gz"
_NEXT = "orderbook/binance/spot/btcusdt_20240809.gz"
_PERPETUAL = "orderbook/binance/cm/btcusd_perp_20240808.gz"
_GRIDS = {
    "BTCUSDT": Instrument(symbol="BTCUSDT", tick_size=Decimal("0.01"), lot_size=Decimal("1e-8")),
    "BTCUSD_PERP": Instrument(symbol="BTCUSD_PERP", tick_size=Decimal("0.1"), lot_size=Decimal(1)),
}


def _recording(name):
    path = _DATA / name
    if not path.exists():
        pytest.skip(f"{name} is not beside this checkout")
    return gzip_open(path)


def _expected(name):
    return json.loads((_DATA / "EXPECTED.json").read_text(encoding="utf-8"))[name]


def _replay(venue, name, symbol, kinds=(DepthSnapshot, DepthDelta)):
    with _recording(name) as lines:
        for event in binance(lines, symbol):
            if isinstance(event, kinds):
                venue.apply(event)
    return venue


def _venue(symbol):
    venue = Venue()
    venue.list_instrument(_GRIDS[symbol])
    return venue


@pytest.mark.parametrize(("name", "symbol"), [(_SPOT, "BTCUSDT"), (_PERPETUAL, "BTCUSD_PERP")])
def test_final_book_equals_the_recorded_one(name, symbol):
    venue = _replay(_venue(symbol), name, symbol)
    venue.check_depth()
    bids, asks = venue.recorded_levels(symbol)
    expected = _expected(name)
    told = {
        "best_bid": float(bids[0][0]), "best_ask": float(asks[0][0]),
        "bid_levels": len(bids), "ask_levels": len(asks),
        "last_ticker": [float(bids[0][0]), float(asks[0][0])],
        "depth_applied": sum(record.event is LogEvent.DEPTH for record in venue.log) - 1,
    }  # fmt: skip # the snapshot is one of the records
    assert told == {key: expected[key] for key in told} | {"last_ticker": [*map(float, expected["last_ticker"])]}


def test_recorded_trades_are_all_printed_and_change_no_recorded_level():
    venue = _replay(_venue("BTCUSDT"), _SPOT, "BTCUSDT", (DepthSnapshot, DepthDelta, Trade))
    expected = _expected(_SPOT)
    trades = [record for record in venue.log if record.event is LogEvent.TRADED]
    volume = sum(trade.quantity for trade in trades)
    vwap = sum(trade.quantity * trade.price for trade in trades) / volume
    assert (len(trades), float(volume)) == (expected["trades"], expected["volume"])
    assert float(round(vwap, 6)) == expected["vwap"]
    assert len(venue.recorded_levels("BTCUSDT")[0]) == expected["bid_levels"]


def test_last_book_ticker_is_the_best_quote():
    venue = _replay(_venue("BTCUSDT"), _NEXT, "BTCUSDT", Quote)
    (bid,), (ask,) = venue.recorded_levels("BTCUSDT")
    assert [bid[0], ask[0]] == [*map(Decimal, _expected(_NEXT)["last_ticker"])]


def test_recording_without_a_snapshot_is_refused_and_continues_another():
    with pytest.raises(DataError, match=r"BTCUSDT: \d+ depth changes from update 50093421585 on have no snapshot"):
        _replay(_venue("BTCUSDT"), _NEXT, "BTCUSDT")
    venue = _replay(_replay(_venue("BTCUSDT"), _SPOT, "BTCUSDT"), _NEXT, "BTCUSDT")
    venue.check_depth()
    bids, asks = venue.recorded_levels("BTCUSDT")
    assert [bids[0][0], asks[0][0]] == [*map(Decimal, _expected(_NEXT)["last_ticker"])]


def test_order_trades_with_recorded_depth_at_recorded_prices(order):
    venue = _replay(_venue("BTCUSDT"), _SPOT, "BTCUSDT")
    _, asks = venue.recorded_levels("BTCUSDT")
    wanted = asks[0][1] + asks[1][1] + Decimal("0.00001")
    venue.submit(order(f"buy {wanted}", "a", symbol="BTCUSDT"))
    told = [(fill.last_px, fill.last_qty) for fill in venue.fills()]
    assert told == [*asks[:2], (asks[2][0], Decimal("0.00001"))]


def test_recorded_minute_quotes_are_traded_with_as_they_stand(order):
    path = _DATA / "lean/equity/usa/minute/aapl/20140605_quote.zip"
    if not path.exists():
        pytest.skip(f"{path.name} is not beside this checkout")
    venue = Venue()
    venue.list_instrument(Instrument(symbol="AAPL", tick_size=Decimal("0.01"), lot_size=Decimal(1)))
    with ZipFile(path) as archive:
        rows = archive.read(archive.namelist()[0]).decode().splitlines()
    quotes = list(lean_quotes(rows, "AAPL", midnight=0, fixed_point=True))
    assert len(quotes) == 830
    for quote in quotes:
        venue.apply(quote)
    assert venue.now_ns == quotes[-1].ts_init
    venue.submit(order("sell 1", symbol="AAPL"))
    assert float(venue.fills()[0].last_px) == quotes[-1].bid


# made by hand


def _levels(text):
    return tuple((Decimal(price), Decimal(size)) for price, size in (pair.split(":") for pair in text.split()))


def _snapshot(update=10, bids="99:5 98:5", asks="101:5 102:5"):
    return DepthSnapshot(symbol="AAA", ts_init=5, update_id=update, bids=_levels(bids), asks=_levels(asks))


def _delta(first, last, bids="", asks="", previous=None):
    return DepthDelta(
        symbol="AAA", ts_init=5, first_id=first, last_id=last, previous_id=previous,
        bids=_levels(bids), asks=_levels(asks),
    )  # fmt: skip


@pytest.fixture
def deep():
    venue = Venue()
    venue.apply(_snapshot())
    return venue


def test_change_before_the_snapshot_waits_for_it(empty):
    for event in (_delta(8, 9, "99:1"), _delta(10, 12, "99:2"), _delta(13, 13, "97:1")):
        empty.apply(event)
    assert empty.recorded_levels("AAA") == ((), ())
    empty.apply(_snapshot(11))
    assert [int(size) for _, size in empty.recorded_levels("AAA")[0]] == [2, 5, 1]


@pytest.mark.parametrize(
    ("delta", "words"),
    [
        (_delta(12, 13), "missing after 10; the next change begins with 12;"),
        (_delta(15, 16, previous=12), "missing after 10; the next change begins with 15 and follows 12;"),
    ],
)
def test_gap_is_refused_with_both_ids_and_healed_by_a_snapshot(deep, delta, words):
    with pytest.raises(DataError, match=words):
        deep.apply(delta)
    deep.apply(_delta(17, 18))
    with pytest.raises(DataError, match="from update 17 on"):
        deep.check_depth()
    deep.apply(_snapshot(17, "90:1", "91:1"))
    deep.check_depth()
    assert deep.recorded_levels("AAA") == (_levels("90:1"), _levels("91:1"))


def test_change_seen_already_is_left_out(deep):
    deep.apply(_delta(11, 12, "99:7"))
    deep.apply(_delta(11, 12, "99:9"))
    assert deep.recorded_levels("AAA")[0][0] == (99, 7)


def test_futures_chain_by_the_id_before(deep):
    deep.apply(_delta(14, 15, "99:7", previous=9))
    deep.apply(_delta(20, 21, "99:8", previous=15))
    assert deep.recorded_levels("AAA")[0][0] == (99, 8)


def test_bad_level_changes_nothing(deep):
    before = deep.log_bytes()
    with pytest.raises(DataError, match=r"recorded -1 at 99; expected each"):
        deep.apply(_delta(11, 12, "98:0 99:-1"))
    assert (deep.log_bytes(), len(deep.recorded_levels("AAA")[0])) == (before, 2)


def test_quotes_of_an_instrument_that_shows_depth_are_refused(deep):
    with pytest.raises(DataError, match="AAA shows recorded depth"):
        deep.quote("AAA", 1, 2, 1, 1, ts=5)


def test_level_keeps_its_place_when_its_size_changes_and_loses_it_when_it_vanishes(deep, order):
    deep.submit(order("buy 1 @ 99", "a"))
    deep.apply(_delta(11, 11, "99:9"))
    deep.submit(order("sell 9 @ 99", "b"), "other")
    assert deep.fills() == ()
    deep.apply(_delta(12, 12, "99:0"))
    deep.apply(_delta(13, 13, "99:9"))
    deep.submit(order("sell 1 @ 99", "c"), "other")
    assert [fill.client_order_id for fill in deep.fills()] == ["a"]


def test_recorded_level_that_crosses_an_order_fills_it_at_its_price(deep, order):
    deep.submit(order("sell 2 @ 100", "a"))
    deep.apply(_delta(11, 11, "100:5"))
    assert [(fill.last_qty, fill.last_px) for fill in deep.fills()] == [(2, 100)]
    assert deep.recorded_levels("AAA")[0][0] == (100, 3)


def _trade(price, size):
    return Trade(symbol="AAA", ts_event=5, ts_init=5, price=price, size=size)


def test_recorded_trade_fills_what_is_priced_better(deep, order):
    deep.submit(order("buy 2 @ 100", "a"))
    deep.apply(_trade(99.5, 1.0))
    assert [(fill.last_qty, fill.last_px, fill.fee) for fill in deep.fills()] == [(1, 100, 0)]


def test_recorded_trade_at_its_price_fills_only_what_stands_first(deep, order):
    deep.submit(order("buy 2 @ 99", "behind"))
    deep.apply(_trade(99.0, 1.0))
    assert deep.fills() == ()
    deep.apply(_delta(11, 11, "99:0"))
    deep.apply(_trade(99.0, 1.0))
    assert len(deep.fills()) == 1


def test_recorded_trade_triggers_stops(deep, order):
    stop = attrs.evolve(order("buy 1", "a"), order_type=OrderType.STOP, stop_price=Decimal(100))
    deep.submit(stop)
    deep.apply(_trade(99.0, 1.0))
    assert deep.orders()[0].status is OrderStatus.ACCEPTED
    deep.apply(_trade(100.0, 1.0))
    assert [(fill.client_order_id, fill.last_px) for fill in deep.fills()] == [("a", 101)]


def test_market_that_waits_for_its_snapshot_refuses_orders(empty, order):
    empty.apply(_delta(1, 2, "99:1", "101:1"))
    with pytest.raises(VenueError, match="nobody offers"):
        empty.submit(order("buy 1"))


@pytest.mark.parametrize(
    "line", ["", "12", "x {}", "1 {}", '1 {"data":{"e":"depthUpdate"}}', '1 {"data":{"b":"x","a":1,"B":1,"A":1}}']
)
def test_line_of_another_kind_is_refused_with_its_number(line):
    with pytest.raises(DataError, match="AAA: line 1 is no depth"):
        list(binance([line], "AAA"))


@pytest.mark.parametrize("row", ["", "1,2,3", "x,1,1,1,1,1,1,1,1,1,1", "1,1,1,1,1e,1,1,1,1,1,1"])
def test_row_that_is_no_quote_bar_is_refused_with_its_number(row):
    with pytest.raises(DataError, match="AAA: row 1 is no LEAN quote bar"):
        list(lean_quotes([row], "AAA", 0, fixed_point=False))


def test_absent_side_of_a_quote_bar_has_no_size():
    (quote,) = lean_quotes(["60000,,,,,,2,2,2,20000,5"], "AAA", 0, fixed_point=True)
    assert (quote.bid_size, quote.ask, quote.ask_size, quote.ts_init) == (0, 2, 5, 60_000_000_000)


def _forgets_to_remove(self, listing, levels, *, is_whole):
    _show(self, listing, {place: size for place, size in levels.items() if size[0]}, is_whole=is_whole)


_show = Liquidity._show


def test_book_that_keeps_emptied_levels_is_noticed(monkeypatch):
    monkeypatch.setattr(Liquidity, "_show", _forgets_to_remove)
    with pytest.raises(AssertionError):
        test_final_book_equals_the_recorded_one(_SPOT, "BTCUSDT")


def test_levels_are_orders_of_the_liquidity_account(deep):
    assert {o.account for o in deep._listings["AAA"].book.bids} == {LIQUIDITY}
    assert msgspec.structs.asdict(deep.log[-1])["update_id"] == 10
