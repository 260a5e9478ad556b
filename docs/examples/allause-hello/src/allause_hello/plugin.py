"""The component: what the contract asks for, and little else."""

import math
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from time import perf_counter_ns

import attrs

from allause.hookspecs import CONTRACT_VERSION, hookimpl
from allause.models import (
    AnalysisReport,
    ComponentInfo,
    ComponentValidation,
    Context,
    Figure,
    FunctionalityCase,
    FunctionalityReport,
    Grade,
    OptimizationMetrics,
    PerformanceStats,
    Trend,
)
from allause_hello import figures


@attrs.frozen(kw_only=True)
class HelloConfig:
    """Configure the analysis.

    Attributes:
        periods_per_year: used when a call does not say.
    """

    periods_per_year: float = attrs.field(default=252.0, validator=attrs.validators.gt(0))


class HelloAnalytics:
    """Analyse returns in three figures."""

    Config = HelloConfig

    def __init__(self, config: HelloConfig | None = None) -> None:
        self._config = config or HelloConfig()
        self._operations = self._errors = self._busy_ns = 0

    @hookimpl
    def analyze_performance(
        self,
        returns: Sequence[float] | None = None,
        benchmark: Sequence[float] | None = None,
        periods_per_year: float | None = None,
        risk_free_rate: float | None = None,
        measurements: Mapping[str, float] | None = None,
    ) -> AnalysisReport:
        """Analyse simple periodic returns.

        Raises:
            ValueError: a value that is not finite, a return of -1 or below, or unequal lengths.
        """
        begun = perf_counter_ns()
        try:
            return self._analyze(
                tuple(returns or ()), benchmark, periods_per_year, risk_free_rate, dict(measurements or {})
            )
        except Exception:
            self._errors += 1
            raise
        finally:
            self._operations += 1
            self._busy_ns += perf_counter_ns() - begun

    def _analyze(
        self,
        returns: Sequence[float],
        benchmark: Sequence[float] | None,
        periods_per_year: float | None,
        risk_free_rate: float | None,
        measurements: Mapping[str, float],
    ) -> AnalysisReport:
        periods = self._config.periods_per_year if periods_per_year is None else periods_per_year
        figures.check_returns("returns", returns)
        if benchmark is not None:
            figures.check_returns("benchmark", benchmark)
            if len(benchmark) != len(returns):
                raise ValueError(
                    f"benchmark must have the {len(returns)} periods of returns, got {len(benchmark)}; align them first"
                )
        scalars = {"periods_per_year": periods, "risk_free_rate": risk_free_rate or 0.0, **measurements}
        for name, value in scalars.items():
            if not math.isfinite(value):
                raise ValueError(f"{name} must be finite, got {value}")
        if periods <= 0:
            raise ValueError(f"periods_per_year must be positive, got {periods}; 252 suits daily returns")
        return AnalysisReport(
            figures=_figures(returns, periods),
            trend=Trend(direction="undefined", slope=None, p_value=None),
            anomalies=(),
            grade=Grade(letter="F", score=0.0, missing=("a rubric",), capped_by=("a rubric",)),
            periods=len(returns),
        )

    # The standard API: five questions, start and close.

    @hookimpl
    def get_component_info(self) -> ComponentInfo:
        """Say what this component is."""
        return ComponentInfo(
            name="hello",
            kind="analytics",
            version=version("allause-hello"),
            contract_version=CONTRACT_VERSION,
            description="Total return, volatility and maximum drawdown.",
        )

    @hookimpl
    def get_performance_stats(self) -> PerformanceStats:
        """Count the calls of ``analyze_performance`` so far."""
        return PerformanceStats(operations=self._operations, errors=self._errors, busy_ns=self._busy_ns)

    @hookimpl
    def test_functionality(self) -> FunctionalityReport:
        """Analyse three returns whose figures are known, and offer one that must be refused."""
        return FunctionalityReport(cases=(self._known_answer(), self._refusal()))

    @hookimpl
    def get_optimization_metrics(self) -> OptimizationMetrics:
        """Offer the mean time of a call; nothing can be tuned."""
        mean = self._busy_ns / self._operations if self._operations else 0.0
        return OptimizationMetrics(metrics={"analyze_mean_ns": mean})

    @hookimpl
    def validate_component(self) -> ComponentValidation:
        """Check the configuration; attrs did so at construction, but a frozen record can be forced."""
        periods = self._config.periods_per_year
        sound = math.isfinite(periods) and periods > 0
        problems = () if sound else (f"periods_per_year must be finite and positive, got {periods}",)
        return ComponentValidation(valid=sound, examined=("config.periods_per_year",), problems=problems)

    @hookimpl
    def start(self, context: Context) -> None:
        """Take nothing: this component needs neither clock nor directory."""

    @hookimpl
    def close(self) -> None:
        """Release nothing: this component holds nothing."""

    # The self-test: a known answer and a refusal.

    def _known_answer(self) -> FunctionalityCase:
        name = "figures of (0.1, -0.5, 0.2)"
        wanted = {"total_return": 1.1 * 0.5 * 1.2 - 1, "max_drawdown": -0.5}
        try:
            report = self.analyze_performance(returns=(0.1, -0.5, 0.2))
            seen = {figure.name: figure.value for figure in report.figures}
        except Exception as error:  # noqa: BLE001  a self-test reports whatever is broken
            return FunctionalityCase(name=name, passed=False, detail=f"raised {error!r}")
        wrong = [
            f"{key}: expected {value}, got {seen.get(key)}"
            for key, value in wanted.items()
            if not math.isclose(seen.get(key) or math.nan, value, rel_tol=1e-12)
        ]
        return FunctionalityCase(name=name, passed=not wrong, detail="; ".join(wrong))

    def _refusal(self) -> FunctionalityCase:
        name = "a return of -1 is refused"
        try:
            self.analyze_performance(returns=(0.1, -1.0))
        except ValueError:
            return FunctionalityCase(name=name, passed=True)
        except Exception as error:  # noqa: BLE001  the wrong refusal is a failed case too
            return FunctionalityCase(name=name, passed=False, detail=f"expected ValueError, got {error!r}")
        return FunctionalityCase(name=name, passed=False, detail="expected ValueError, got an answer")


def _figures(returns: Sequence[float], periods_per_year: float) -> tuple[Figure, ...]:
    n = len(returns)
    empty = "no returns given"
    return (
        Figure(
            name="total_return",
            value=figures.total_return(returns) if n else None,
            unit="ratio",
            definition="product of 1 + r, less 1",
            n=n,
            reason="" if n else empty,
        ),
        Figure(
            name="volatility",
            value=figures.volatility(returns, periods_per_year) if n > 1 else None,
            unit="ratio",
            definition="sample standard deviation of r, times the root of the periods per year",
            n=n,
            reason="" if n > 1 else "needs two returns" if n else empty,
        ),
        Figure(
            name="max_drawdown",
            value=figures.max_drawdown(returns) if n else None,
            unit="ratio",
            definition="the lowest value of equity over its running maximum, less 1; equity starts at 1",
            n=n,
            reason="" if n else empty,
        ),
    )
