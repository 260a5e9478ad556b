"""The standard API: what every component of every kind offers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allause.hookspecs.markers import hookspec

if TYPE_CHECKING:  # see the package
    from allause.models.component import (
        ComponentInfo,
        ComponentValidation,
        FunctionalityReport,
        OptimizationMetrics,
        PerformanceStats,
    )
    from allause.models.context import Context


class StandardSpec:
    """Declare the standard API.

    The five questions are synchronous, take no arguments, work on a default-constructed instance and
    answer an attrs record or a plain mapping of the same shape.
    """

    @hookspec
    def get_component_info(self) -> ComponentInfo:
        """Say what this component is; the same answer at any time, without side effect."""
        raise NotImplementedError

    @hookspec
    def get_performance_stats(self) -> PerformanceStats:
        """Count the work done so far; each call of one of the kind's own methods is counted."""
        raise NotImplementedError

    @hookspec
    def test_functionality(self) -> FunctionalityReport:
        """Try the main operation on small known input and report each case; must fail when it is broken."""
        raise NotImplementedError

    @hookspec
    def get_optimization_metrics(self) -> OptimizationMetrics:
        """Offer figures to improve and settings that may be changed."""
        raise NotImplementedError

    @hookspec
    def validate_component(self) -> ComponentValidation:
        """Check the own configuration and state without changing them."""
        raise NotImplementedError

    @hookspec
    def start(self, context: Context) -> None:
        """Take what the host provides; called once, before any other method of the kind.

        :param context: clock, directory, venue session, metrics sink, logger and seed.
        :raises allause.exceptions.ConfigurationError: when the configuration cannot work with it.
        """
        raise NotImplementedError

    @hookspec
    def close(self) -> None:
        """Release everything: files, threads, sessions; may be called twice, and without ``start``."""
        raise NotImplementedError
