"""A small, honest component of kind market_data_enhancer, in plain Python."""

from importlib.metadata import version
from math import isfinite, log
from statistics import stdev
from time import perf_counter_ns

from allause.exceptions import DataError
from allause.hookspecs import CONTRACT_VERSION, hookimpl
from allause.models import (
    ComponentInfo,
    ComponentValidation,
    FunctionalityCase,
    FunctionalityReport,
    OptimizationMetrics,
    PerformanceStats,
    ThroughputReport,
)
from arro3.core import Array, DataType, Table

PRICES = ("open", "high", "low", "close")
TYPES = {
    "symbol": DataType.string(),
    "ts_event": DataType.int64(),
    "ts_init": DataType.int64(),
    "is_outlier": DataType.bool(),
}
WINDOW = 20


class Engine:
    """Clean bars and add columns."""

    busy_ns = 0

    def __init__(self, config=None):
        self.operations = 0
        self.errors = 0

    @hookimpl
    def get_component_info(self):
        return ComponentInfo(
            name="engine",
            kind="market_data_enhancer",
            version=version("mutant-analytics"),
            contract_version=CONTRACT_VERSION,
            capabilities=("stream",),
        )

    @hookimpl
    def get_performance_stats(self):
        return PerformanceStats(operations=self.operations, errors=self.errors, busy_ns=self.busy_ns)

    @hookimpl
    def test_functionality(self):
        day = 86_400_000_000_000
        prices = {name: [10.0, float("nan"), 20.0] for name in PRICES}
        times = [1_000 * day, 1_001 * day, 1_002 * day]
        bars = {"symbol": ["A"] * 3, "ts_event": times, "ts_init": times, **prices, "volume": [1.0] * 3}
        returns = enhance(bars)["log_return"]
        return FunctionalityReport(cases=(FunctionalityCase(name="log return", passed=returns == [None, log(2)]),))

    @hookimpl
    def get_optimization_metrics(self):
        return OptimizationMetrics(metrics={"errors_total": float(self.errors)})

    @hookimpl
    def validate_component(self):
        return ComponentValidation(valid=True, examined=("configuration",))

    @hookimpl
    def start(self, context):
        self.context = context

    @hookimpl
    def close(self):
        self.context = None

    @hookimpl
    def enhance_market_data(self, market_data):
        self.operations += 1
        started = perf_counter_ns()
        table = Table.from_arrow(market_data)
        missing = [name for name in ("symbol", "ts_event", *PRICES, "volume") if name not in table.column_names]
        if missing:
            self.errors += 1
            raise DataError(f"columns are missing: {', '.join(missing)}")
        enhanced = enhance({name: list(table.column(name).to_pylist()) for name in table.column_names})
        self.busy_ns += perf_counter_ns() - started
        return Table.from_pydict(
            {name: Array(column, TYPES.get(name, DataType.float64())) for name, column in enhanced.items()}
        )

    def stream(self):
        """Return a stream that is fed with tables."""
        return Stream(self)

    @hookimpl
    def enhance_market_data_throughput(self, market_data):
        self.operations += 1
        raise DataError("this small component measures nothing")


class Stream:
    """Hold all rows back until they end."""

    def __init__(self, engine):
        self.engine = engine
        self.batches = []

    def feed(self, market_data):
        """Take the next rows."""
        self.batches += Table.from_arrow(market_data).to_batches()

    def finish(self):
        """Return the answer to all rows."""
        return self.engine.enhance_market_data(Table.from_batches(self.batches))


def enhance(columns):
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    good = {}
    for row in rows:
        if all(isfinite(row[name]) and row[name] > 0 for name in PRICES):
            good.setdefault((row["symbol"], row["ts_event"]), row)
    before, traded, returns = {}, {}, {}
    ordered = [good[key] for key in sorted(good)]
    for row in ordered:
        symbol = row["symbol"]
        change = log(row["close"] / before[symbol]) if symbol in before else None
        before[symbol] = row["close"]
        value, volume = traded.get(symbol, (0.0, 0.0))
        value += (row["high"] + row["low"] + row["close"]) / 3 * row["volume"]
        volume += row["volume"]
        traded[symbol] = (value, volume)
        past = returns.setdefault(symbol, [])
        past += [] if change is None else [change]
        row["log_return"] = change
        row["rolling_volatility"] = stdev(past[-WINDOW:]) if len(past) >= WINDOW else None
        row["vwap"] = value / volume
        row["is_outlier"] = False
    added = ("log_return", "rolling_volatility", "vwap", "is_outlier")
    return {name: [row[name] for row in ordered] for name in (*columns, *added)}
