"""The market around a recorded bar."""

from decimal import Decimal
from gzip import open as gzip_open
from pathlib import Path

import pytest

from allause.exceptions import DataError, VenueError
from allause.models import Bar
from allause.venue import Venue

_RECORDED = Path(__file__).parents[3] / "shared" / "data" / "pypi" / "arch_sp500.csv.gz"


def _bar(close=100.0, volume=1_000.0, ts=10):
    return Bar(symbol="AAA", ts_event=ts, ts_init=ts, open=1.0, high=200.0, low=1.0, close=close, volume=volume)


@pytest.mark.parametrize(("side", "price"), [("buy", "100.01"), ("sell", "99.99")])
def test_market_order_fills_one_tick_beside_the_close(order, side, price):
    venue = Venue()
    venue.bar(_bar())
    venue.submit(order(f"{side} 1"))
    assert venue.fills()[0].last_px == Decimal(price)


def test_quoted_size_is_the_stated_share_of_the_volume_in_whole_units(order):
    venue = Venue(volume_share=Decimal("0.05"))
    venue.bar(_bar(volume=1_019.0))
    venue.submit(order("buy 1000"))
    assert venue.orders()[0].filled_qty == 50


def test_high_and_low_of_a_bar_fill_nothing(order):
    venue = Venue()
    venue.bar(_bar())
    venue.submit(order("buy 1 @ 50"))
    venue.bar(_bar(ts=20))
    assert venue.fills() == ()


@pytest.mark.parametrize("volume", [0.0, 99.0, float("nan")])
def test_bar_without_enough_recorded_volume_leaves_no_market(order, volume):
    venue = Venue()
    venue.bar(_bar())
    venue.bar(_bar(volume=volume, ts=20))
    with pytest.raises(VenueError, match="nobody offers"):
        venue.submit(order("buy 1"))


def test_bar_at_one_tick_has_no_bid_but_an_ask(order):
    venue = Venue()
    venue.bar(_bar(close=0.01))
    venue.submit(order("buy 1"))
    with pytest.raises(VenueError, match="nobody offers"):
        venue.submit(order("sell 1"))


@pytest.mark.parametrize("close", [0.0, -1.0, float("nan"), float("inf")])
def test_close_that_is_no_price_is_refused(close):
    with pytest.raises(DataError, match="AAA: expected a positive close"):
        Venue().bar(_bar(close=close))


@pytest.mark.parametrize("volume", [-1.0, float("inf")])
def test_volume_that_is_none_is_refused(volume):
    with pytest.raises(DataError, match="AAA: expected a volume"):
        Venue().bar(_bar(volume=volume))


def test_recorded_market_is_traded_at_recorded_prices(order):
    if not _RECORDED.exists():
        pytest.skip(f"{_RECORDED.name} is not beside this checkout")
    venue = Venue()
    with gzip_open(_RECORDED, "rt", encoding="utf-8") as lines:
        rows = [line.split(",") for line in list(lines)[1:200]]
    closes = []
    for number, row in enumerate(rows):
        venue.bar(_bar(close=float(row[4]), volume=float(row[6]), ts=number))
        venue.submit(order("buy 1"))
        closes.append(Decimal(repr(float(row[4]))))
    assert [fill.last_px - Decimal("0.01") for fill in venue.fills()] == closes
