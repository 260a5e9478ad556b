"""Fit a line to the cumulative log return and tell whether its slope is more than chance."""

import math

import numpy as np

from allause.models import Trend
from allause_analytics.series import Array, Series, mean

LEAST = 30


def fit_trend(series: Series | None, significance: float) -> Trend:
    """Fit the slope by ordinary least squares, with the point 0 before the first return.

    The errors of that line are sums of returns, so its textbook p-value finds trends in pure noise. The slope
    is a weighted mean of the log returns, though, and its standard error follows from theirs: with the
    autocovariances that Newey and West weigh (Bartlett kernel, floor(4 (n / 100)^(2/9)) lags). The p-value is
    two-sided and normal, which from 30 returns on is close enough.
    """
    if series is None or series.n < LEAST:
        return Trend(direction="undefined", slope=None, p_value=None)
    logs: Array = np.log1p(series.returns)
    weights = _weights(series.n)
    slope = float(np.dot(weights, logs))
    p_value = _p_value(slope, weights, logs)
    direction = "none" if p_value >= significance else "up" if slope > 0 else "down"
    return Trend(direction=direction, slope=slope, p_value=p_value)


def _weights(n: int) -> Array:
    """Return what each log return adds to the slope; the sum is 1."""
    times = np.arange(n + 1) - n / 2
    after: Array = np.cumsum(times[::-1])[::-1][1:] / np.dot(times, times)
    return after


def _p_value(slope: float, weights: Array, logs: Array) -> float:
    n = len(logs)
    errors = logs - mean(logs)
    lags = math.floor(4 * (n / 100) ** (2 / 9))
    variance = 0.0
    for lag in range(lags + 1):
        autocovariance = float(np.dot(errors[lag:], errors[: n - lag])) / (n - 1)
        overlap = float(np.dot(weights[lag:], weights[: n - lag]))
        variance += (1 if lag == 0 else 2 * (1 - lag / (lags + 1))) * autocovariance * overlap
    if variance <= (1e-12 * slope) ** 2:
        return 0.0 if slope else 1.0  # constant returns: nothing is left to chance
    return math.erfc(abs(slope) / math.sqrt(2 * variance))
