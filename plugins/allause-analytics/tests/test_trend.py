"""A trend is found where there is one, and by chance no more often than stated."""

import math
from fractions import Fraction

import numpy as np
import pytest

from allause_analytics.series import build_series
from allause_analytics.trend import fit_trend


def trend_of(returns, significance=0.05):
    return fit_trend(build_series(list(returns), None, None, None), significance)


def noise(seed, n=250, before=0.0):
    draws = np.random.default_rng(seed).normal(0.0, 0.01, n)
    for index in range(1, n):
        draws[index] += before * draws[index - 1]
    return np.expm1(draws)


def test_the_slope_is_that_of_least_squares():
    returns = noise(7, 40)
    path, points = 0.0, [(Fraction(0), Fraction(0))]
    for time, value in enumerate(returns, 1):
        path += math.log1p(value)
        points.append((Fraction(time), Fraction(path)))
    mean_x, mean_y = (sum(axis) / len(points) for axis in zip(*points, strict=True))
    above = sum((x - mean_x) * (y - mean_y) for x, y in points)
    expected = above / sum((x - mean_x) ** 2 for x, _ in points)
    assert trend_of(returns).slope == pytest.approx(float(expected), rel=1e-10)


@pytest.mark.parametrize(("drift", "direction"), [(0.004, "up"), (-0.004, "down")])
def test_a_drift_of_four_tenths_of_the_noise_is_found(drift, direction):
    found = [trend_of(noise(seed) + drift).direction for seed in range(100)]
    assert found.count(direction) >= 95


def naive_p_value(returns):
    """Trust the residuals of the line, as a textbook would for independent ones."""
    path = np.concatenate(([0.0], np.cumsum(np.log1p(returns))))
    times = np.arange(len(path)) - (len(path) - 1) / 2
    slope = times @ path / (times @ times)
    residuals = path - path.mean() - slope * times
    error = math.sqrt(residuals @ residuals / (len(path) - 2) / (times @ times))
    return math.erfc(abs(slope / error) / math.sqrt(2))


@pytest.mark.parametrize("before", [0.0, 0.2, -0.2])
def test_noise_without_trend_is_taken_for_one_about_as_often_as_stated(before):
    found = [trend_of(noise(seed, before=before)).p_value for seed in range(1_000)]
    assert 0.02 < np.mean(np.array(found) < 0.05) < 0.09


def test_the_textbook_p_value_would_find_trends_in_noise():
    found = [naive_p_value(noise(seed)) for seed in range(200)]
    assert np.mean(np.array(found) < 0.05) > 0.5


def test_too_few_returns_have_no_trend():
    found = trend_of(noise(1, 29))
    assert (found.direction, found.slope, found.p_value) == ("undefined", None, None)
    assert trend_of(noise(1, 30)).direction != "undefined"


def test_no_returns_have_no_trend(engine):
    assert engine.analyze_performance().trend.direction == "undefined"


@pytest.mark.parametrize(
    ("value", "direction", "p_value"), [(0.01, "up", 0.0), (-0.01, "down", 0.0), (0.0, "none", 1.0)]
)
def test_constant_returns_leave_nothing_to_chance(value, direction, p_value):
    found = trend_of([value] * 50)
    assert (found.direction, found.p_value) == (direction, p_value)
    assert found.slope == pytest.approx(math.log1p(value), rel=1e-12)


def test_the_significance_of_the_configuration_decides():
    returns = noise(3)
    p_value = trend_of(returns).p_value
    assert trend_of(returns, p_value / 2).direction == "none"
    assert trend_of(returns, min(0.99, p_value * 2)).direction != "none"
