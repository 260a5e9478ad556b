"""Hand the analysis over to the host."""

import copy
from collections.abc import Mapping, Sequence
from importlib.metadata import version

import numpy as np

from allause.exceptions import ConfigurationError
from allause.hookspecs import CONTRACT_VERSION, hookimpl
from allause.measurement import Tally
from allause.models import (
    AnalysisReport,
    ComponentInfo,
    ComponentValidation,
    Context,
    FunctionalityReport,
    OptimizationMetrics,
    PerformanceStats,
    TunableSetting,
)
from allause_analytics.anomaly import find_anomalies
from allause_analytics.config import AnalyticsConfig
from allause_analytics.figures import FIGURES, compute_figures
from allause_analytics.functionality import try_functionality
from allause_analytics.grading import LETTERS, RUBRIC, check_measurements, grade
from allause_analytics.series import build_series
from allause_analytics.trend import fit_trend

_WINDOWS = (100, 250, 500)


class AnalyticsEngine:
    """Analyse returns: figures with definitions, trend, anomalies and a grade.

    It keeps nothing between two calls but its counts, and may be called from any thread, with or without an
    event loop running.
    """

    Config = AnalyticsConfig

    def __init__(self, config: AnalyticsConfig | None = None) -> None:
        if config is not None and not isinstance(config, AnalyticsConfig):
            raise ConfigurationError(f"expected an AnalyticsConfig, got {type(config).__name__}")
        self._config = config or AnalyticsConfig()
        self._tally = Tally()

    @hookimpl
    def analyze_performance(
        self,
        returns: Sequence[float] | None = None,
        benchmark: Sequence[float] | None = None,
        periods_per_year: float | None = None,
        risk_free_rate: float | None = None,
        measurements: Mapping[str, float] | None = None,
    ) -> AnalysisReport:
        """Analyse simple periodic returns and operational measurements."""
        with self._tally.call():
            config = self._config
            checked = check_measurements(measurements)
            series = build_series(returns, benchmark, periods_per_year, risk_free_rate)
            figures = compute_figures(series)
            return AnalysisReport(
                figures=figures,
                trend=fit_trend(series, config.trend_significance),
                anomalies=find_anomalies(
                    np.empty(0) if series is None else series.returns,
                    window=config.anomaly_window,
                    history=config.anomaly_history,
                    threshold=config.anomaly_threshold,
                ),
                grade=grade(figures, checked),
                periods=0 if series is None else series.n,
            )

    @hookimpl
    def get_component_info(self) -> ComponentInfo:
        """Say what this component is."""
        return ComponentInfo(
            name="analytics",
            kind="analytics",
            version=version("allause-analytics"),
            contract_version=CONTRACT_VERSION,
            description=f"Computes {len(FIGURES)} return and risk figures, a trend, anomalies and a grade.",
        )

    @hookimpl
    def get_performance_stats(self) -> PerformanceStats:
        """Count the work done so far."""
        return self._tally.stats()

    @hookimpl
    def test_functionality(self) -> FunctionalityReport:
        """Analyse small known input on a copy, so that this instance's counts stay those of its caller."""
        probe = copy.copy(self)
        probe._config = AnalyticsConfig()  # noqa: SLF001 - a copy of ourselves
        probe._tally = Tally(self._tally.clock)  # noqa: SLF001 - the same
        return try_functionality(probe.analyze_performance)

    @hookimpl
    def get_optimization_metrics(self) -> OptimizationMetrics:
        """Offer the mean time of an analysis, and the size of the anomaly window."""
        stats = self._tally.stats()
        window = self._config.anomaly_window
        candidates = sorted({window, *(size for size in _WINDOWS if size >= self._config.anomaly_history)})
        return OptimizationMetrics(
            metrics={"busy_ns_per_operation": stats.busy_ns / stats.operations} if stats.operations else {},
            settings=(
                TunableSetting(
                    name="anomaly_window",
                    value=float(window),
                    candidates=tuple(float(size) for size in candidates),
                    unit="periods",
                ),
            ),
        )

    @hookimpl
    def validate_component(self) -> ComponentValidation:
        """Check that figures and rubric are consistent."""
        problems = []
        weights = sum(criterion.weight for criterion in RUBRIC)
        if weights != 100:  # noqa: PLR2004 - points are out of 100
            problems.append(f"the rubric's weights add up to {weights}, expected 100")
        names = {definition.name for definition in FIGURES}
        letters = {letter for letter, _ in LETTERS}
        for criterion in RUBRIC:
            if criterion.figure and criterion.name not in names:
                problems.append(f"the rubric's {criterion.name} is not among the figures")
            if criterion.cap not in letters:
                problems.append(f"the cap of {criterion.name}, {criterion.cap}, is no letter")
        return ComponentValidation(valid=not problems, examined=("figures", "rubric"), problems=tuple(problems))

    @hookimpl
    def start(self, context: Context) -> None:
        """Take the clock; nothing else is needed."""
        self._tally.clock = context.clock

    @hookimpl
    def close(self) -> None:
        """Release nothing: there is no file, thread or session."""
