"""List the figures: name, unit, definition and function, as data."""

import math
from collections.abc import Callable

import attrs

from allause.models import Figure
from allause_analytics import ratios, returns, risk
from allause_analytics.series import Series, UndefinedError


@attrs.frozen
class FigureDefinition:
    """Define one figure.

    Attributes:
        name: of the figure.
        unit: ``ratio`` (0.01 is one percent) or ``periods``.
        definition: the formula and its conventions. r are the returns, n of them, f is the risk-free return of
            one period, P the periods a year, b the benchmark, dd the drawdowns.
        function: what computes it.
        least: returns it needs.
    """

    name: str
    unit: str
    definition: str
    function: Callable[[Series], float]
    least: int = 1


_DD = "dd = value / highest value so far - 1, with the value 1 before the first return"

FIGURES = (
    FigureDefinition("total_return", "ratio", "product of (1 + r), minus 1", returns.total_return),
    FigureDefinition(
        "cagr", "ratio", "(1 + total_return)^(P / n) - 1: years are counted as n / P, not by the calendar", returns.cagr
    ),
    FigureDefinition(
        "volatility", "ratio", "sample standard deviation of r (n - 1), times sqrt(P)", risk.volatility, 2
    ),
    FigureDefinition(
        "downside_deviation",
        "ratio",
        "sqrt(mean of min(r - f, 0)^2 over all n), times sqrt(P)",
        risk.downside_deviation,
        2,
    ),
    FigureDefinition(
        "sharpe_ratio",
        "ratio",
        "mean(r - f) / sample standard deviation of r - f, times sqrt(P)",
        ratios.sharpe_ratio,
        2,
    ),
    FigureDefinition(
        "sortino_ratio",
        "ratio",
        "mean(r - f) / sqrt(mean of min(r - f, 0)^2 over all n), times sqrt(P)",
        ratios.sortino_ratio,
        2,
    ),
    FigureDefinition("calmar_ratio", "ratio", "cagr / -max_drawdown", ratios.calmar_ratio),
    FigureDefinition("max_drawdown", "ratio", f"lowest dd, 0 or negative; {_DD}", risk.max_drawdown),
    FigureDefinition(
        "average_drawdown",
        "ratio",
        "mean over the drawdowns of the lowest dd of each, one still going on included",
        risk.average_drawdown,
    ),
    FigureDefinition(
        "longest_drawdown",
        "periods",
        "most periods in a row that ended below the peak, one still going on included",
        risk.longest_drawdown,
    ),
    FigureDefinition("ulcer_index", "ratio", "sqrt(mean of dd^2 over all n)", risk.ulcer_index),
    FigureDefinition(
        "value_at_risk_historical",
        "ratio",
        "5 % quantile of r, linear between the two closest; a loss is negative",
        risk.value_at_risk_historical,
        risk.TAIL,
    ),
    FigureDefinition(
        "conditional_value_at_risk_historical",
        "ratio",
        "mean of the k lowest r, k = floor((n - 1) / 20) + 1; a loss is negative",
        risk.conditional_value_at_risk_historical,
        risk.TAIL,
    ),
    FigureDefinition(
        "skewness",
        "ratio",
        "n / ((n - 1)(n - 2)), times the sum of ((r - mean) / sample standard deviation)^3",
        risk.skewness,
        3,
    ),
    FigureDefinition(
        "excess_kurtosis",
        "ratio",
        "n(n + 1) / ((n - 1)(n - 2)(n - 3)), times the sum of ((r - mean) / sample standard deviation)^4, "
        "minus 3(n - 1)^2 / ((n - 2)(n - 3))",
        risk.excess_kurtosis,
        4,
    ),
    FigureDefinition("omega_ratio", "ratio", "sum of max(r - f, 0) / sum of max(f - r, 0)", ratios.omega_ratio),
    FigureDefinition("win_rate", "ratio", "number of r above 0 / n; a return of 0 is no win", returns.win_rate),
    FigureDefinition(
        "profit_factor", "ratio", "sum of r above 0 / -sum of r below 0 (gain to pain)", returns.profit_factor
    ),
    FigureDefinition("best_period", "ratio", "largest r", returns.best_period),
    FigureDefinition("worst_period", "ratio", "smallest r", returns.worst_period),
    FigureDefinition(
        "tail_ratio", "ratio", "size of the 95 % quantile of r / size of the 5 % quantile", risk.tail_ratio, risk.TAIL
    ),
    FigureDefinition(
        "autocorrelation",
        "ratio",
        "sum of (r[t] - mean)(r[t-1] - mean) / sum of (r[t] - mean)^2",
        risk.autocorrelation,
        3,
    ),
    FigureDefinition("beta", "ratio", "covariance(r, b) / variance(b)", ratios.beta, 2),
    FigureDefinition("alpha", "ratio", "(1 + a)^P - 1 with a = mean(r - f) - beta * mean(b - f)", ratios.alpha, 2),
    FigureDefinition("correlation", "ratio", "Pearson's, of r and b", ratios.correlation, 2),
    FigureDefinition(
        "tracking_error", "ratio", "sample standard deviation of r - b, times sqrt(P)", ratios.tracking_error, 2
    ),
    FigureDefinition(
        "information_ratio",
        "ratio",
        "mean(r - b) / sample standard deviation of r - b, times sqrt(P)",
        ratios.information_ratio,
        2,
    ),
)


def compute_figures(series: Series | None) -> tuple[Figure, ...]:
    """Compute every figure, in the order of the list; one that is not defined says why."""
    return tuple(_compute(definition, series) for definition in FIGURES)


def _compute(definition: FigureDefinition, series: Series | None) -> Figure:
    value: float | None = None
    reason = ""
    if series is None:
        reason = "no returns given"
    elif series.n < definition.least:
        reason = f"it needs {definition.least} returns, {series.n} given"
    else:
        try:
            value = definition.function(series)
        except UndefinedError as undefined:
            reason = str(undefined)
        except OverflowError:
            reason = "it is too large for a float"
    if value is not None and not math.isfinite(value):
        value, reason = None, "it is too large for a float"
    return Figure(
        name=definition.name,
        value=value,
        unit=definition.unit,
        definition=definition.definition,
        n=0 if series is None else series.n,
        reason=reason,
    )
