"""Several sources made one: nothing twice, nothing lost, and how far they are apart."""

from decimal import Decimal

import pytest

from allause.depth import DepthDelta, DepthSnapshot
from allause.models import Quote, Trade
from allause_market_data.live import FeedNotice, Kind, Notice, Received, Rule
from allause_market_data.live.arbitration import Arbiter

S = 1_000_000_000


def trade(number, ts=None, price=100.0):
    ts = number * S if ts is None else ts
    return Received(Kind.TRADE, number, Trade(symbol="A", ts_event=ts, ts_init=ts, price=price, size=1))


def quote(number, ts=None, bid=99.0, ask=101.0):
    ts = number * S if ts is None else ts
    event = Quote(symbol="A", ts_event=ts, ts_init=ts, bid=bid, ask=ask, bid_size=1, ask_size=1)
    return Received(Kind.QUOTE, number, event)


def depth(last, *, whole=False):
    levels = {"bids": ((Decimal(99), Decimal(last)),), "asks": ()}
    if whole:
        return Received(Kind.DEPTH, last, DepthSnapshot(symbol="A", ts_init=last * S, update_id=last, **levels))
    delta = DepthDelta(symbol="A", ts_init=last * S, first_id=last, last_id=last, **levels)
    return Received(Kind.DEPTH, last, delta)


def notice(what, ts, source="a"):
    return Received(Kind.NOTICE, 0, FeedNotice(notice=what, source=source, symbol="", ts_event=ts, ts_init=ts))


def numbers(given, kind=Kind.TRADE):
    return [one.number for one in given if one.kind is kind]


def noticed(given):
    return [one.event.notice for one in given if one.kind is Kind.NOTICE]


def feed(arbiter, *steps):
    return [one for source, received in steps for one in arbiter.take(source, received)]


def test_the_first_to_bring_a_trade_is_given_and_the_other_is_spare():
    arbiter = Arbiter(["a", "b"], Rule.FIRST)
    given = feed(arbiter, ("a", trade(1)), ("b", trade(1)), ("b", trade(2)), ("b", trade(3)), ("a", trade(2)))
    assert numbers(given) == [1, 2, 3]
    assert arbiter.counts == {"a gave": 1, "b gave": 2, "a spare": 1, "b spare": 1}


def test_a_trade_that_one_source_is_still_to_bring_is_waited_for():
    arbiter = Arbiter(["a", "b"], Rule.FIRST)
    assert numbers(feed(arbiter, ("a", trade(1)), ("b", trade(3)))) == [1]
    assert numbers(feed(arbiter, ("a", trade(2)))) == [2, 3]


def test_a_trade_that_nobody_brings_is_waited_for_within_bounds():
    arbiter = Arbiter(["a", "b"], Rule.FIRST)
    given = feed(arbiter, ("a", trade(1)), *(("b", trade(number)) for number in range(3, 10_003)))
    assert numbers(given) == [1, *range(3, 10_003)]


def test_an_old_quote_of_the_slower_source_is_spare():
    arbiter = Arbiter(["a", "b"], Rule.FIRST)
    given = feed(arbiter, ("a", quote(1)), ("a", quote(2)), ("b", quote(1)), ("b", quote(3)))
    assert numbers(given, Kind.QUOTE) == [1, 2, 3]


@pytest.mark.parametrize("ill", [Notice.DISCONNECTED, Notice.STALE])
def test_the_next_source_takes_over_with_what_was_not_given(ill):
    arbiter = Arbiter(["a", "b"], Rule.PRIMARY)
    given = feed(
        arbiter,
        *((source, trade(number)) for number in (1, 2) for source in "ab"),
        ("b", trade(3)),
        ("b", quote(7)),
        ("b", depth(5, whole=True)),
        ("b", depth(6)),
    )
    assert numbers(given) == [1, 2]
    assert numbers(given, Kind.QUOTE) == []
    over = feed(arbiter, ("a", notice(ill, 8 * S)))
    assert noticed(over) == [ill, Notice.FAIL_OVER]
    assert numbers(over) == [3]
    assert numbers(over, Kind.QUOTE) == [7]
    (book,) = [one.event for one in over if one.kind is Kind.DEPTH]
    assert isinstance(book, DepthSnapshot)
    assert (book.update_id, book.bids) == (6, ((99, 6),))
    assert numbers(feed(arbiter, ("b", trade(4)), ("a", trade(5)))) == [4]
    assert (arbiter.active, arbiter.counts["fail_overs"]) == ("b", 1)


def test_a_fail_over_that_forgets_what_was_not_given_is_found_out(monkeypatch):
    monkeypatch.setattr(Arbiter, "_take_over", lambda self, source, _: setattr(self, "active", source) or [])
    with pytest.raises(AssertionError):
        test_the_next_source_takes_over_with_what_was_not_given(Notice.STALE)


