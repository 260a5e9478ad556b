"""A live feed against a server that disturbs it: book, trades and counts are those of an undisturbed one."""

from contextlib import contextmanager
from functools import partial
from itertools import islice
from random import Random
from time import monotonic, sleep
from unittest.mock import patch

import attrs
import exchange_server
import pytest
from exchange_server import Disturbance, Exchange, Recording

from allause.exceptions import DataError
from allause_market_data.books import OrderBook
from allause_market_data.live import FeedBrokenError, Kind, Notice, Rule, SourceSettings, intake, messages, session
from allause_market_data.live.arbitration import Arbiter
from allause_market_data.live.feed import LiveFeed
from allause_market_data.live.merged import MergedFeed
from allause_market_data.live.messages import GarbledError
from allause_market_data.live.sequence import Arrival, Numbers, TradeSequence
from allause_market_data.live.session import Backoff, Session, State

# patient where a busy machine could be taken for a dead one: a server that stands still for a heartbeat, as on one with
# too much to do, loses its client, and what is sent then is counted by nobody; quick where nothing is measured
SETTINGS = SourceSettings(
    url="ws://127.0.0.1", heartbeat_s=6, stale_after_s=60, silent_after_s=60, backoff_s=0.01, backoff_most_s=0.1
)
DEADLINE_S = 60


@attrs.define
class Outcome:
    """Hold what a client saw, and what was done to it."""

    recording: object
    finished: bool = False
    trades: list = attrs.field(factory=list)
    quote: object = None
    book: object = None
    unchained: int = 0
    notices: list = attrs.field(factory=list)
    counts: dict = attrs.field(factory=dict)
    done: dict = attrs.field(factory=dict)

    def problems(self):
        """Return what differs from an undisturbed feed, each with its name."""
        found = [] if self.finished else ["it did not come to the end"]
        found += ["depth that does not follow on what was given"] * bool(self.unchained)
        wanted = [(one["t"], float(one["p"]), float(one["q"]), one["T"] * 1_000_000) for one in self.recording.trades]
        if self.trades != wanted:
            found.append(f"trades: {len(self.trades)} for {len(wanted)}, {len({one[0] for one in self.trades})} differ")
        book = self.recording.book()
        wanted = [sorted((float(price), float(size)) for price, size in side.items()) for side in book.sides]
        try:
            seen = [sorted((float(price), float(size)) for price, size in side) for side in self.book.levels()]
        except DataError as error:
            seen = str(error)
        if seen != wanted or self.book.update_id != book.update:
            found.append("the book differs")
        last = next(data for _, kind, data in reversed(self.recording.messages) if kind == "bookTicker")
        if self.quote is None or (self.quote.bid, self.quote.ask_size) != (float(last["b"]), float(last["A"])):
            found.append("the last quote differs")
        return found + [
            f"{name}: {self.counts[name]} counted, {self.done[name]} done"
            for name in map(str, Disturbance)
            if self.counts[name] != self.done[name]
        ]


def whole(feed, sent):
    status = feed.status()
    return status.counts["frames"] == sent and not status.missing and status.state is State.LIVE


def until(is_so):
    end = monotonic() + DEADLINE_S
    while not is_so():
        assert monotonic() < end, "it did not come to that"
        sleep(0.001)


@contextmanager
def noticing():
    """Let the next heartbeat of a link come at once when the server is deaf on it, and be given up soon.

    Heartbeats that are short on every link would take a busy machine for a dead one, and one that is sent to a server
    that has hung up makes what is on its way be thrown away.
    """
    links, connect = {}, session.connect

    async def opened(url, **how):
        link = await connect(url, **how)
        links[link.local_address] = link
        return link

    def hurry(link):
        link.keepalive_task.cancel()
        link.ping_interval /= 100
        link.ping_timeout /= 20
        link.start_keepalive()

    def is_deaf(address):
        link = links[address]
        link.loop.call_soon_threadsafe(hurry, link)

    with patch.object(session, "connect", opened):
        yield is_deaf


def run(recording, plan, *, seed=0, unanswered=0, deadline_s=DEADLINE_S, patience_s=30, **changes):
    """Let a client live through a plan and return what it saw."""
    outcome = Outcome(recording)
    with (
        noticing() as is_deaf,
        Exchange(recording, plan, seed=seed, unanswered=unanswered, patience_s=patience_s, deaf=is_deaf) as exchange,
    ):
        settings = attrs.evolve(SETTINGS, url=exchange.url, **changes)
        outcome.book = OrderBook(recording.symbol)
        feed = LiveFeed("a", [recording.symbol], settings, seed=seed)
        exchange.settled = lambda sent: whole(feed, sent)
        end = monotonic() + deadline_s
        with feed:
            while monotonic() < end and not outcome.finished:
                take(feed.take(0.02), outcome)
                outcome.finished = exchange.over.is_set() and whole(feed, exchange.sent)
        while (rest := feed.take()) is not None:
            take(rest, outcome)
        outcome.counts = feed.status().counts
        outcome.done = exchange.done
    return outcome


