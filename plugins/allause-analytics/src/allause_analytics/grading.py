"""Grade by a published rubric."""

import math
from collections.abc import Mapping
from difflib import get_close_matches

import attrs

from allause.models import Figure, Grade

#: The letters and the least score for each.
LETTERS = (
    *(("A+", 97), ("A", 93), ("A-", 90), ("B+", 87), ("B", 83), ("B-", 80)),
    *(("C+", 77), ("C", 73), ("C-", 70), ("D+", 67), ("D", 63), ("D-", 60), ("F", 0)),
)


@attrs.frozen(kw_only=True)
class Criterion:
    """Define one criterion: points grow in a straight line from ``none_at`` to ``full_at``.

    Attributes:
        name: of the measurement, or of the figure of the same analysis.
        weight: points at most; the weights add up to 100.
        none_at: the value from which on there are no points.
        full_at: the value from which on there are all points.
        unit: of the value.
        cap: the best letter when it was not measured.
        figure: whether it is one of the figures; else it is given in ``measurements``.
        highest: the largest possible measurement; the smallest is 0.
    """

    name: str
    weight: int
    none_at: float
    full_at: float
    unit: str
    cap: str
    figure: bool = False
    highest: float = math.inf

    def points(self, value: float | None) -> float:
        """Return the points for a value; none when it was not measured."""
        if value is None:
            return 0.0
        share = (value - self.none_at) / (self.full_at - self.none_at)
        return self.weight * min(1.0, max(0.0, share))


RUBRIC = (
    Criterion(name="sharpe_ratio", weight=20, none_at=0.0, full_at=2.0, unit="ratio", cap="B", figure=True),
    Criterion(name="max_drawdown", weight=15, none_at=-0.5, full_at=-0.05, unit="ratio", cap="B", figure=True),
    Criterion(name="error_rate", weight=20, none_at=0.01, full_at=0.0, unit="ratio", cap="D", highest=1.0),
    Criterion(name="recovery_rate", weight=20, none_at=0.5, full_at=1.0, unit="ratio", cap="C", highest=1.0),
    Criterion(name="order_latency_p99_seconds", weight=15, none_at=0.025, full_at=0.001, unit="seconds", cap="B"),
    Criterion(
        name="market_data_events_per_second", weight=10, none_at=1_000.0, full_at=10_000.0, unit="events/s", cap="B"
    ),
)


def check_measurements(measurements: Mapping[str, float] | None) -> dict[str, float]:
    """Return the measurements as floats.

    Raises:
        ValueError: a name that is not in the rubric, or a value that is impossible.
    """
    allowed = {criterion.name: criterion for criterion in RUBRIC if not criterion.figure}
    checked: dict[str, float] = {}
    for name, value in (measurements or {}).items():
        if name not in allowed:
            close = get_close_matches(str(name), allowed, n=1)
            hint = f"did you mean {close[0]!r}? " if close else ""
            raise ValueError(f"measurements: {name!r} is not in the rubric: {hint}there are {', '.join(allowed)}")
        highest = allowed[name].highest
        if isinstance(value, bool | str) or not math.isfinite(value) or not 0 <= value <= highest:
            limit = "" if math.isinf(highest) else f" and at most {highest:g}"
            raise ValueError(f"measurements.{name}: expected a finite number, at least 0{limit}, got {value!r}")
        checked[name] = float(value)
    return checked


def grade(figures: tuple[Figure, ...], measurements: Mapping[str, float]) -> Grade:
    """Add up the points, then let each missing measurement cap the letter."""
    values: dict[str, float | None] = {figure.name: figure.value for figure in figures} | dict(measurements)
    score = math.fsum(criterion.points(values.get(criterion.name)) for criterion in RUBRIC)
    missing = [criterion for criterion in RUBRIC if values.get(criterion.name) is None]
    order = [letter for letter, _ in LETTERS]
    earned = next(position for position, (_, least) in enumerate(LETTERS) if score >= least)
    capping = [criterion for criterion in missing if order.index(criterion.cap) > earned]
    return Grade(
        letter=order[max([earned, *(order.index(criterion.cap) for criterion in capping)])],
        score=score,
        criteria=tuple(_line(criterion, values.get(criterion.name)) for criterion in RUBRIC),
        missing=tuple(criterion.name for criterion in missing),
        capped_by=tuple(criterion.name for criterion in capping),
    )


def _line(criterion: Criterion, value: float | None) -> str:
    seen = (
        f"not measured, letter at most {criterion.cap}" if value is None else f"measured {value:.6g} {criterion.unit}"
    )
    return f"{criterion.name}: weight {criterion.weight}, {seen}, {criterion.points(value):.1f} points"
