"""The component: clean and richer bars, as polars, from any Arrow table."""

import copy
from importlib.metadata import version
from importlib.util import find_spec
from math import inf
from pathlib import Path

import attrs
import polars as pl

from allause.hookspecs import CONTRACT_VERSION, hookimpl
from allause.measurement import Tally
from allause.models import (
    ArrowTable,
    ComponentInfo,
    ComponentValidation,
    Context,
    FunctionalityReport,
    MarketEvent,
    OptimizationMetrics,
    PerformanceStats,
    ThroughputReport,
)
from allause_enhancer.config import EnhancerConfig
from allause_enhancer.engine import EnhancedFrame, run
from allause_enhancer.events import EventEnhancer
from allause_enhancer.options import GREEKS, MISSING_EXTRA
from allause_enhancer.pieces import enhance_file
from allause_enhancer.selftest import WINDOW, examine
from allause_enhancer.stream import EnhancerStream
from allause_enhancer.tables.exchange import take
from allause_enhancer.tables.larger import By, larger_bars
from allause_enhancer.throughput import measure_throughput


class MarketDataEnhancer:
    """Clean, order and de-duplicate bars, trades and quotes, and add the columns chosen.

    The formulas stand in ``allause_enhancer.columns``. An instance keeps no data between calls.
    """

    Config = EnhancerConfig

    def __init__(self, config: EnhancerConfig | None = None) -> None:
        self._config = config or EnhancerConfig()
        self._tally = Tally()

    @hookimpl
    def enhance_market_data(self, market_data: ArrowTable) -> EnhancedFrame:
        """Return the clean rows with the columns kept and added, by symbol then ``seq`` or ``ts_event``.

        The answer is a polars table; its ``enhancement`` names the engine that computed it and why.
        """
        with self._tally.call():
            market = take(market_data)
            enhanced = run(market, self._config)
            self._tally.add("input_rows", market.frame.height)
            self._tally.add("output_rows", enhanced.height)
            return enhanced

    def enhance_file(self, path: Path) -> EnhancedFrame:
        """Return what ``enhance_market_data`` does for a Parquet file, computed while it is read; beyond the contract.

        Raises:
            DataError: it cannot be read, or as in ``enhance_market_data``.
        """
        with self._tally.call():
            enhanced = enhance_file(path, self._config)
            if enhanced.enhancement is not None:
                self._tally.add("input_rows", enhanced.enhancement.input_rows)
            self._tally.add("output_rows", enhanced.height)
            return enhanced

    @hookimpl
    def enhance_market_data_throughput(self, market_data: ArrowTable) -> ThroughputReport:
        """Enhance ``market_data`` repeatedly and report what was measured; taking the table over is not timed."""
        with self._tally.call():
            report = measure_throughput(take(market_data), self._config)
            self._tally.add("measured_repetitions", len(report.repetitions))
            return report

    def stream(self, *, bars: bool = False) -> EnhancerStream:
        """Return a stream that enhances chunk by chunk with this configuration; beyond the contract."""
        return EnhancerStream(self._config, bars=bars)

    def events(self, event: type[MarketEvent], *, capacity: int = 1024) -> EventEnhancer:
        """Return what enhances events of a class one at a time with this configuration; beyond the contract."""
        return EventEnhancer(event, self._config, capacity=capacity)

    def bars(
        self,
        market_data: ArrowTable,
        interval_ns: int | None = None,
        *,
        by: By | str = By.TIME,
        size: float | None = None,
    ) -> pl.DataFrame:
        """Return larger bars with their VWAP; beyond the contract.

        Args:
            market_data: as in ``enhance_market_data``.
            interval_ns: nanoseconds of a bar by time; the configured ones when left out.
            by: what fills a bar: time, ticks, volume or dollars (turnover).
            size: rows, units or turnover of a bar that is not one by time.

        Raises:
            DataError: as in ``enhance_market_data``.
            ValueError: ``interval_ns`` is not an integer above 0, ``size`` is missing, no finite number above 0 or so
                small that its bars cannot be numbered, or ``by`` is another word.
        """
        with self._tally.call():
            by = By(by)
            if by is By.TIME:
                config = self._config if interval_ns is None else EnhancerConfig(bar_interval_ns=interval_ns)
                size = config.bar_interval_ns
            elif isinstance(size, bool) or not isinstance(size, int | float) or not 0 < size < inf:
                raise ValueError(f"size: expected a finite number above 0 for bars by {by}, found {size!r}")
            return larger_bars(take(market_data), size, by)

    @hookimpl
    def get_component_info(self) -> ComponentInfo:
        """Say what this component is."""
        return ComponentInfo(
            name="enhancer",
            kind="market_data_enhancer",
            version=version("allause-enhancer"),
            contract_version=CONTRACT_VERSION,
            description="Clean, ordered bars, trades and quotes with documented columns added, on polars or numba.",
            capabilities=("bars", "stream"),
        )

    @hookimpl
    def get_performance_stats(self) -> PerformanceStats:
        """Count the work done so far."""
        return self._tally.stats()

    @hookimpl
    def test_functionality(self) -> FunctionalityReport:
        """Try the methods on known rows, whose answers follow from the written formulas."""
        twin = copy.copy(self)  # keeps what is broken here, counts for itself
        twin._config = EnhancerConfig(window=WINDOW)  # noqa: SLF001 - the copy is ours
        twin._tally = Tally()  # noqa: SLF001 - the same
        return examine(twin)

    @hookimpl
    def get_optimization_metrics(self) -> OptimizationMetrics:
        """Offer the measured time of a call; what can be set changes the answer, so nothing is offered to tune."""
        stats = self._tally.stats()
        metrics = {"busy_ns_per_call": stats.busy_ns / stats.operations} if stats.operations else {}
        return OptimizationMetrics(metrics=metrics)

    @hookimpl
    def validate_component(self) -> ComponentValidation:
        """Check the configuration once more, and that what its columns need is installed."""
        problems = []
        try:
            attrs.evolve(self._config)
        except ValueError as error:
            problems.append(str(error))
        if {*(self._config.columns or ())} & {*GREEKS} and find_spec("scipy") is None:
            problems.append(MISSING_EXTRA)
        return ComponentValidation(valid=not problems, examined=("configuration",), problems=tuple(problems))

    @hookimpl
    def start(self, context: Context) -> None:
        """Take the host's clock."""
        self._tally.clock = context.clock

    @hookimpl
    def close(self) -> None:
        """Release nothing: no data, file or thread is kept."""
