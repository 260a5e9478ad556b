"""Analyse returns and risk with written definitions as an allause component."""

from allause_analytics.config import AnalyticsConfig
from allause_analytics.figures import FIGURES, FigureDefinition
from allause_analytics.grading import LETTERS, RUBRIC, Criterion
from allause_analytics.plugin import AnalyticsEngine

__all__ = [
    "FIGURES",
    "LETTERS",
    "RUBRIC",
    "AnalyticsConfig",
    "AnalyticsEngine",
    "Criterion",
    "FigureDefinition",
]