def take(batch, outcome):
    for received in batch.received if batch is not None else ():
        event = received.event
        if received.kind is Kind.TRADE:
            outcome.trades.append((received.number, event.price, event.size, event.ts_event))
        elif received.kind is Kind.QUOTE:
            outcome.quote = event
        elif received.kind is Kind.DEPTH:
            try:
                outcome.book.take(event)
            except DataError:
                outcome.unchained += 1
        else:
            outcome.notices.append(event)


@pytest.fixture(scope="module")
def recording(shared):
    return Recording.read(shared / "orderbook" / "binance" / "spot" / "btcusdt_20240808.gz", 1_500)


@pytest.fixture(scope="module")
def futures(shared):
    return Recording.read(shared / "orderbook" / "binance" / "cm" / "btcusd_perp_20240808.gz", 1_500)


def test_an_undisturbed_feed_gives_everything_once(recording):
    outcome = run(recording, {})
    assert outcome.problems() == []
    assert [one.notice for one in outcome.notices] == [Notice.CONNECTED]
    assert outcome.counts["connections"] == 1


def test_more_changes_than_may_wait_for_the_first_snapshot_end_in_the_same_book(shared):
    flood = Recording.read(shared / "orderbook" / "binance" / "cm" / "btcusd_perp_20240808.gz", 4_000)
    assert run(flood, {}, patience_s=0).problems() == []


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.long)])
def test_a_disturbed_feed_gives_the_same_and_counts_each_disturbance(recording, seed):
    plan = exchange_server.plan(recording, seed)
    outcome = run(recording, plan, seed=seed, unanswered=1)
    assert outcome.problems() == []
    assert sum(outcome.done.values()) >= len(plan)


@pytest.mark.long
def test_a_feed_whose_updates_name_the_one_before_is_mended_too(futures):
    assert run(futures, exchange_server.plan(futures, 3), seed=3).problems() == []


@pytest.mark.long
@pytest.mark.parametrize("seed", [10, 11, 12, *(pytest.param(seed, marks=pytest.mark.exam) for seed in range(13, 50))])
def test_any_seed_comes_to_the_same(recording, futures, seed):
    chosen = recording if seed % 2 else futures
    assert run(chosen, exchange_server.plan(chosen, seed), seed=seed, unanswered=seed % 3).problems() == []


def broken_book(monkeypatch):
    async def ask_nothing(_, __):
        return True

    monkeypatch.setattr(Session, "_mend_book", ask_nothing)


def broken_trades(monkeypatch):
    async def ask_nothing(_, __):
        return True

    monkeypatch.setattr(Session, "_mend_trades", ask_nothing)


def broken_dedupe(monkeypatch):
    monkeypatch.setattr(TradeSequence, "take", lambda _, trade: [trade])
    broken_numbers(monkeypatch)


def broken_heartbeat(monkeypatch):
    monkeypatch.setattr(f"{__name__}.SETTINGS", attrs.evolve(SETTINGS, heartbeat_s=1_000))


def broken_numbers(monkeypatch):
    monkeypatch.setattr(Numbers, "take", lambda *_: Arrival.NEW)


def broken_garble(monkeypatch):
    real = intake.read

    def read(frame, ts_init):
        try:
            return real(frame, ts_init)
        except GarbledError:
            return None

    monkeypatch.setattr(intake, "read", read)


@pytest.mark.long
@pytest.mark.parametrize(
    ("broken", "disturbance", "problem"),
    [
        (broken_book, Disturbance.DROP, "the book differs"),
        (broken_book, Disturbance.CUT, "the book differs"),
        (broken_trades, Disturbance.CUT, "trades: "),
        (broken_dedupe, Disturbance.DUPLICATE, "trades: "),
        (broken_heartbeat, Disturbance.STALL, "it did not come to the end"),
        (broken_numbers, Disturbance.DUPLICATE, "duplicates: 0 counted"),
        (broken_garble, Disturbance.GARBLE, "garbled: 0 counted"),
    ],
)
def test_a_feed_that_is_broken_is_found_out(recording, monkeypatch, broken, disturbance, problem):
    places = [place for place, (_, kind, _) in enumerate(recording.messages) if kind == "trade" and place > 100]
    short = attrs.evolve(recording, messages=recording.messages[:600])
    plan = dict.fromkeys(places[: 1 if disturbance is Disturbance.STALL else 3], disturbance)
    assert run(short, plan).problems() == []
    broken(monkeypatch)
    found = run(short, plan, deadline_s=3, patience_s=0.3).problems()
    assert any(one.startswith(problem) for one in found), found


