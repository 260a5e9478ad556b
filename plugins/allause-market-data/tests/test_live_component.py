"""The component with live sources: what it streams, tells and refuses, and that nothing is connected unasked."""

import json
import logging
import sys
from threading import Thread

import attrs
import polars as pl
import pytest
from exchange_server import Disturbance, Exchange, Recording

from allause.discovery import structure
from allause.exceptions import ConfigurationError, DataError
from allause.measurement import SystemClock
from allause.models import Context, Quote, Trade
from allause_market_data import LiveMarketDataSystem, MarketDataConfig
from allause_market_data.gate import Cause, Gate
from allause_market_data.live import MISSING_EXTRA, LiveSettings, SourceSettings
from allause_market_data.reading import Batch, Schema

SYMBOL = "BTCUSDT"


class Metrics:
    def __init__(self):
        self.seen = []

    def record(self, name, value, labels=None):
        self.seen.append((name, value, labels))


@pytest.fixture(scope="module")
def recording(shared):
    return Recording.read(shared / "orderbook" / "binance" / "spot" / "btcusdt_20240808.gz", 600)


@pytest.fixture
def metrics():
    return Metrics()


@pytest.fixture
def live(tmp_path, metrics):
    """Make a started component with one source at an address."""
    made = []

    def make(url, **settings):
        source = SourceSettings(url=url, backoff_s=0.01, backoff_most_s=0.1)
        config = MarketDataConfig(live=LiveSettings(symbols=[SYMBOL], sources={"main": source}, **settings))
        system = LiveMarketDataSystem(config)
        logger = logging.getLogger("test.live")
        system.start(Context(clock=SystemClock(), directory=tmp_path, seed=1, logger=logger, metrics=metrics))
        made.append(system)
        return system

    yield make
    for system in made:
        system.close()


def test_a_stream_gives_every_trade_and_quote_as_events(recording, live):
    with Exchange(recording, {200: Disturbance.CUT}) as exchange:
        stream = live(exchange.url).stream_market_data([SYMBOL])
        events = []
        while sum(isinstance(one, Trade) for one in events) < len(recording.trades):
            events.append(next(stream))
    assert {type(one) for one in events} == {Trade, Quote}
    assert [one.price for one in events if isinstance(one, Trade)] == [float(one["p"]) for one in recording.trades]


def test_what_is_counted_stands_in_the_performance_stats_and_notices_reach_the_metrics(recording, live, metrics):
    with Exchange(recording, {200: Disturbance.CUT}) as exchange:
        system = live(exchange.url)
        stream = system.stream_market_data([SYMBOL])
        while system.get_performance_stats().details["live_main_connections"] < 2:
            stream.take(0.1)
        details = system.get_performance_stats().details
    assert details["live_main_cuts"] == 1
    assert details["live_main_trades"] > 0
    assert all(isinstance(value, float) for value in details.values())
    told = {labels["notice"] for name, _, labels in metrics.seen if name == "market_data_notice"}
    assert {"connected", "disconnected"} <= told


def test_the_next_stream_ends_the_one_before_and_counts_on(recording, live):
    with Exchange(recording) as exchange:
        system = live(exchange.url)
        first = system.stream_market_data([SYMBOL])
        next(first)
        with pytest.raises(DataError, match="symbols: expected some of BTCUSDT, found NONE"):
            system.stream_market_data(["NONE"])
        assert first.counts()["live_main_connections"] == 1
        second = system.stream_market_data([SYMBOL])
        assert len(list(first)) < len(recording.messages)
        assert second.take(10) is not None
        system.close()
        details = system.get_performance_stats().details
    counts = first.counts() + second.counts()
    assert {name: details[name] for name in counts} == counts
    assert details["live_main_connections"] == 2
    assert details["live_main_frames"] > second.counts()["live_main_frames"]


def test_a_live_source_without_its_extra_is_a_problem(live, monkeypatch):
    system = live("ws://127.0.0.1:9")
    assert system.validate_component().valid
    monkeypatch.setitem(sys.modules, "websockets", None)
    found = system.validate_component()
    assert not found.valid
    assert found.problems == (MISSING_EXTRA,)


def spoilt(recording, changes):
    """Return the recording with fields of the nth message of a kind changed."""
    places = {kind: [at for at, one in enumerate(recording.messages) if one[1] == kind] for kind, _ in changes}
    messages = [*recording.messages]
    for (kind, number), change in changes.items():
        place = places[kind][number]
        text, _, data = messages[place]
        data = {**data, **change}
        messages[place] = json.dumps({**json.loads(text), "data": data}), kind, data
    return attrs.evolve(recording, messages=messages)


