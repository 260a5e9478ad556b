"""Try the component on small known input."""

import math
from collections.abc import Callable, Iterable

from allause.models import AnalysisReport, FunctionalityCase, FunctionalityReport
from allause_analytics.grading import RUBRIC

Analyze = Callable[..., AnalysisReport]

#: Worked out by hand for the returns 10 %, -50 %, 20 %, 0 %, two periods a year.
_KNOWN = {
    "total_return": -0.34,
    "cagr": math.sqrt(0.66) - 1,
    "max_drawdown": -0.5,
    "longest_drawdown": 3.0,
    "win_rate": 0.5,
    "profit_factor": 0.6,
    "best_period": 0.2,
    "worst_period": -0.5,
    "sharpe_ratio": -0.05 / math.sqrt(0.29 / 3) * math.sqrt(2),
}


def try_functionality(analyze: Analyze) -> FunctionalityReport:
    """Run every case on the method given."""
    return FunctionalityReport(cases=tuple(_attempt(case, analyze) for case in _CASES))


def _attempt(case: Callable[[Analyze], Iterable[str]], analyze: Analyze) -> FunctionalityCase:
    name = (case.__doc__ or case.__name__).rstrip(".")
    try:
        faults = list(case(analyze))
    except Exception as error:  # noqa: BLE001 - whatever the method under test raises is the case's outcome
        faults = [f"raised {type(error).__name__}: {error}"]
    return FunctionalityCase(name=name, passed=not faults, detail="; ".join(faults))


def _figures(analyze: Analyze) -> Iterable[str]:
    """Figures of four returns are those worked out by hand."""
    report = analyze(returns=[0.1, -0.5, 0.2, 0.0], periods_per_year=2.0)
    for name, expected in _KNOWN.items():
        value = report.figure(name).value
        if value is None or not math.isclose(value, expected, rel_tol=1e-12):
            yield f"{name} is {value}, expected {expected}"


def _undefined(analyze: Analyze) -> Iterable[str]:
    """Figures that are not defined say why."""
    reports = {"no returns given": analyze(), "the values are constant": analyze(returns=[0.01] * 5)}
    for reason, report in reports.items():
        figure = report.figure("sharpe_ratio")
        if figure.value is not None or figure.reason != reason:
            yield f"sharpe_ratio is {figure.value} because {figure.reason!r}, expected None because {reason!r}"


def _trend_and_anomaly(analyze: Analyze) -> Iterable[str]:
    """A rising series trends up, and its one jump is flagged."""
    returns = [0.004 + 0.001 * (-1) ** index for index in range(60)]
    returns[50] = -0.2
    report = analyze(returns=returns)
    flagged = [anomaly.index for anomaly in report.anomalies]
    if flagged != [50]:
        yield f"flagged {flagged}, expected [50]"
    returns[50] = 0.004
    direction = analyze(returns=returns).trend.direction
    if direction != "up":
        yield f"the trend is {direction}, expected up"


def _grade(analyze: Analyze) -> Iterable[str]:
    """A measurement that is missing caps the grade."""
    returns = [0.01, 0.012] * 20
    best = {criterion.name: criterion.full_at for criterion in RUBRIC if not criterion.figure}
    full = analyze(returns=returns, measurements=best).grade
    del best["recovery_rate"]
    capped = analyze(returns=returns, measurements=best).grade
    if (full.letter, capped.letter, capped.capped_by) != ("A+", "C", ("recovery_rate",)):
        yield f"graded {full.letter}, and {capped.letter} capped by {capped.capped_by} without recovery_rate"


def _refusal(analyze: Analyze) -> Iterable[str]:
    """Returns that are not finite, or a loss of everything, are refused."""
    for wrong in (math.nan, -1.0):
        try:
            analyze(returns=[0.01, wrong])
        except ValueError:
            continue
        yield f"returns=[0.01, {wrong}] was accepted"


_CASES = (_figures, _undefined, _trend_and_anomaly, _grade, _refusal)
