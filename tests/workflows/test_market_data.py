"""The market data workflow: each broken answer fails its own step."""

from itertools import count, islice

import attrs
import polars as pl
import pytest

from allause.hookspecs import hookimpl
from allause.models import BAR_COLUMNS, DataQuality, DefectCause, Trade
from allause.workflows.market_data import WORKFLOW

#: The steps that ask for nothing which was fed.
OWN = set(WORKFLOW.step_names[: WORKFLOW.step_names.index("feed bars")])


@pytest.fixture
def source(real):
    return real("market_data")


@pytest.fixture
def enhancer(real):
    return real("market_data_enhancer")


@pytest.mark.parametrize("symbols", [(), ("B", "A"), ("A", "A"), None, "AB", (1, 2)])
def test_symbols_that_are_none_unsorted_or_no_texts_fail(run, failed, source, symbols):
    class Broken(source):
        @hookimpl
        def get_symbols(self):
            return symbols

    assert set(failed(run("market_data", market_data=Broken))) == {"read symbols"}


def test_a_failed_reading_blocks_all_that_needs_it(run, not_passed, source):
    class Broken(source):
        @hookimpl
        def get_symbols(self):
            raise RuntimeError("no line")

    report = not_passed(run("market_data", market_data=Broken))
    assert report.pop("read symbols")[0] == "failed"
    assert {status for status, _ in report.values()} == {"blocked"}
    assert len(report) == len(WORKFLOW.step_names) - 3  # start and close have no need of it


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda table: table.select(pl.exclude("volume")), "columns"),
        (lambda table: table.reverse(), "not ordered"),
        (lambda table: table.clear(), "no rows"),
        (lambda table: table.with_columns(close=-pl.col("close")), "close in row 0"),
        (lambda table: table.with_columns(ts_init=pl.col("ts_event") - 1), "before it happened"),
        (lambda table: table.with_columns(symbol=pl.lit("ZZZ")), "'ZZZ'"),
        (lambda table: table.with_columns(pl.col("ts_event").cast(pl.Datetime("ns"))), "had to be integers"),
        (lambda table: table.to_dicts(), "had to answer a table"),
    ],
)
def test_a_table_against_the_contract_fails(run, failed, source, change, word):
    class Broken(source):
        @hookimpl
        def get_market_data(self, symbols, start=None, end=None):
            return change(super().get_market_data(symbols=symbols, start=start, end=end))

    found = failed(run("market_data", market_data=Broken))
    assert set(found) == {"read table"}
    assert word in found["read table"]


def test_a_quality_that_does_not_add_up_fails(run, failed, source):
    class Broken(source):
        @hookimpl
        def get_data_quality(self, symbols):
            quality = super().get_data_quality(symbols=symbols)
            return attrs.evolve(quality, good=quality.good - 1)

    assert set(failed(run("market_data", market_data=Broken))) == {"count defects"}


def test_a_quality_that_counts_rows_nobody_is_served_fails(run, failed, source):
    class Broken(source):
        @hookimpl
        def get_data_quality(self, symbols):
            super().get_data_quality(symbols=symbols)
            return DataQuality(rows=9, good=9, defects=dict.fromkeys(map(str, DefectCause), 0))

    assert set(failed(run("market_data", market_data=Broken))) == {"count defects"}


def test_a_stream_that_drops_its_last_event_fails(run, failed, source):
    class Broken(source):
        @hookimpl
        def stream_market_data(self, symbols, start=None, end=None):
            events = list(super().stream_market_data(symbols=symbols, start=start, end=end))
            return iter(events[:-1])

    assert "stream equals table" in failed(run("market_data", steps=OWN, market_data=Broken))


