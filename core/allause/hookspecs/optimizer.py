"""The contract of kind ``optimizer``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allause.hookspecs.markers import hookspec

if TYPE_CHECKING:  # see the package
    from allause.models.optimization import OptimizationReport, OptimizationTarget


class OptimizerSpec:
    """Declare how better settings are found."""

    @hookspec
    def optimize_trading_system(
        self, target: OptimizationTarget | None, orders: int | None, seed: int | None
    ) -> OptimizationReport:
        """Measure the target under a few settings and keep the better one.

        Every figure in the answer comes from a trial that the target ran.

        :param target: what to try; when left out, the installed execution component on the core's venue.
        :param orders: orders in each trial; the component's choice when left out.
        :param seed: of the order flow; 0 when left out.
        :raises allause.exceptions.UsageError: no target was given and none is installed.
        """
        raise NotImplementedError
