"""The contract of kind ``analytics``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from allause.hookspecs.markers import hookspec

if TYPE_CHECKING:  # see the package
    from allause.models.analytics import AnalysisReport


class AnalyticsSpec:
    """Declare how performance is analysed."""

    @hookspec
    def analyze_performance(
        self,
        returns: Sequence[float] | None,
        benchmark: Sequence[float] | None,
        periods_per_year: float | None,
        risk_free_rate: float | None,
        measurements: Mapping[str, float] | None,
    ) -> AnalysisReport:
        """Analyse simple periodic returns and operational measurements.

        Without returns every figure is undefined and says so. The figures include at least ``total_return``
        (product of 1 + r, less 1), ``volatility`` (sample standard deviation times the root of the periods
        per year) and ``max_drawdown`` (the lowest value of equity over its running maximum, less 1, equity
        starting at 1; zero or negative); all are ratios, not percent.

        :param returns: simple returns of equal periods, oldest first, 0.01 for one percent; finite, above -1.
        :param benchmark: returns of the same periods.
        :param periods_per_year: 252 when left out.
        :param risk_free_rate: annual, 0.02 for two percent, turned geometrically into one per period; 0 when
            left out.
        :param measurements: figures for the grade, such as ``error_rate``; names in the component's rubric.
        :raises ValueError: a value that is not finite, a return of -1 or below, or unequal lengths.
        """
        raise NotImplementedError
