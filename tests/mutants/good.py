"""A small, honest component of kind analytics: the one that every mutant is made from."""

from importlib.metadata import version
from math import fsum, isfinite, prod, sqrt
from time import perf_counter_ns

from allause.hookspecs import CONTRACT_VERSION, hookimpl
from allause.models import (
    AnalysisReport,
    ComponentInfo,
    ComponentValidation,
    Figure,
    FunctionalityCase,
    FunctionalityReport,
    Grade,
    OptimizationMetrics,
    PerformanceStats,
    Trend,
)


class Engine:
    """Compute three figures."""

    busy_ns = 0
    started = None

    def __init__(self, config=None):
        self.operations = 0
        self.errors = 0

    @hookimpl
    def get_component_info(self):
        return ComponentInfo(
            name="engine",
            kind="analytics",
            version=version("mutant-analytics"),
            contract_version=CONTRACT_VERSION,
        )

    @hookimpl
    def get_performance_stats(self):
        return PerformanceStats(operations=self.operations, errors=self.errors, busy_ns=self.busy_ns)

    @hookimpl
    def test_functionality(self):
        report = self._analyze([0.5, -0.5], 1.0)
        passed = report.figures[0].value == -0.25
        return FunctionalityReport(cases=(FunctionalityCase(name="total return", passed=passed),))

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
    def analyze_performance(
        self, returns=None, benchmark=None, periods_per_year=None, risk_free_rate=None, measurements=None
    ):
        self.started = perf_counter_ns()
        self.operations += 1
        for value in returns or ():
            if not isfinite(value) or value <= -1:
                self.errors += 1
                raise ValueError(f"a return is finite and above -1, got {value}")
        return self._analyze(returns or [], periods_per_year or 252.0)

    def _analyze(self, returns, periods_per_year):
        n = len(returns)
        total = volatility = drawdown = None
        if n > 1:
            mean = fsum(returns) / n
            total = prod(1 + r for r in returns) - 1
            volatility = sqrt(fsum((r - mean) ** 2 for r in returns) / (n - 1)) * sqrt(periods_per_year)
            equity = peak = 1.0
            drawdown = 0.0
            for r in returns:
                equity *= 1 + r
                peak = max(peak, equity)
                drawdown = min(drawdown, equity / peak - 1)
        reason = "" if n > 1 else "fewer than two returns"
        figures = tuple(
            Figure(name=name, value=value, unit="ratio", definition="see the contract", n=n, reason=reason)
            for name, value in (("total_return", total), ("volatility", volatility), ("max_drawdown", drawdown))
        )
        started, self.started = self.started, None
        if started is not None:
            self.busy_ns += perf_counter_ns() - started
        return AnalysisReport(
            figures=figures,
            trend=Trend(direction="undefined", slope=None, p_value=None),
            anomalies=(),
            grade=Grade(letter="F", score=0.0, missing=("everything",)),
            periods=n,
        )
