"""Draw measured distributions: what a report measured, and where its marks stand on a common scale."""

from collections.abc import Iterator, Mapping
from itertools import groupby
from math import floor, log10
from typing import Any

import attrs

from allause.models.report import Report

_QUANTILES = ("p5", "median", "p95", "p99", "maximum")
_MOST, _DEEPEST = 100, 12
_MARGIN = 0.05
_LONGEST = 1e12  # from here on a power of ten reads better than groups of zeros
_FACTORS = {"ns": ((1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1.0, "ns"))}


@attrs.frozen(kw_only=True)
class Measured:
    """Hold one distribution that a workflow step measured.

    Attributes:
        where: workflow and step.
        name: what was measured.
        unit: of the values, such as ``ns``.
        n: number of values.
        values: 5th percentile, median, 95th and 99th percentile, maximum.
    """

    where: str
    name: str
    unit: str
    n: int
    values: tuple[float, float, float, float, float]

    @property
    def shown(self) -> tuple[str, ...]:
        """Return the values with three digits and their unit."""
        return tuple(worded(value, self.unit) for value in self.values)


@attrs.frozen(kw_only=True)
class Chart:
    """Hold distributions of one unit on one logarithmic scale.

    Attributes:
        unit: of all of them.
        rows: each with the positions of its values, from 0 to 1.
        ticks: position and label of every power of ten within.
    """

    unit: str
    rows: tuple[tuple[Measured, tuple[float, ...]], ...]
    ticks: tuple[tuple[float, str], ...]


def charts(report: Report) -> tuple[Chart, ...]:
    """Return a chart for each unit in which something was measured."""
    found = sorted(measurements(report), key=lambda each: each.unit)
    return tuple(_chart(unit, tuple(group)) for unit, group in groupby(found, lambda each: each.unit))


def measurements(report: Report) -> list[Measured]:
    """Return every distribution in the evidence of the workflows: a mapping that has the five quantiles."""
    found = [
        measured
        for workflow in report.workflows
        for step in workflow.steps
        for measured in _within(step.evidence, f"{workflow.name}: {step.name}")
    ]
    return found[:_MOST]


def worded(value: float, unit: str) -> str:
    """Return a value with three digits, nanoseconds in the unit that a person reads."""
    for factor, name in _FACTORS.get(unit, ()):
        if value >= factor:
            return f"{_short(value / factor)} {name}"
    return f"{_short(value)} {unit}".rstrip()


def _within(value: Any, where: str, depth: int = 0) -> Iterator[Measured]:
    if depth > _DEEPEST:
        return
    if isinstance(value, Mapping):
        measured = _measured(value, where)
        if measured is not None:
            yield measured
            return
        for item in value.values():
            yield from _within(item, where, depth + 1)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _within(item, where, depth + 1)


def _measured(value: Mapping[str, Any], where: str) -> Measured | None:
    figures = [value.get(name) for name in _QUANTILES]
    numbers = [float(f) for f in figures if isinstance(f, int | float) and not isinstance(f, bool)]
    # a scale in powers of ten has no place for zero, and a distribution whose quantiles fall is none
    if len(numbers) != len(_QUANTILES) or numbers != sorted(numbers) or numbers[0] <= 0:
        return None
    p5, median, p95, p99, maximum = numbers
    count = value.get("n")
    return Measured(
        where=where,
        name=str(value.get("name", "")),
        unit=str(value.get("unit", "")),
        n=count if isinstance(count, int) else 0,
        values=(p5, median, p95, p99, maximum),
    )


def _chart(unit: str, rows: tuple[Measured, ...]) -> Chart:
    low = log10(min(row.values[0] for row in rows))
    high = log10(max(row.values[-1] for row in rows))
    margin = max((high - low) * _MARGIN, _MARGIN)
    start, span = low - margin, high - low + 2 * margin

    def position(value: float) -> float:
        return round((log10(value) - start) / span, 4)

    powers = range(floor(start), floor(start + span) + 1)
    steps = [m * 10.0**p for p in powers for m in ((1, 2, 5) if span < 3 else (1,))]  # noqa: PLR2004 - decades that fit
    ticks = tuple((position(step), worded(step, unit)) for step in steps if start <= log10(step) <= start + span)
    return Chart(unit=unit, rows=tuple((row, tuple(map(position, row.values))) for row in rows), ticks=ticks)


def _short(value: float) -> str:
    text = f"{value:.3g}"
    return f"{float(text):,.0f}" if "e+" in text and value < _LONGEST else text
