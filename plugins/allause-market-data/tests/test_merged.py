"""Several feeds taken as one when some of them are over, without a network."""

from threading import Event

import pytest

pytest.importorskip("websockets", reason="websockets, the extra live, is not installed")
from allause.models import Trade
from allause_market_data.live import FeedBrokenError, Kind, Notice, Received, Rule, SourceSettings, merged
from allause_market_data.live.arbitration import Arbiter
from allause_market_data.live.feed import LiveFeed

NAMES = ("a", "b", "c")


class Unwoken(Event):
    """Nobody will set it any more, so who waits would wait for ever."""

    def wait(self, _=None):
        pytest.fail("it waits for feeds that are all over")


@pytest.fixture
def both(monkeypatch):
    """Three feeds as one, of which each may be given trades and ended."""
    monkeypatch.setattr(merged, "Event", Unwoken)
    feeds = [LiveFeed(name, ["A"], SourceSettings(url="ws://127.0.0.1:9")) for name in NAMES]
    return merged.MergedFeed(feeds, Arbiter(NAMES, Rule.PRIMARY))


def outbox(both, name):
    return both._feeds[name]._intake.outbox


def put(both, name, number):
    event = Trade(symbol="A", ts_event=number, ts_init=number, price=1.0, size=1.0)
    outbox(both, name).put(Received(Kind.TRADE, number, event))


def test_what_came_before_several_feeds_broke_is_given_first(both):
    put(both, "a", 1)
    for name in NAMES:
        outbox(both, name).end(FeedBrokenError(f"{name} is broken"))
    batch = both.take()
    assert [one.event.notice for one in batch.received if one.kind is Kind.NOTICE] == [Notice.DISCONNECTED] * 2
    assert [one.number for one in batch.received if one.kind is Kind.TRADE] == [1]
    for _ in range(2):
        with pytest.raises(FeedBrokenError, match="a is broken"):
            both.take()


def test_notices_of_feeds_that_broke_with_the_last_one_are_not_lost(both):
    for name in NAMES:
        outbox(both, name).end(FeedBrokenError(f"{name} is broken"))
    assert [one.source for one in both.take() if one.notice is Notice.DISCONNECTED] == ["a", "b"]
    with pytest.raises(FeedBrokenError, match="c is broken"):
        both.take()


def test_the_last_of_a_feed_that_is_not_to_be_given_is_not_waited_behind(both):
    put(both, "b", 1)
    both.close()
    assert both.take() is None