def test_what_the_gate_would_reject_comes_out_of_no_live_stream(recording, live, metrics):
    trades = {("trade", 3): {"p": "-5"}, ("trade", 4): {"p": "0"}, ("trade", 6): {"q": "-3"}}
    quotes = {("bookTicker", 2): {"b": "10", "a": "9"}, ("bookTicker", 5): {"b": "-10", "a": "0"}}
    bad = spoilt(recording, {**trades, **quotes})
    batches = []
    with Exchange(bad) as exchange:
        system = live(exchange.url)
        stream = system.stream_market_data([SYMBOL])
        while sum(len(batch.tables().get("trade", ())) for batch in batches) < len(bad.trades) - len(trades):
            batches.append(stream.take(10))
        details = system.get_performance_stats().details
    sound = [one for at, one in enumerate(recording.trades) if ("trade", at) not in trades]
    rows = pl.concat([table for batch in batches for name, table in batch.tables().items() if name == "trade"])
    assert rows["seq"].to_list() == [one["t"] for one in sound]
    assert rows["price"].to_list() == [float(one["p"]) for one in sound]
    causes = ("negative_price", "zero_price", "crossed_quote")
    assert [details[f"live_main_{cause}"] for cause in causes] == [3, 1, 1]
    assert details["live_main_connections"] == 1
    assert "unsound" in {labels["notice"] for name, _, labels in metrics.seen if name == "market_data_notice"}
    # and the gate, asked about the very rows, has nothing to reject
    judged = Gate().judge(Batch(Schema.TRADE, rows.with_row_index("row", 1), frozenset(rows.columns)))
    assert judged.rejected() == {}
    assert judged.counts()[Cause.SEQUENCE_GAP] == 2  # where a trade was left out


def test_a_closed_component_ends_its_stream(recording, live):
    with Exchange(recording) as exchange:
        system = live(exchange.url)
        stream = system.stream_market_data([SYMBOL])
        first = next(stream)
        closing = Thread(target=system.close)
        closing.start()
        rest = list(stream)
        closing.join()
    assert isinstance(first, Trade | Quote)
    assert len(rest) < len(recording.messages)


def test_symbols_are_the_configured_ones_and_others_are_refused_before_anything_is_connected(live):
    system = live("ws://127.0.0.1:9")
    assert system.get_symbols() == (SYMBOL,)
    for wrong in (["NONE"], []):
        with pytest.raises(DataError, match=r"symbols: expected some of BTCUSDT, found (NONE|none)"):
            system.stream_market_data(wrong)
    assert "live_main_failed_connections" not in system.get_performance_stats().details


def test_live_sources_have_no_past(live):
    system = live("ws://127.0.0.1:9")
    for ask in (lambda: system.get_market_data([SYMBOL]), lambda: system.get_data_quality([SYMBOL])):
        with pytest.raises(DataError, match="expected recorded data, found live sources"):
            ask()


@pytest.mark.parametrize("more", [{"start": 1}, {"end": 1}, {"order": "ts_init"}, {"speed": 1.0}, {"batch_rows": 5}])
def test_a_live_stream_is_asked_for_nothing_but_symbols(live, more):
    with pytest.raises(DataError, match="expected nothing but symbols for a live stream"):
        live("ws://127.0.0.1:9").stream_market_data([SYMBOL], **more)


def test_the_network_is_declared_only_where_it_is_used(live):
    assert "network" in live("ws://127.0.0.1:9").get_component_info().capabilities
    assert "network" not in LiveMarketDataSystem().get_component_info().capabilities


def test_sources_are_read_from_a_configuration():
    given = {"live": {"symbols": ["A"], "rule": "first", "sources": {"x": {"url": "wss://x", "kinds": ["trade"]}}}}
    config = structure("market-data", LiveMarketDataSystem, given)
    assert config.live.sources["x"].kinds == ("trade",)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rule": "second"}, "live"),
        ({"sources": {}}, "sources must name at least one, found none"),
        ({"symbols": []}, "symbols must name at least one, found none"),
        ({"hold_s": -1}, "hold_s must not be below 0, found -1"),
        ({"rule": "first", "shares_numbers": False}, "rule = 'first' needs shares_numbers = true"),
        ({"sources": {"x": {"url": "x"}}}, "url must begin with wss://"),
        ({"sources": {"x": {"urll": "wss://x"}}}, r"no setting 'urll'; did you mean 'url'\?"),
    ],
)
def test_a_configuration_that_cannot_be_is_refused_with_its_place(changes, message):
    given = {"live": {"symbols": ["A"], "sources": {"x": {"url": "wss://x"}}, **changes}}
    with pytest.raises(ConfigurationError, match=message):
        structure("market-data", LiveMarketDataSystem, given)


def test_path_and_live_exclude_each_other(tmp_path):
    live = LiveSettings(symbols=["A"], sources={"x": SourceSettings(url="wss://x")})
    with pytest.raises(ValueError, match="expected path or live, found both"):
        MarketDataConfig(path=tmp_path, live=live)
