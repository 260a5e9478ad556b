"""Events that wait for somebody to take them, and how many may."""

import resource
from collections import Counter
from threading import Condition, Semaphore, Thread

import pytest

from allause.depth import DepthDelta, DepthSnapshot
from allause.models import Quote, Trade
from allause_market_data.live import (
    OVERFLOW,
    FeedBrokenError,
    FeedNotice,
    Kind,
    Notice,
    Overflow,
    Received,
)
from allause_market_data.live.outbox import Outbox


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
def test_many_quotes_that_nobody_takes_need_no_more_memory_than_the_last_thousand():
    box = outbox(1_000)
    for number in range(10_000):
        box.put(_received(Kind.QUOTE, number))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number in range(200_000):
        box.put(_received(Kind.QUOTE, number))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20 * 1_024  # KiB; all of them take 50 MiB
    assert box._counts["quotes_dropped"] == 209_000


def test_an_outbox_without_its_bound_is_found_out(monkeypatch):
    monkeypatch.setattr(Outbox, "_overflow", lambda _, received, __: received)
    with pytest.raises(AssertionError):
        test_no_kind_can_wait_without_bound(Kind.QUOTE)