def test_a_stream_with_one_other_price_fails(run, failed, source):
    class Broken(source):
        @hookimpl
        def stream_market_data(self, symbols, start=None, end=None):
            for number, event in enumerate(super().stream_market_data(symbols=symbols, start=start, end=end)):
                yield (
                    type(event)(**{**{f: getattr(event, f) for f in BAR_COLUMNS}, "close": 1.0})
                    if (number == 77)
                    else event
                )

    found = failed(run("market_data", steps=OWN, market_data=Broken))
    assert "event 77 has close 1.0" in found["stream equals table"]


def test_a_stream_that_raises_while_it_is_read_fails(run, failed, source):
    class Broken(source):
        @hookimpl
        def stream_market_data(self, symbols, start=None, end=None):
            yield from islice(super().stream_market_data(symbols=symbols, start=start, end=end), 5)
            raise SystemExit(0)

    assert "raised SystemExit" in failed(run("market_data", steps=OWN, market_data=Broken))["stream equals table"]


def test_an_unknown_symbol_noticed_only_by_the_first_event_fails(run, failed, source):
    class Broken(source):
        @hookimpl
        def stream_market_data(self, symbols, start=None, end=None):
            yield from super().stream_market_data(symbols=symbols, start=start, end=end)

    assert set(failed(run("market_data", market_data=Broken))) == {"refuse an unknown symbol"}


def test_a_window_that_is_ignored_fails(run, failed, source):
    class Broken(source):
        @hookimpl
        def get_market_data(self, symbols, start=None, end=None):
            return super().get_market_data(symbols=symbols)

    assert set(failed(run("market_data", market_data=Broken))) == {"read a window"}


def test_an_asynchronous_source_passes(run, not_passed, source):
    class Asynchronous(source):
        @hookimpl
        async def get_symbols(self):
            return super().get_symbols()

        @hookimpl
        async def get_market_data(self, symbols, start=None, end=None):
            return super().get_market_data(symbols=symbols, start=start, end=end)

        @hookimpl
        async def stream_market_data(self, symbols, start=None, end=None):
            events = super().stream_market_data(symbols=symbols, start=start, end=end)

            async def later():
                for event in events:
                    yield event

            return later()

    assert not_passed(run("market_data", market_data=Asynchronous)) == {}


def test_a_coroutine_inside_a_coroutine_fails(run, failed, source):
    class Broken(source):
        @hookimpl
        async def get_symbols(self):
            async def later():
                return ("A",)

            return later()

    assert "coroutine" in failed(run("market_data", market_data=Broken))["read symbols"]


class Trades:
    """Serve recorded trades instead of bars, by the same contract."""

    def trades(self, symbols, start, end):
        bars = self.stream_bars(symbols=symbols, start=start, end=end)
        return [
            Trade(symbol=b.symbol, ts_event=b.ts_event, ts_init=b.ts_init, price=b.close, size=b.volume) for b in bars
        ]

    @hookimpl
    def get_market_data(self, symbols, start=None, end=None):
        trades = self.trades(symbols, start, end)
        names = ("symbol", "ts_event", "ts_init", "price", "size")
        return pl.DataFrame({name: [getattr(trade, name) for trade in trades] for name in names})

    @hookimpl
    def stream_market_data(self, symbols, start=None, end=None):
        return iter(self.trades(symbols, start, end))


@pytest.fixture
def ticks(source):
    class Ticks(Trades, source):
        def stream_bars(self, **window):
            return source.stream_market_data(self, **window)

    return Ticks


@pytest.mark.parametrize("workflow", ["trading_execution", "monitoring_analytics"])
def test_a_source_of_trades_passes_too(run, not_passed, ticks, workflow):
    assert not_passed(run(workflow, market_data=ticks)) == {}


def test_a_source_that_makes_trades_of_bars_fails_where_it_is_fed(run, failed, ticks):
    assert set(failed(run("market_data", market_data=ticks))) == {"feed bars", "feed quotes", "feed trades"}


def test_an_enhancement_without_an_added_column_fails(run, failed, enhancer):
    class Broken(enhancer):
        @hookimpl
        def enhance_market_data(self, market_data):
            return pl.DataFrame(super().enhance_market_data(market_data=market_data)).drop("vwap")

    assert "without vwap" in failed(run("market_data", steps=OWN, market_data_enhancer=Broken))["enhance"]


