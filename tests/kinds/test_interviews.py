"""Each interview accepts the first-party component of its kind and catches broken variants of it."""

from random import Random
from types import SimpleNamespace

import attrs
import polars as pl
import pytest

from allause.isolation import decode
from allause.isolation.encoding import encode
from allause.kinds import KINDS, Heard
from allause_analytics import AnalyticsEngine
from allause_enhancer import MarketDataEnhancer
from allause_execution import TradingExecutionEngine
from allause_market_data import LiveMarketDataSystem
from allause_monitoring import AdvancedMonitoringFramework
from allause_optimizer import TradingSystemOptimizer


def listed(value):
    if isinstance(value, list | tuple):
        return [listed(item) for item in value]
    return {key: listed(item) for key, item in value.items()} if isinstance(value, dict) else value


def problems(kind, instance):
    def ask(method, /, *, consume=None, **arguments):
        try:
            fed = arguments.pop("fed", None)
            value = getattr(instance, method)(**arguments)
            if fed is not None:
                value = [*map(value.feed, fed), value.finish()]
            if consume is not None:
                value = [item for item, _ in zip(value, range(consume), strict=False)]
        except Exception as error:  # noqa: BLE001 - whatever a component raises is an answer
            return Heard(error=type(error).__name__, message=str(error))
        return Heard(value=listed(decode(encode(value))))

    found = list(KINDS[kind].interview(ask, Random(3)))
    getattr(instance, "close", lambda: None)()
    return found


