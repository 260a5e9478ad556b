"""Compute how much was gained."""

import math

from allause_analytics.series import Series, UndefinedError, total


def total_return(series: Series) -> float:
    """Compound all returns."""
    return math.expm1(series.log_total)


def cagr(series: Series) -> float:
    """Compound to one year on the trading clock."""
    return math.expm1(series.log_total * series.periods_per_year / series.n)


def best_period(series: Series) -> float:
    """Return the largest return."""
    return float(series.returns.max())


def worst_period(series: Series) -> float:
    """Return the smallest return."""
    return float(series.returns.min())


def win_rate(series: Series) -> float:
    """Divide the number of positive returns by that of all."""
    return int((series.returns > 0).sum()) / series.n


def profit_factor(series: Series) -> float:
    """Divide the gains by the losses."""
    losses = -total(series.returns[series.returns < 0])
    if not losses:
        raise UndefinedError("there is no loss")
    return total(series.returns[series.returns > 0]) / losses