def test_an_enhancement_that_drops_a_row_fails(run, failed, enhancer):
    class Broken(enhancer):
        @hookimpl
        def enhance_market_data(self, market_data):
            return pl.DataFrame(super().enhance_market_data(market_data=market_data))[1:]

    assert "enhance" in failed(run("market_data", steps=OWN, market_data_enhancer=Broken))


@pytest.fixture
def adding(enhancer):
    """An enhancer with a column more, or another one, of an expression that is given the number of the call."""

    def make(**expressions):
        calls = count()

        class Adding(enhancer):
            @hookimpl
            def enhance_market_data(self, market_data):
                number = next(calls)
                table = pl.DataFrame(super().enhance_market_data(market_data=market_data))
                return table.with_columns(**{name: made(number) for name, made in expressions.items()})

        return Adding

    return make


def test_what_is_said_of_a_bar_only_when_later_ones_are_known_fails_as_it_arrives(run, failed, adding):
    hindsight = adding(is_outlier=lambda _: pl.col("close") > pl.col("close").mean().over("symbol"))
    found = failed(run("market_data", market_data_enhancer=hindsight))
    assert set(found) == {"enhance as it arrives"}
    assert "is_outlier of " in found["enhance as it arrives"]
    assert "with all" in found["enhance as it arrives"]


def test_a_source_that_streams_its_rows_only_once_fails_as_they_arrive(run, failed, source):
    class Once(source):
        streams = 0

        @hookimpl
        def stream_market_data(self, symbols, start=None, end=None):
            events = super().stream_market_data(symbols=symbols, start=start, end=end)
            if self._config.path is None:
                return events
            self.streams += 1
            return islice(events, 700) if self.streams > 1 else events

    found = failed(run("market_data", market_data=Once))
    assert set(found) == {"enhance as it arrives"}
    assert "700 bars arrived; get_market_data gave" in found["enhance as it arrives"]


@pytest.mark.parametrize(
    ("column", "value", "found"),
    [
        ("volume", lambda _: pl.col("volume") + 1, "other rows came back than were served"),
        ("call", pl.lit, "call is another than before they were stored"),
    ],
)
def test_enhanced_rows_that_do_not_come_back_from_the_store_fail(run, failed, adding, column, value, found):
    said = failed(run("market_data", market_data_enhancer=adding(**{column: value})))
    assert set(said) == {"store and read again"}
    assert found in said["store and read again"]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("log_return", pl.col("close") / pl.col("close").shift(1).over("symbol") - 1),
        ("vwap", pl.col("close")),
        ("rolling_volatility", pl.col("rolling_volatility") * 1.01),
        ("is_outlier", pl.lit(value=0)),
    ],
)
def test_a_column_that_is_not_its_definition_fails(run, failed, enhancer, column, value):
    class Broken(enhancer):
        @hookimpl
        def enhance_market_data(self, market_data):
            return pl.DataFrame(super().enhance_market_data(market_data=market_data)).with_columns(value.alias(column))

    found = failed(run("market_data", market_data_enhancer=Broken))
    assert set(found) == {"recompute what was added"}
    assert column in found["recompute what was added"]


@pytest.mark.parametrize(
    "lie",
    [
        {"rows_per_second": 1e9},
        {"rows": 1},
        {"repetitions": (3600.0,), "rows_per_second": 1.0},
        {"repetitions": ()},
    ],
)
def test_a_throughput_that_was_not_measured_fails(run, failed, enhancer, lie):
    class Broken(enhancer):
        @hookimpl
        def enhance_market_data_throughput(self, market_data):
            return attrs.evolve(super().enhance_market_data_throughput(market_data=market_data), **lie)

    assert set(failed(run("market_data", steps=OWN, market_data_enhancer=Broken))) == {"measure throughput"}