GOOD = {
    "market_data": LiveMarketDataSystem,
    "market_data_enhancer": MarketDataEnhancer,
    "execution": TradingExecutionEngine,
    "optimizer": TradingSystemOptimizer,
    "monitoring": AdvancedMonitoringFramework,
    "analytics": AnalyticsEngine,
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_first_party_component_gives_no_problem(kind):
    assert problems(kind, GOOD[kind]()) == []


class IgnoresTheEnd(LiveMarketDataSystem):
    def get_market_data(self, symbols, start=None, end=None):
        return super().get_market_data(symbols, start=start)


class StreamsBackwards(LiveMarketDataSystem):
    def stream_market_data(self, symbols, start=None, end=None):
        return reversed(list(super().stream_market_data(symbols, start=start, end=end)))


class InventsSymbols(LiveMarketDataSystem):
    def get_market_data(self, symbols, start=None, end=None):
        known = [symbol for symbol in symbols if symbol in self.get_symbols()] or ["AAPL"]
        return super().get_market_data(known, start=start, end=end)


class KnewBefore(LiveMarketDataSystem):
    def get_market_data(self, symbols, start=None, end=None):
        table = pl.DataFrame(super().get_market_data(symbols, start=start, end=end))
        return table.with_columns(ts_init=pl.col("ts_event") - 1)


class KeepsRepeats(MarketDataEnhancer):
    def enhance_market_data(self, market_data):
        table = pl.DataFrame(super().enhance_market_data(market_data))
        return pl.concat([table.head(1), table])


class MixesSymbols(MarketDataEnhancer):
    def enhance_market_data(self, market_data):
        table = pl.DataFrame(super().enhance_market_data(market_data))
        return table.with_columns(log_return=pl.col("close").log().diff())


class StreamsEachPieceAlone(MarketDataEnhancer):
    def stream(self):
        return SimpleNamespace(feed=self.enhance_market_data, finish=lambda: None)


class StreamsBehind(MarketDataEnhancer):
    def stream(self):
        stream = super().stream()
        return SimpleNamespace(feed=stream.feed, finish=lambda: None)


class PromisesAStream(MarketDataEnhancer):
    stream = property()


class TakesAnyTable(MarketDataEnhancer):
    def enhance_market_data(self, market_data):
        return super().enhance_market_data(market_data) if "close" in pl.DataFrame(market_data).columns else market_data


class SendsTwice(TradingExecutionEngine):
    count = 0

    def place_order(self, *args, client_order_id=None, **kwargs):
        self.count += 1
        return super().place_order(*args, client_order_id=f"{client_order_id}-{self.count}", **kwargs)


class ForgetsTheStop(TradingExecutionEngine):
    def place_order(self, symbol, quantity, order_type, stop_price=None, **kwargs):
        return super().place_order(symbol, quantity, "market" if order_type == "stop" else order_type, **kwargs)


class ForgetsTheExits(TradingExecutionEngine):
    def place_order(self, *args, take_profit=None, stop_loss=None, **kwargs):
        return super().place_order(*args, **kwargs)


class ForgetsTheParent(TradingExecutionEngine):
    def place_order(self, *args, parent_id=None, parent_quantity=None, **kwargs):
        return super().place_order(*args, **kwargs)


class ReplacesNothing(TradingExecutionEngine):
    def replace_order(self, client_order_id, **changes):
        return self.get_order(client_order_id)


class LeavesOrdersWhenHalted(TradingExecutionEngine):
    def get_open_orders(self):
        return super().get_open_orders() or (self.get_order(self.last),)

    def place_order(self, *args, client_order_id=None, **kwargs):
        self.last = client_order_id
        return super().place_order(*args, client_order_id=client_order_id, **kwargs)


class RoundsQuantities(TradingExecutionEngine):
    def place_order(self, symbol, quantity, *args, **kwargs):
        return super().place_order(symbol, float(quantity) + 0.5, *args, **kwargs)


class IgnoresTheHalt(TradingExecutionEngine):
    def halt(self, reason):
        pass


class NeverResumes(TradingExecutionEngine):
    def resume(self):
        pass


class CountsTwice(AdvancedMonitoringFramework):
    def record_metric(self, name, value, labels=None):
        super().record_metric(name, value, labels)
        super().record_metric(name, value, labels)


class DropsLabels(AdvancedMonitoringFramework):
    def record_metric(self, name, value, labels=None):
        super().record_metric(name, value)


class CountsLabelsTwice(AdvancedMonitoringFramework):
    def record_metric(self, name, value, labels=None):
        super().record_metric(name, value * (2 if labels else 1), labels)


class TakesAnyName(AdvancedMonitoringFramework):
    def record_metric(self, name, value, labels=None):
        if name.isidentifier():
            super().record_metric(name, value, labels)


class WithoutRules(AdvancedMonitoringFramework):
    def get_alerts(self):
        return ()


class KeepsTheOldSettings(TradingSystemOptimizer):
    def optimize_trading_system(self, target=None, orders=None, seed=None):
        report = super().optimize_trading_system(target, orders, seed)
        return attrs.evolve(report, kept=report.before.settings)


class ReportsMore(TradingSystemOptimizer):
    def optimize_trading_system(self, target=None, orders=None, seed=None):
        report = super().optimize_trading_system(target, orders, seed)
        return attrs.evolve(report, improvement=report.improvement * 2)


class DividesByN(AnalyticsEngine):
    def analyze_performance(self, returns=None, **rest):
        return super().analyze_performance(returns=returns and returns[1:], **rest)


@pytest.mark.parametrize(
    ("kind", "broken", "told"),
    [
        ("market_data", IgnoresTheEnd, "end"),
        ("market_data", StreamsBackwards, "same order"),
        ("market_data", InventsSymbols, "DataError"),
        ("market_data", KnewBefore, "ts_init"),
        ("market_data_enhancer", KeepsRepeats, "each once"),
        ("market_data_enhancer", MixesSymbols, "log_return"),
        ("market_data_enhancer", StreamsEachPieceAlone, "log_return of bar 1 as in the answer to all 60"),
        ("market_data_enhancer", StreamsBehind, "symbol of 60 bars as in the answer to all 60"),
        ("market_data_enhancer", PromisesAStream, "tables of feed"),
        ("market_data_enhancer", TakesAnyTable, "DataError"),
        ("execution", SendsTwice, "intent"),
        ("execution", RoundsQuantities, "exact"),
        ("execution", ForgetsTheStop, "order_type='stop'"),
        ("execution", ForgetsTheExits, "the exit"),
        ("execution", ForgetsTheParent, "exceed their parent"),
        ("execution", ReplacesNothing, "new price"),
        ("execution", LeavesOrdersWhenHalted, "halt cancels"),
        ("execution", IgnoresTheHalt, "halted"),
        ("execution", NeverResumes, "OrderReport"),
        ("monitoring", CountsTwice, "one sample"),
        ("monitoring", DropsLabels, "one sample of it"),
        ("monitoring", CountsLabelsTwice, "with these labels"),
        ("monitoring", TakesAnyName, "ValueError"),
        ("monitoring", WithoutRules, "at least one rule"),
        ("optimizer", KeepsTheOldSettings, "kept"),
        ("optimizer", ReportsMore, "improvement"),
        ("analytics", DividesByN, "total_return"),
    ],
)
def test_a_broken_variant_is_caught(kind, broken, told):
    found = problems(kind, broken())
    assert found
    assert any(told in f"{problem.call} {problem.expected}" for problem in found), found
