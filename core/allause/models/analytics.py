"""What an analysis of performance answers."""

import attrs


@attrs.frozen(kw_only=True)
class Figure:
    """Hold one figure with its definition.

    Attributes:
        name: such as ``sharpe_ratio``.
        value: finite, or None where it is not defined.
        unit: ``ratio``, ``percent``, ``periods`` ...
        definition: the formula and its conventions in one sentence.
        n: values it rests on.
        reason: why it is not defined; empty when it is.
    """

    name: str
    value: float | None
    unit: str
    definition: str
    n: int
    reason: str = ""


@attrs.frozen(kw_only=True)
class Trend:
    """Hold the fitted direction of a series.

    Attributes:
        direction: ``up``, ``down``, ``none``, or ``undefined`` with too few values.
        slope: per period, of the cumulative log return; None when undefined.
        p_value: of the slope being zero; None when undefined.
    """

    direction: str
    slope: float | None
    p_value: float | None


@attrs.frozen(kw_only=True)
class Anomaly:
    """Flag one value as unlike its own past.

    Attributes:
        index: position in the series, from 0.
        value: the value there.
        score: how far out it is, in robust standard deviations of the values before it.
    """

    index: int
    value: float
    score: float


@attrs.frozen(kw_only=True)
class Grade:
    """Hold a grade and how it came about.

    Attributes:
        letter: ``A+`` to ``F``.
        score: 0 to 100, before the cap.
        criteria: one line for each criterion: name, weight, measured value, points.
        missing: criteria that were not measured.
        capped_by: the missing measurements that lowered the letter; empty when none did.
    """

    letter: str
    score: float
    criteria: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    capped_by: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class AnalysisReport:
    """Hold an analysis: figures, trend, anomalies and grade.

    Attributes:
        figures: in the order of the published list, undefined ones included.
        trend: of the returns.
        anomalies: values flagged, in order of index.
        grade: from the published rubric.
        periods: returns analysed.
    """

    figures: tuple[Figure, ...]
    trend: Trend
    anomalies: tuple[Anomaly, ...]
    grade: Grade
    periods: int

    def figure(self, name: str) -> Figure:
        """Return the figure of that name.

        Raises:
            KeyError: naming the figures there are.
        """
        for figure in self.figures:
            if figure.name == name:
                return figure
        raise KeyError(f"no figure {name!r}; there are {', '.join(f.name for f in self.figures)}")
