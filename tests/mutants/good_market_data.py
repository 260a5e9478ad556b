"""A small, honest component of kind market_data: bars of two symbols that it makes itself, or of a file."""

import csv
from collections import Counter
from functools import wraps
from importlib.metadata import version
from itertools import pairwise
from math import isfinite
from pathlib import Path
from time import perf_counter_ns

import attrs
from allause.exceptions import DataError
from allause.hookspecs import CONTRACT_VERSION, hookimpl
from allause.models import (
    BAR_COLUMNS,
    Bar,
    ComponentInfo,
    ComponentValidation,
    DataQuality,
    DefectCause,
    FunctionalityCase,
    FunctionalityReport,
    OptimizationMetrics,
    PerformanceStats,
)
from arro3.core import Array, DataType, Table

DAY = 86_400_000_000_000
TYPES = {"symbol": DataType.string(), "ts_event": DataType.int64(), "ts_init": DataType.int64()}


def bars():
    """Return the bars as they came, before any of them is judged."""
    rows = []
    for day in range(10_000, 10_060):
        for symbol, price in (("AAA", 50.0), ("BBB", 20.0)):
            close = price + day % 7
            rows.append(Bar(symbol=symbol, ts_event=day * DAY, ts_init=day * DAY, open=close, high=close + 1,
                            low=close - 1, close=close, volume=100.0 + day, adj_close=close))  # fmt: skip
    return rows


def read(path):
    """Return the bars of a file as they came."""
    with path.open(newline="") as file:
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or ()) != BAR_COLUMNS:
            raise DataError(f"{path}: expected bars, found {reader.fieldnames}")
        return [Bar(symbol=row["symbol"], ts_event=int(row["ts_event"]), ts_init=int(row["ts_init"]),
                    **{name: float(row[name] or "nan") for name in BAR_COLUMNS[3:]}) for row in reader]  # fmt: skip


@attrs.frozen
class Settings:
    path: Path | None = None


def defect(bar, seen, latest):
    """Return what is wrong with a bar; None for a good one."""
    if (bar.symbol, bar.ts_event) in seen:
        return DefectCause.DUPLICATE
    if bar.ts_event < latest:
        return DefectCause.DISORDER
    if not all(map(isfinite, (bar.open, bar.high, bar.low, bar.close, bar.volume))):
        return DefectCause.NON_FINITE
    if bar.ts_init < bar.ts_event:
        return DefectCause.TIME_REVERSED
    if min(bar.open, bar.high, bar.low, bar.close) <= 0:
        return DefectCause.NEGATIVE_PRICE
    if not bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high:
        return DefectCause.IMPOSSIBLE_BAR
    return None


def timed(function):
    """Add the time of each call to ``busy_ns``."""

    @wraps(function)
    def inner(self, *args, **kwargs):
        started = perf_counter_ns()
        try:
            return function(self, *args, **kwargs)
        finally:
            self.busy_ns += perf_counter_ns() - started

    return inner


class Engine:
    """Serve the good bars and count the others."""

    Config = Settings

    def __init__(self, config=None):
        self.operations = 0
        self.errors = 0
        self.busy_ns = 0
        self.good = []
        self.defects = []
        seen = set()
        latest = Counter()
        for bar in read(config.path) if config and config.path else bars():
            cause = defect(bar, seen, latest[bar.symbol])
            seen.add((bar.symbol, bar.ts_event))
            latest[bar.symbol] = max(latest[bar.symbol], bar.ts_event)
            if cause in (None, DefectCause.DISORDER):
                self.good.append(bar)
            if cause is not None:
                self.defects.append((bar.symbol, cause))
        self.good.sort(key=lambda bar: bar.ts_event)

    @hookimpl
    def get_component_info(self):
        return ComponentInfo(
            name="engine",
            kind="market_data",
            version=version("mutant-analytics"),
            contract_version=CONTRACT_VERSION,
        )

    @hookimpl
    def get_performance_stats(self):
        return PerformanceStats(operations=self.operations, errors=self.errors, busy_ns=self.busy_ns)

    @hookimpl
    def test_functionality(self):
        rows = self._serve(["AAA"], None, None)
        passed = bool(rows) and {bar.symbol for bar in rows} == {"AAA"}
        return FunctionalityReport(cases=(FunctionalityCase(name="one symbol", passed=passed, detail="AAA"),))

    @hookimpl
    def get_optimization_metrics(self):
        return OptimizationMetrics(metrics={"errors_total": float(self.errors)})

    @hookimpl
    def validate_component(self):
        return ComponentValidation(valid=True, examined=("bars",))

    @hookimpl
    def start(self, context):
        self.context = context

    @hookimpl
    def close(self):
        self.context = None

    @hookimpl
    @timed
    def get_symbols(self):
        self.operations += 1
        return self._symbols()

    @hookimpl
    @timed
    def get_market_data(self, symbols, start=None, end=None):
        self.operations += 1
        rows = self._serve(symbols, start, end)
        columns = {name: [getattr(bar, name) for bar in rows] for name in BAR_COLUMNS}
        table = {name: Array(column, TYPES.get(name, DataType.float64())) for name, column in columns.items()}
        return Table.from_pydict(table)

    @hookimpl
    @timed
    def stream_market_data(self, symbols, start=None, end=None):
        self.operations += 1
        return iter(self._serve(symbols, start, end))

    @hookimpl
    @timed
    def get_data_quality(self, symbols):
        self.operations += 1
        rows = self._serve(symbols, None, None)
        causes = Counter(cause for symbol, cause in self.defects if symbol in symbols)
        disorder = causes[DefectCause.DISORDER]
        read = len(rows) + causes.total() - disorder
        for symbol in symbols:
            times = [bar.ts_event for bar in rows if bar.symbol == symbol]
            causes[DefectCause.GAP] += sum(after - before > 9 * DAY for before, after in pairwise(times))
        return DataQuality(
            rows=read,
            good=len(rows) - disorder,
            defects={cause.value: causes[cause] for cause in DefectCause},
        )

    def _symbols(self):
        return tuple(sorted({bar.symbol for bar in self.good} | {symbol for symbol, _ in self.defects}))

    def _serve(self, symbols, start, end):
        unknown = sorted(set(symbols) - set(self._symbols()))
        if unknown:
            self.errors += 1
            raise DataError(f"no data for {', '.join(unknown)}")
        kept = [bar for bar in self.good if bar.symbol in symbols]
        kept = [bar for bar in kept if (start is None or bar.ts_event >= start) and (end is None or bar.ts_event < end)]
        return sorted(kept, key=lambda bar: (bar.ts_event, symbols.index(bar.symbol)))
