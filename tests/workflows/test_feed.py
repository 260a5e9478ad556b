"""Recorded prices become quotes around them, whatever the form they were recorded in."""

from decimal import Decimal

import pytest

from allause.models import Bar, Quote, Side, Trade
from allause.venue import Venue
from allause.workflows.feed import as_bar, level, show

BAR = Bar(symbol="S", ts_event=5, ts_init=6, open=1.0, high=3.0, low=0.5, close=20.0, volume=7.0)
TRADE = Trade(symbol="S", ts_event=5, ts_init=6, price=20.0, size=7.0)
QUOTE = Quote(symbol="S", ts_event=5, ts_init=6, bid=19.0, ask=21.0, bid_size=3.0, ask_size=4.0)


@pytest.mark.parametrize("event", [BAR, TRADE, QUOTE])
def test_the_recorded_price_lies_between_the_quotes(event):
    at = level(event)
    assert (at.symbol, at.ts, at.price) == ("S", 5, Decimal(20))
    assert (at.bid, at.ask) == (Decimal("19.998"), Decimal("20.002"))
    assert (at.far(Side.BUY), at.near(Side.BUY)) == (at.ask, at.bid)
    assert (at.far(Side.SELL), at.near(Side.SELL)) == (at.bid, at.ask)


@pytest.mark.parametrize("price", [0.00001234, 0.1 + 0.2, 1 / 3, 98_765.4321, 1e9 + 0.1])
def test_the_venue_takes_prices_of_every_size(price):
    venue = Venue()
    show(venue, level(Trade(symbol="S", ts_event=1, ts_init=1, price=price, size=1.0)), Decimal(5))
    assert [record.event for record in venue.log] == ["quoted", "quoted"]


@pytest.mark.parametrize(("event", "volume"), [(TRADE, 7.0), (QUOTE, 7.0)])
def test_a_trade_or_quote_becomes_a_bar_of_its_own(event, volume):
    bar = as_bar(event)
    assert (bar.open, bar.high, bar.low, bar.close, bar.volume) == (20.0, 20.0, 20.0, 20.0, volume)
    assert (bar.symbol, bar.ts_event, bar.ts_init) == ("S", 5, 6)


def test_a_bar_stays_as_it_is():
    assert as_bar(BAR) is BAR
