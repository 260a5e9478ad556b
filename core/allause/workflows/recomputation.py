"""Figures computed by the host, the slow way, straight from their definitions in the contract."""

from collections.abc import Sequence
from math import fsum, isnan, log, prod, sqrt

import attrs
from arro3.core import Array, DataType, Table

from allause.models.market import BAR_COLUMNS, Bar


@attrs.frozen(kw_only=True)
class BarFigures:
    """Hold what an enhancer has to add to one bar.

    Attributes:
        log_return: None on the symbol's first bar.
        vwap: None while nothing has traded, or once a volume is not known.
    """

    log_return: float | None
    vwap: float | None


def bar_figures(bars: Sequence[Bar]) -> list[BarFigures]:
    """Return the figures of one symbol's bars; of bars with the same time only the first counts."""
    answer: list[BarFigures] = []
    value = volume = 0.0
    first: dict[int, Bar] = {}
    for bar in bars:
        first.setdefault(bar.ts_event, bar)
    ordered = [first[time] for time in sorted(first)]
    for index, bar in enumerate(ordered):
        change = log(bar.close / ordered[index - 1].close) if index else None
        value += (bar.high + bar.low + bar.close) / 3 * bar.volume
        volume += bar.volume
        vwap = value / volume if volume and not isnan(volume) else None
        answer.append(BarFigures(log_return=change, vwap=vwap))
    return answer


def bar_table(bars: Sequence[Bar]) -> Table:
    """Return bars as an Arrow table with the columns and types of the contract."""
    types = {"symbol": DataType.string(), "ts_event": DataType.int64(), "ts_init": DataType.int64()}
    return Table.from_pydict(
        {name: Array([getattr(b, name) for b in bars], types.get(name, DataType.float64())) for name in BAR_COLUMNS}
    )


def total_return(returns: Sequence[float]) -> float:
    """Return the product of 1 + r, less 1."""
    return prod(1 + r for r in returns) - 1


def deviation(values: Sequence[float]) -> float | None:
    """Return the sample standard deviation; None below two values."""
    if len(values) < 2:  # noqa: PLR2004 - a sample of one has no deviation
        return None
    mean = fsum(values) / len(values)
    return sqrt(fsum((value - mean) ** 2 for value in values) / (len(values) - 1))


def max_drawdown(returns: Sequence[float]) -> float:
    """Return the lowest value of equity over its running maximum, less 1; equity starts at 1."""
    equity = peak = 1.0
    lowest = 0.0
    for r in returns:
        equity *= 1 + r
        peak = max(peak, equity)
        lowest = min(lowest, equity / peak - 1)
    return lowest