@pytest.mark.long
def test_a_silent_stream_is_told_to_be_stale_and_the_link_opened_anew(recording):
    outcome = run(recording, {300: Disturbance.SILENCE}, stale_after_s=0.5, silent_after_s=2)
    assert outcome.problems() == []
    told = [one.notice for one in outcome.notices]
    assert told.index(Notice.STALE) < told.index(Notice.DISCONNECTED) < told.index(Notice.FRESH)
    assert outcome.counts["stale"] >= 1


def test_a_refused_subscription_is_told_and_not_tried_again(recording):
    with Exchange(recording) as exchange, LiveFeed("a", ["NONE"], attrs.evolve(SETTINGS, url=exchange.url)) as feed:
        with pytest.raises(FeedBrokenError, match=r"expected NONE to be known there, found a refusal.*unknown stream"):
            feed.take(DEADLINE_S)
        assert feed.status().state is State.BROKEN


def test_missed_trades_are_asked_for_page_by_page(recording, monkeypatch):
    for module in (session, messages):
        monkeypatch.setattr(module, "PAGE", 5)
    monkeypatch.setattr(exchange_server, "islice", lambda places, _: islice(places, 200))
    outcome = run(recording, {300: Disturbance.CUT})
    assert outcome.problems() == []
    assert outcome.counts["missed_trades"] > 10


def test_trades_that_the_venue_has_not_any_more_break_the_feed(recording, monkeypatch):
    plan = {300: Disturbance.CUT}
    answer = Exchange._answer

    async def forgetful(self, link, method, params, number):
        self._traded = self._traded[-1:]
        await answer(self, link, method, params, number)

    monkeypatch.setattr(Exchange, "_answer", forgetful)
    monkeypatch.setattr(exchange_server, "islice", lambda places, _: islice(places, 60))
    with pytest.raises(FeedBrokenError, match="the venue has them only from"):
        run(recording, plan)


def test_a_slow_taker_finds_the_latest_quote_and_the_whole_book(recording):
    with Exchange(recording) as exchange:
        settings = attrs.evolve(SETTINGS, url=exchange.url, quote_limit=10, depth_limit=20)
        feed = LiveFeed("a", [recording.symbol], settings)
        exchange.settled = lambda sent: whole(feed, sent)
        with feed:
            assert exchange.over.wait(DEADLINE_S)
            until(lambda: whole(feed, exchange.sent))
            waiting = feed.status().waiting
        outcome = Outcome(recording, finished=True, book=OrderBook(recording.symbol))
        take(feed.take(), outcome)
        outcome.counts, outcome.done = feed.status().counts, exchange.done
    assert waiting["quote"] <= 10
    assert waiting["depth"] <= 20
    assert outcome.problems() == []
    quotes = sum(kind == "bookTicker" for _, kind, _ in recording.messages)
    assert outcome.counts["quotes_dropped"] == quotes - waiting["quote"]
    assert outcome.counts["depth_dropped"] > 20


def test_trades_that_nobody_takes_break_the_feed_after_those_before(recording):
    with Exchange(recording) as exchange:
        settings = attrs.evolve(SETTINGS, url=exchange.url, kinds=["trade"], trade_limit=50)
        with LiveFeed("a", [recording.symbol], settings) as feed:
            until(lambda: feed.status().state is State.BROKEN)
            batch = feed.take()
            assert [one.number for one in batch.received if one.kind is Kind.TRADE] == [
                one["t"] for one in recording.trades[:50]
            ]
            with pytest.raises(FeedBrokenError, match="50 that wait before trade"):
                feed.take()
            assert feed.status().counts["trades_dropped"] == 1


def test_an_address_where_nobody_is_counts_attempts_and_closes_at_once():
    with LiveFeed("a", ["A"], attrs.evolve(SETTINGS, url="ws://127.0.0.1:9")) as feed:
        batch = feed.take(DEADLINE_S)
        assert [one.notice for one in batch] == [Notice.DISCONNECTED]
    assert feed.status().counts["failed_connections"] >= 1
    assert feed.status().state is State.CLOSED


