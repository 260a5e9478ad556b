"""Hand the monitor over to the host."""

import copy
from collections.abc import Mapping
from importlib.metadata import version

from allause.exceptions import ConfigurationError
from allause.hookspecs import CONTRACT_VERSION, hookimpl
from allause.measurement import SystemClock, Tally
from allause.models import (
    Alert,
    Clock,
    ComponentInfo,
    ComponentValidation,
    Context,
    FunctionalityReport,
    MetricSample,
    OptimizationMetrics,
    PerformanceStats,
    TunableSetting,
)
from allause_monitoring.config import MonitoringConfig
from allause_monitoring.functionality import try_functionality
from allause_monitoring.monitor import Monitor

_INTERVALS_S = (0.5, 1.0, 5.0)
_BATCHES = (100.0, 500.0, 2_000.0)


class AdvancedMonitoringFramework:
    """Collect metrics of process, host and components, and watch six alert rules.

    Default-constructed it has no thread and no file: ``start_monitoring`` begins the background sampling, and
    samples are stored only with a directory, from the configuration or from ``start``.
    """

    Config = MonitoringConfig

    def __init__(self, config: MonitoringConfig | None = None) -> None:
        if config is not None and not isinstance(config, MonitoringConfig):
            raise ConfigurationError(f"expected a MonitoringConfig, got {type(config).__name__}")
        self._config = config or MonitoringConfig()
        self._monitor = Monitor(self._config, SystemClock(), self._config.directory)
        self._tally = Tally()

    @hookimpl
    def start_monitoring(self) -> None:
        """Begin to sample process and host in the background; without effect when already begun."""
        with self._tally.call():
            self._monitor.sampler.start()

    @hookimpl
    def stop_monitoring(self) -> None:
        """Stop sampling and wait until the sampler has ended; without effect when not begun."""
        with self._tally.call():
            self._monitor.stop()

    @hookimpl
    def record_metric(self, name: str, value: float, labels: Mapping[str, str] | None = None) -> None:
        """Take one measured value: ``*_total`` adds, ``*_seconds`` is observed, anything else replaces."""
        with self._tally.call():
            self._monitor.record(name, value, labels)

    @hookimpl
    def get_metrics(self) -> tuple[MetricSample, ...]:
        """Sample process and host now and return the latest value of every metric known."""
        with self._tally.call():
            return self._monitor.metrics()

    @hookimpl
    def get_alerts(self) -> tuple[Alert, ...]:
        """Evaluate every alert rule now and return its state, in rule order."""
        with self._tally.call():
            return self._monitor.alerts()

    @hookimpl
    def render_metrics(self) -> str:
        """Sample now and return the metrics in the Prometheus text exposition format."""
        with self._tally.call():
            return self._monitor.render()

    @hookimpl
    def get_component_info(self) -> ComponentInfo:
        """Say what this component is."""
        return ComponentInfo(
            name="monitoring",
            kind="monitoring",
            version=version("allause-monitoring"),
            contract_version=CONTRACT_VERSION,
            description="Collects metrics of process, host and components and watches six alert rules.",
            capabilities=("prometheus_exposition", "metrics_store"),
        )

    @hookimpl
    def get_performance_stats(self) -> PerformanceStats:
        """Count the work done so far."""
        return self._tally.stats(self._monitor.details())

    @hookimpl
    def test_functionality(self) -> FunctionalityReport:
        """Record, sample, render and alert on a copy with nothing recorded, on a clock of its own."""
        return try_functionality(self._probe)

    @hookimpl
    def get_optimization_metrics(self) -> OptimizationMetrics:
        """Offer the mean time of a call, and the sampling settings."""
        stats = self._tally.stats()
        metrics = {"busy_ns_per_operation": stats.busy_ns / stats.operations} if stats.operations else {}
        config = self._config
        return OptimizationMetrics(
            metrics=metrics,
            settings=(
                _setting("sample_interval_s", config.sample_interval_s, _INTERVALS_S, "seconds"),
                _setting("batch_rows", config.batch_rows, _BATCHES, "rows"),
            ),
        )

    @hookimpl
    def validate_component(self) -> ComponentValidation:
        """Tell what is wrong with sources, sampler and store, as of their last use."""
        problems = tuple(self._monitor.complaints())
        return ComponentValidation(
            valid=not problems, examined=("sources", "background sampler", "metrics store"), problems=problems
        )

    @hookimpl
    def start(self, context: Context) -> None:
        """Take clock, directory and logger; the background sampling is not begun."""
        self._monitor.close()
        directory = self._config.directory or context.directory
        self._monitor = Monitor(self._config, context.clock, directory, context.logger)
        self._tally.clock = context.clock

    @hookimpl
    def close(self) -> None:
        """Stop the sampler, write what is pending and close the store; may be called twice."""
        self._monitor.close()

    def _probe(self, clock: Clock) -> "AdvancedMonitoringFramework":
        # A copy keeps whatever was put in place of a method, on the class or on this instance, and is thereby tried.
        probe = copy.copy(self)
        probe._monitor = Monitor(MonitoringConfig(), clock, None)  # noqa: SLF001 - a copy of ourselves
        probe._tally = Tally(clock)  # noqa: SLF001 - the same
        return probe


def _setting(name: str, value: float, candidates: tuple[float, ...], unit: str) -> TunableSetting:
    return TunableSetting(
        name=name, value=float(value), candidates=tuple(sorted({float(value), *candidates})), unit=unit
    )
