"""Three figures of a series of simple returns; nothing here knows allause's hooks."""

import math
import statistics
from collections.abc import Sequence


def check_returns(name: str, values: Sequence[float]) -> None:
    """Refuse a value that is no simple return.

    Raises:
        ValueError: naming the series, the position and the value.
    """
    for index, value in enumerate(values):
        if not math.isfinite(value) or value <= -1:
            raise ValueError(f"{name}[{index}] must be finite and above -1, got {value}; leave such periods out")


def total_return(returns: Sequence[float]) -> float:
    """Return the product of 1 + r, less 1."""
    return math.prod(1 + r for r in returns) - 1


def volatility(returns: Sequence[float], periods_per_year: float) -> float:
    """Return the annual sample standard deviation.

    Raises:
        statistics.StatisticsError: fewer than two returns.
    """
    return statistics.stdev(returns) * math.sqrt(periods_per_year)


def max_drawdown(returns: Sequence[float]) -> float:
    """Return the lowest value of equity over its running maximum, less 1; equity starts at 1."""
    equity = peak = 1.0
    lowest = 0.0
    for r in returns:
        equity *= 1 + r
        peak = max(peak, equity)
        lowest = min(lowest, equity / peak - 1)
    return lowest
