"""Compute gain for risk, alone and against a benchmark."""

import math

import numpy as np

from allause_analytics.returns import cagr
from allause_analytics.risk import max_drawdown, shortfall
from allause_analytics.series import ROUNDING, Array, Series, UndefinedError, deviation, mean, total


def sharpe_ratio(series: Series) -> float:
    """Divide the mean excess return by its deviation, annualised."""
    return mean(series.excess) / deviation(series.excess) * math.sqrt(series.periods_per_year)


def sortino_ratio(series: Series) -> float:
    """Divide the mean excess return by the downside deviation, annualised."""
    below = shortfall(series)
    if not below:
        raise UndefinedError("no return is below the risk-free one")
    return mean(series.excess) / below * math.sqrt(series.periods_per_year)


def calmar_ratio(series: Series) -> float:
    """Divide the annual growth by the deepest drawdown."""
    depth = -max_drawdown(series)
    if not depth:
        raise UndefinedError("there is no drawdown")
    return cagr(series) / depth


def omega_ratio(series: Series) -> float:
    """Divide the gains over the risk-free return by the shortfalls below it."""
    losses = -total(np.minimum(series.excess, 0.0))
    if not losses:
        raise UndefinedError("no return is below the risk-free one")
    return total(np.maximum(series.excess, 0.0)) / losses


def beta(series: Series) -> float:
    """Divide the covariance with the benchmark by the benchmark's variance."""
    ours, theirs = _centred(series)
    return total(ours * theirs) / total(theirs**2)


def alpha(series: Series) -> float:
    """Compound to one year the mean excess return that beta does not explain."""
    a_period = mean(series.excess) - beta(series) * mean(_benchmark(series) - series.risk_free)
    if a_period <= -1:
        raise UndefinedError("it is a loss of everything in one period")
    return math.expm1(math.log1p(a_period) * series.periods_per_year)


def correlation(series: Series) -> float:
    """Return Pearson's correlation with the benchmark."""
    deviation(series.returns)  # refuses constant returns
    ours, theirs = _centred(series)
    found = total(ours * theirs) / math.sqrt(total(ours**2)) / math.sqrt(total(theirs**2))
    return max(-1.0, min(1.0, found))


def tracking_error(series: Series) -> float:
    """Annualise the sample standard deviation of the active returns."""
    return _active_deviation(series) * math.sqrt(series.periods_per_year)


def information_ratio(series: Series) -> float:
    """Divide the mean active return by its deviation, annualised."""
    active = series.returns - _benchmark(series)
    return mean(active) / _active_deviation(series) * math.sqrt(series.periods_per_year)


def _active_deviation(series: Series) -> float:
    active = series.returns - _benchmark(series)
    # The difference of two equal series carries the rounding of both.
    if np.ptp(active) <= ROUNDING * np.abs(series.returns).max():
        raise UndefinedError("the difference to the benchmark is constant")
    return deviation(active)


def _centred(series: Series) -> tuple[Array, Array]:
    theirs = _benchmark(series)
    if np.ptp(theirs) <= ROUNDING * np.abs(theirs).max():
        raise UndefinedError("the benchmark is constant")
    return series.returns - mean(series.returns), theirs - mean(theirs)


def _benchmark(series: Series) -> Array:
    if series.benchmark is None:
        raise UndefinedError("no benchmark given")
    return series.benchmark
