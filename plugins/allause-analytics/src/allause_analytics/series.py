"""Check the returns given and derive once what several figures need."""

import math
from collections.abc import Sequence
from functools import cached_property
from typing import TypeAlias

import attrs
import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[np.float64]

#: A drawdown shallower than this is rounding and counts as none.
ROUNDING = 1e-12


class UndefinedError(Exception):
    """Say why a figure is not defined for the returns at hand."""


@attrs.frozen(kw_only=True, slots=False, eq=False)
class Series:
    """Hold checked returns and what follows from them.

    Attributes:
        returns: simple returns, oldest first, at least one.
        benchmark: returns of the same periods, or None.
        periods_per_year: for annual figures.
        risk_free: risk-free return of one period.
    """

    returns: Array
    benchmark: Array | None
    periods_per_year: float
    risk_free: float

    @property
    def n(self) -> int:
        """Return the number of returns."""
        return len(self.returns)

    @cached_property
    def excess(self) -> Array:
        """Return the returns over the risk-free one."""
        return self.returns - self.risk_free

    @cached_property
    def log_total(self) -> float:
        """Return the sum of the log returns."""
        return total(np.log1p(self.returns))

    @cached_property
    def drawdowns(self) -> Array:
        """Return, for each period, the loss from the highest point before, 0 or negative; it begins at 1."""
        path = np.concatenate(([0.0], np.cumsum(np.log1p(self.returns))))
        depths: Array = np.expm1(path - np.maximum.accumulate(path))[1:]
        return np.where(depths < -ROUNDING, depths, 0.0)

    @cached_property
    def episodes(self) -> tuple[tuple[int, float], ...]:
        """Return length and depth of each drawdown, oldest first; the last one may be going on."""
        edges = np.flatnonzero(np.diff(np.concatenate(([False], self.drawdowns < 0, [False]))))
        return tuple(
            (int(end - begin), float(self.drawdowns[begin:end].min()))
            for begin, end in zip(edges[::2], edges[1::2], strict=True)
        )


def build_series(
    returns: Sequence[float] | None,
    benchmark: Sequence[float] | None,
    periods_per_year: float | None,
    risk_free_rate: float | None,
) -> Series | None:
    """Return the checked series, None without returns.

    Raises:
        ValueError: see ``AnalyticsSpec.analyze_performance``.
    """
    ours = _returns("returns", returns)
    theirs = _returns("benchmark", benchmark)
    periods = _number("periods_per_year", 252.0 if periods_per_year is None else periods_per_year, above=0.0)
    rate = _number("risk_free_rate", 0.0 if risk_free_rate is None else risk_free_rate, above=-1.0)
    if len(theirs) and len(theirs) != len(ours):
        raise ValueError(f"benchmark: expected {len(ours)} values, as many as returns, got {len(theirs)}")
    if not len(ours):
        return None
    return Series(
        returns=ours,
        benchmark=theirs if len(theirs) else None,
        periods_per_year=periods,
        risk_free=math.expm1(math.log1p(rate) / periods),
    )


def total(values: Array) -> float:
    """Return the correctly rounded sum."""
    return math.fsum(values.tolist())


def mean(values: Array) -> float:
    """Return the arithmetic mean."""
    return total(values) / len(values)


def deviation(values: Array) -> float:
    """Return the sample standard deviation, which divides by n - 1.

    Raises:
        UndefinedError: the values are constant, up to rounding.
    """
    if np.ptp(values) <= ROUNDING * np.abs(values).max():
        raise UndefinedError("the values are constant")
    return math.sqrt(total((values - mean(values)) ** 2) / (len(values) - 1))


def _returns(name: str, values: Sequence[float] | None) -> Array:
    if values is None:
        return np.empty(0)
    found = np.asarray(values)
    if found.ndim != 1:
        raise ValueError(f"{name}: expected a flat sequence of numbers, got {type(values).__name__}")
    if found.size and (found.dtype.kind not in "iufO" or any(isinstance(value, str | bool) for value in values)):
        raise ValueError(f"{name}: expected numbers, got {found.dtype}")
    try:
        array = found.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name}: expected numbers: {error}") from None
    for wrong, expected in (
        (~np.isfinite(array), "a finite number"),
        (array <= -1, "more than -1: a return of -1 is a loss of everything (0.01 is one percent)"),
    ):
        if wrong.any():
            position = int(np.argmax(wrong))
            raise ValueError(f"{name}[{position}]: expected {expected}, got {array[position]}")
    return array


def _number(name: str, value: float, *, above: float) -> float:
    if isinstance(value, bool | str) or not math.isfinite(value) or value <= above:
        raise ValueError(f"{name}: expected a finite number above {above:g}, got {value!r}")
    return float(value)
