"""The component: clean and richer bars, as polars, from any Arrow table."""

import copy
from importlib.metadata import version

import polars as pl

from allause.hookspecs import CONTRACT_VERSION, hookimpl
from allause.measurement import Tally
from allause.models import (
    ArrowTable,
    ComponentInfo,
    ComponentValidation,
    Context,
    FunctionalityReport,
    OptimizationMetrics,
    PerformanceStats,
    ThroughputReport,
)
from allause_enhancer.config import EnhancerConfig
from allause_enhancer.enhancement import enhance, larger_bars
from allause_enhancer.exchange import take_bars
from allause_enhancer.selftest import WINDOW, examine
from allause_enhancer.throughput import measure_throughput


class MarketDataEnhancer:
    """Clean, order and de-duplicate bars, and add returns, volatility, VWAP and outlier flags.

    The formulas stand in ``allause_enhancer.enhancement.enhance``. An instance keeps no data between calls.
    """

    Config = EnhancerConfig

    def __init__(self, config: EnhancerConfig | None = None) -> None:
        self._config = config or EnhancerConfig()
        self._tally = Tally()

    @hookimpl
    def enhance_market_data(self, market_data: ArrowTable) -> pl.DataFrame:
        """Return the clean bars with every column of the input and the added ones, by symbol then ``ts_event``."""
        with self._tally.call():
            bars = take_bars(market_data)
            enhanced = enhance(bars, self._config)
            self._tally.add("input_rows", bars.height)
            self._tally.add("output_rows", enhanced.height)
            return enhanced

    @hookimpl
    def enhance_market_data_throughput(self, market_data: ArrowTable) -> ThroughputReport:
        """Enhance ``market_data`` repeatedly and report what was measured; taking the table over is not timed."""
        with self._tally.call():
            report = measure_throughput(take_bars(market_data), self._config)
            self._tally.add("measured_repetitions", len(report.repetitions))
            return report

    def bars(self, market_data: ArrowTable, interval_ns: int | None = None) -> pl.DataFrame:
        """Return larger bars with their VWAP; beyond the contract.

        Args:
            market_data: as in ``enhance_market_data``.
            interval_ns: nanoseconds of a bar; the configured ones when left out.

        Raises:
            DataError: as in ``enhance_market_data``.
            ValueError: ``interval_ns`` is not an integer above 0.
        """
        with self._tally.call():
            config = self._config if interval_ns is None else EnhancerConfig(bar_interval_ns=interval_ns)
            return larger_bars(take_bars(market_data), config.bar_interval_ns)

    @hookimpl
    def get_component_info(self) -> ComponentInfo:
        """Say what this component is."""
        return ComponentInfo(
            name="enhancer",
            kind="market_data_enhancer",
            version=version("allause-enhancer"),
            contract_version=CONTRACT_VERSION,
            description="Clean, ordered bars with returns, rolling volatility, VWAP and outlier flags, on polars.",
            capabilities=("bars",),
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
        """Check the configuration once more; it was checked when it was made."""
        try:
            EnhancerConfig(
                window=self._config.window,
                outlier_threshold=self._config.outlier_threshold,
                bar_interval_ns=self._config.bar_interval_ns,
            )
        except ValueError as error:
            return ComponentValidation(valid=False, examined=("configuration",), problems=(str(error),))
        return ComponentValidation(valid=True, examined=("configuration",))

    @hookimpl
    def start(self, context: Context) -> None:
        """Take the host's clock."""
        self._tally.clock = context.clock

    @hookimpl
    def close(self) -> None:
        """Release nothing: no data, file or thread is kept."""
