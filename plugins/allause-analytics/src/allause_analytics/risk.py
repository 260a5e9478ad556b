"""Compute how much was at risk."""

import math

import numpy as np

from allause_analytics.series import Series, UndefinedError, deviation, mean, total

#: The share of the returns that the tail figures look at is one in 20.
TAIL = 20


def volatility(series: Series) -> float:
    """Annualise the sample standard deviation."""
    return deviation(series.returns) * math.sqrt(series.periods_per_year)


def downside_deviation(series: Series) -> float:
    """Annualise the root mean square of the shortfalls, over all returns."""
    return shortfall(series) * math.sqrt(series.periods_per_year)


def shortfall(series: Series) -> float:
    """Return the root mean square of the returns below the risk-free one, the others counting as zero."""
    return math.sqrt(mean(np.minimum(series.excess, 0.0) ** 2))


def max_drawdown(series: Series) -> float:
    """Return the deepest loss from a peak."""
    return float(series.drawdowns.min())


def average_drawdown(series: Series) -> float:
    """Average the depths of the drawdowns."""
    if not series.episodes:
        raise UndefinedError("there is no drawdown")
    return math.fsum(depth for _, depth in series.episodes) / len(series.episodes)


def longest_drawdown(series: Series) -> float:
    """Count the periods under water of the longest drawdown."""
    return float(max((length for length, _ in series.episodes), default=0))


def ulcer_index(series: Series) -> float:
    """Return the root mean square of the drawdowns."""
    return math.sqrt(mean(series.drawdowns**2))


def value_at_risk_historical(series: Series) -> float:
    """Return the empirical 5 % quantile."""
    return float(np.quantile(series.returns, 1 / TAIL))


def conditional_value_at_risk_historical(series: Series) -> float:
    """Average the worst twentieth of the returns."""
    worst = (series.n - 1) // TAIL + 1
    return mean(np.partition(series.returns, worst - 1)[:worst])


def tail_ratio(series: Series) -> float:
    """Divide the 95 % quantile by the 5 % quantile, both without sign."""
    low, high = np.quantile(series.returns, [1 / TAIL, 1 - 1 / TAIL])
    if not low:
        raise UndefinedError("the 5 % quantile is zero")
    return float(abs(high) / abs(low))


def skewness(series: Series) -> float:
    """Return the sample skewness, corrected for bias."""
    n = series.n
    scores = (series.returns - mean(series.returns)) / deviation(series.returns)
    return total(scores**3) * n / ((n - 1) * (n - 2))


def excess_kurtosis(series: Series) -> float:
    """Return the sample excess kurtosis, corrected for bias."""
    n = series.n
    scores = (series.returns - mean(series.returns)) / deviation(series.returns)
    fourth = total(scores**4) * n * (n + 1) / ((n - 1) * (n - 2) * (n - 3))
    return fourth - 3 * (n - 1) ** 2 / ((n - 2) * (n - 3))


def autocorrelation(series: Series) -> float:
    """Return the correlation of the returns with those one period before."""
    deviation(series.returns)  # refuses constant returns
    centred = series.returns - mean(series.returns)
    return total(centred[1:] * centred[:-1]) / total(centred**2)
