"""The component: checks its arguments, finds the target and hands over to the search."""

from copy import copy
from importlib.metadata import version

from allause.exceptions import UsageError
from allause.hookspecs import CONTRACT_VERSION, hookimpl
from allause.measurement import Tally
from allause.models.component import (
    ComponentInfo,
    ComponentValidation,
    FunctionalityReport,
    OptimizationMetrics,
    PerformanceStats,
)
from allause.models.context import Context
from allause.models.optimization import OptimizationReport, OptimizationTarget
from allause_optimizer import configuration
from allause_optimizer.search import Search, contradictions
from allause_optimizer.selftest import run_cases


class TradingSystemOptimizer:
    """Measure a trading system under a few settings and keep the better one.

    Args:
        config: see ``Config``.
    """

    Config = configuration.Config

    def __init__(self, config: configuration.Config | None = None) -> None:
        self._config = config or configuration.Config()
        self._tally = Tally()
        self._trials = 0
        self._last: OptimizationReport | None = None

    @hookimpl
    def optimize_trading_system(
        self, target: OptimizationTarget | None = None, orders: int | None = None, seed: int | None = None
    ) -> OptimizationReport:
        """Measure the target, or the installed execution component, and keep the better settings."""
        with self._tally.call():
            count = self._config.orders if orders is None else orders
            if not isinstance(count, int) or isinstance(count, bool) or count < 1:
                raise UsageError(f"orders: expected a whole number from 1 up, found {orders!r}; or leave it out")
            search = Search(
                _installed() if target is None else target,
                orders=count,
                seed=seed or 0,
                repetitions=self._config.repetitions,
                max_trials=self._config.max_trials,
            )
            self._last = report = search.run()
            self._trials += len(report.trials)
            return report

    @hookimpl
    def start(self, context: Context) -> None:
        """Take the host's clock; targets bring their own venue and directory."""
        self._tally.clock = context.clock

    @hookimpl
    def close(self) -> None:
        """Hold nothing open."""

    @hookimpl
    def get_component_info(self) -> ComponentInfo:
        """Say what this component is."""
        return ComponentInfo(
            name="optimizer",
            kind="optimizer",
            version=version("allause-optimizer"),
            contract_version=CONTRACT_VERSION,
            description="Measure a trading system under several settings and keep the better one.",
        )

    @hookimpl
    def get_performance_stats(self) -> PerformanceStats:
        """Count the optimizations and their trials."""
        return self._tally.stats({"trials": float(self._trials)})

    @hookimpl
    def test_functionality(self) -> FunctionalityReport:
        """Optimize three small targets, whose better setting is known, with this object's method."""
        trial = copy(self)  # with whatever was put in place of its methods
        trial._tally = Tally()  # noqa: SLF001  our own class
        return FunctionalityReport(cases=run_cases(trial))

    @hookimpl
    def get_optimization_metrics(self) -> OptimizationMetrics:
        """Offer what the last optimization reached; nothing here can be tuned by measuring."""
        if self._last is None:
            return OptimizationMetrics()
        last = self._last
        return OptimizationMetrics(
            metrics={
                "improvement_ratio": last.improvement,
                "error_rate_ratio": last.after.error_rate,
                "connection_reuse_ratio": last.after.connection_reuse,
            }
        )

    @hookimpl
    def validate_component(self) -> ComponentValidation:
        """Check that the last report follows from its trials."""
        problems = [] if self._last is None else contradictions(self._last)
        examined = () if self._last is None else ("last report",)
        return ComponentValidation(valid=not problems, examined=examined, problems=tuple(problems))


def _installed() -> OptimizationTarget:
    from allause.trials import ExecutionTarget  # noqa: PLC0415  looking for components costs time, only when needed

    return ExecutionTarget.installed(kind="execution")