def test_a_rule_that_gives_what_every_source_brings_is_found_out(monkeypatch):
    monkeypatch.setattr(Arbiter, "_first", lambda _, received: [received])
    with pytest.raises(AssertionError):
        test_the_first_to_bring_a_trade_is_given_and_the_other_is_spare()


def test_the_preferred_source_speaks_again_once_it_has_been_well_for_a_while():
    arbiter = Arbiter(["a", "b"], Rule.PRIMARY, hold_s=5)
    feed(arbiter, ("a", trade(1)), ("a", notice(Notice.DISCONNECTED, S)), ("b", trade(1)), ("b", trade(2)))
    assert numbers(feed(arbiter, ("a", notice(Notice.CONNECTED, 3 * S)), ("a", trade(2)), ("a", trade(3)))) == []
    assert numbers(feed(arbiter, ("b", trade(3)))) == [3]
    back = feed(arbiter, ("a", trade(8)))
    assert noticed(back) == [Notice.FAIL_OVER]
    assert numbers(back) == [8]
    assert arbiter.active == "a"


def test_the_trade_with_which_a_source_takes_over_comes_once():
    arbiter = Arbiter(["a", "b"], Rule.PRIMARY, hold_s=0)
    feed(arbiter, ("a", trade(1)), ("a", notice(Notice.STALE, S)), ("b", trade(2)), ("a", notice(Notice.FRESH, 2 * S)))
    assert numbers(feed(arbiter, ("a", trade(3)), ("b", trade(3)), ("a", trade(4)))) == [3, 4]


def test_sources_that_number_by_themselves_are_joined_by_the_venues_time():
    arbiter = Arbiter(["a", "b"], Rule.PRIMARY, shares_numbers=False)
    given = feed(
        arbiter,
        ("a", trade(1_000, ts=1)),
        ("b", trade(7, ts=1)),
        ("b", trade(8, ts=2)),
        ("a", notice(Notice.DISCONNECTED, 3)),
        ("b", trade(9, ts=4)),
    )
    assert numbers(given) == [1_000, 8, 9]


def test_a_source_without_another_that_is_well_goes_on():
    arbiter = Arbiter(["a", "b"], Rule.PRIMARY)
    ill = [(source, notice(Notice.STALE, S, source)) for source in "ab"]
    assert numbers(feed(arbiter, *ill, ("a", trade(1)), ("b", trade(2)))) == [2]


def test_the_distance_in_price_and_time_is_measured_on_the_same_trade():
    arbiter = Arbiter(["a", "b"], Rule.FIRST, tolerance_bps=50)
    given = feed(
        arbiter,
        ("a", trade(1, ts=S)),
        ("b", trade(1, ts=S + 3_000_000)),
        ("a", trade(2, ts=2 * S)),
        ("b", trade(2, ts=2 * S + 5_000_000, price=101.0)),
        ("a", trade(3, ts=3 * S)),
        ("b", trade(3, ts=3 * S, price=102.0)),
    )
    found = arbiter.comparison.found["b", "a"]
    assert (found.compared, found.beyond, found.most_ms) == (3, 2, 5.0)
    assert found.most_bps == pytest.approx(200)
    assert found.mean_bps == pytest.approx(100)
    assert found.mean_ms == pytest.approx(8 / 3)
    assert noticed(given) == [Notice.DISAGREEMENT]  # told as it begins, not again and again
    (said,) = [one.event.detail for one in given if one.kind is Kind.NOTICE]
    assert said == "b says 101.0, a 100.0: 100.000 basis points apart"


def test_the_distance_of_venues_is_that_of_the_middle_of_their_quotes():
    arbiter = Arbiter(["a", "b"], Rule.PRIMARY, shares_numbers=False)
    given = feed(arbiter, ("a", quote(1, ts=S)), ("b", quote(9, ts=S, bid=100.0, ask=102.0)))
    assert arbiter.comparison.found["b", "a"].most_bps == pytest.approx(100)
    assert noticed(given) == [Notice.DISAGREEMENT]


@pytest.mark.parametrize("rule", list(Rule))
def test_quotes_that_a_source_numbers_anew_are_given(rule):
    arbiter = Arbiter(["a", "b"], rule, hold_s=1)
    feed(arbiter, ("a", quote(100)), ("b", quote(100)), ("a", notice(Notice.STALE, 101 * S)), ("b", quote(101)))
    feed(arbiter, ("a", notice(Notice.FRESH, 102 * S)), ("a", quote(1, 104 * S)))
    anew = FeedNotice(notice=Notice.RENUMBERED, source="a", symbol="A", ts_event=105 * S, ts_init=105 * S)
    given = feed(arbiter, ("a", Received(Kind.NOTICE, 0, anew)), ("a", quote(2, 106 * S)))
    assert numbers(given, Kind.QUOTE) == [2]
