"""What an optimizer measures and answers."""

from collections.abc import Mapping
from typing import Protocol

import attrs

from allause.models.component import TunableSetting
from allause.models.measurement import Measurement


@attrs.frozen(kw_only=True)
class Trial:
    """Hold the measured outcome of one group of settings.

    Attributes:
        settings: setting name to value.
        orders: orders placed.
        errors: those that raised or were not acknowledged.
        seconds: of the whole trial, on the clock of the target.
        orders_per_second: orders less errors, over seconds.
        latency: of ``place_order``, in ns, timed by the target.
        sessions_opened: venue sessions opened for the trial.
        orders_sent: orders that reached the venue over them.
    """

    settings: Mapping[str, float]
    orders: int
    errors: int
    seconds: float
    orders_per_second: float
    latency: Measurement
    sessions_opened: int
    orders_sent: int

    @property
    def error_rate(self) -> float:
        """Return errors over orders; 1.0 when nothing was placed."""
        return self.errors / self.orders if self.orders else 1.0

    @property
    def connection_reuse(self) -> float:
        """Return the share of orders that travelled on a session opened before them."""
        if not self.orders_sent:
            return 0.0
        return max(0, self.orders_sent - self.sessions_opened) / self.orders_sent


class OptimizationTarget(Protocol):
    """Stand for a system whose settings can be tried; the host measures, the optimizer decides."""

    @property
    def settings(self) -> tuple[TunableSetting, ...]:
        """Return what may be changed."""
        ...

    def measure(self, settings: Mapping[str, float], *, orders: int, seed: int) -> Trial:
        """Run ``orders`` real orders under ``settings`` in a fresh instance and return what was measured."""
        ...


@attrs.frozen(kw_only=True)
class OptimizationReport:
    """Hold what was tried and what was kept.

    Attributes:
        before: the trial of the settings in force.
        after: the trial of the settings kept; equal to ``before`` when nothing was better.
        kept: the settings kept.
        trials: every trial, in order.
        improvement: ``after.orders_per_second / before.orders_per_second``, from one run.
        conclusive: whether the better one won every interleaved repetition, not only the median.
    """

    before: Trial
    after: Trial
    kept: Mapping[str, float]
    trials: tuple[Trial, ...]
    improvement: float
    conclusive: bool