def test_a_subscription_that_is_not_answered_is_tried_again(recording, monkeypatch):
    answer = Exchange._answer
    asked = []

    async def deaf_once(self, link, method, params, number):
        asked.append(method)
        if len(asked) > 1:
            await answer(self, link, method, params, number)

    monkeypatch.setattr(Exchange, "_answer", deaf_once)
    outcome = run(recording, {}, timeout_s=0.5)
    assert outcome.counts["failed_connections"] == 1
    assert outcome.counts["cuts"] == 0
    assert len(outcome.trades) == len(recording.trades)


def test_waits_are_drawn_below_a_bound_that_doubles_until_it_ends():
    backoff, same, other = (Backoff(1, 5, Random(seed)) for seed in (1, 1, 2))
    waits = [backoff.next_s() for _ in range(200)]
    assert waits == [same.next_s() for _ in range(200)]
    assert waits != [other.next_s() for _ in range(200)]
    bounds = [1, 2, 4] + [5] * 197
    assert all(0 <= wait <= bound for wait, bound in zip(waits, bounds, strict=True))
    assert max(waits) > 4.5


def test_waits_begin_anew_after_a_reset():
    class Longest(Random):
        def uniform(self, _, longest):
            return longest

    backoff = Backoff(1, 5, Longest())
    assert [backoff.next_s() for _ in range(5)] == [1, 2, 4, 5, 5]
    backoff.reset()
    assert [backoff.next_s() for _ in range(3)] == [1, 2, 4]


def test_nothing_is_connected_before_the_start(recording):
    with Exchange(recording) as exchange:
        feed = LiveFeed("a", [recording.symbol], attrs.evolve(SETTINGS, url=exchange.url))
        assert feed.status().counts["connections"] == 0
        feed.close()
        assert exchange.sent == 0
        assert feed.take() is None


def merged(recording, plans, rule, **changes):
    """Let a client of two sources live through their plans and return what it saw."""
    outcome = Outcome(recording, book=OrderBook(recording.symbol))
    with Exchange(recording, plans[0], seed=1) as one, Exchange(recording, plans[1], seed=2) as other:
        servers = {"one": one, "other": other}
        feeds = [
            LiveFeed(name, [recording.symbol], attrs.evolve(SETTINGS, url=server.url, **changes))
            for name, server in servers.items()
        ]
        for feed, server in zip(feeds, servers.values(), strict=True):
            server.settled = partial(whole, feed)
        both = MergedFeed(feeds, Arbiter(list(servers), rule, hold_s=0))
        end = monotonic() + DEADLINE_S
        with both:
            while monotonic() < end and not outcome.finished:
                take(both.take(0.02), outcome)
                outcome.finished = all(
                    server.over.is_set() and whole(feed, server.sent)
                    for feed, server in zip(feeds, servers.values(), strict=True)
                )
        while (rest := both.take()) is not None:
            take(rest, outcome)
        outcome.counts = outcome.done = dict.fromkeys(map(str, Disturbance), 0)
    return outcome, both


def test_two_lines_of_one_venue_by_the_first_to_come(recording):
    plans = [exchange_server.plan(recording, seed, each=1, stalls=0) for seed in (4, 5)]
    outcome, both = merged(recording, plans, Rule.FIRST)
    assert outcome.problems() == []
    assert sum(both.arbiter.counts[f"{source} spare"] for source in ("one", "other")) > 0
    assert sum(found.compared for found in both.disagreement().values()) > 0
    assert {found.most_bps for found in both.disagreement().values()} == {0}


def test_two_lines_of_one_venue_by_fail_over(recording):
    plan = dict.fromkeys([200, 500, 800], Disturbance.CUT)
    outcome, both = merged(recording, [plan, {}], Rule.PRIMARY)
    assert outcome.problems() == []
    assert both.arbiter.counts["fail_overs"] >= 3
    assert Notice.FAIL_OVER in {one.notice for one in outcome.notices}


def test_merged_feeds_are_broken_when_all_of_them_are(recording):
    with Exchange(recording) as exchange:
        settings = attrs.evolve(SETTINGS, url=exchange.url)
        feeds = [LiveFeed(name, ["NONE"], settings) for name in ("one", "other")]
        with MergedFeed(feeds, Arbiter(["one", "other"], Rule.FIRST)) as both:
            batch = both.take(DEADLINE_S)
            assert [one.notice for one in batch] == [Notice.DISCONNECTED]
            with pytest.raises(FeedBrokenError, match="found a refusal"):
                both.take(DEADLINE_S)
