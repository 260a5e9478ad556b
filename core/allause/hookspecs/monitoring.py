"""The contract of kind ``monitoring``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from allause.hookspecs.markers import hookspec

if TYPE_CHECKING:  # see the package
    from allause.models.monitoring import Alert, MetricSample


class MonitoringSpec:
    """Declare how measurements are collected and watched."""

    @hookspec
    def start_monitoring(self) -> None:
        """Begin to sample process and host in the background; without effect when already begun."""
        raise NotImplementedError

    @hookspec
    def stop_monitoring(self) -> None:
        """Stop sampling and wait until the sampler has ended; without effect when not begun."""
        raise NotImplementedError

    @hookspec
    def record_metric(self, name: str, value: float, labels: Mapping[str, str] | None) -> None:
        """Take one measured value.

        :param name: Prometheus-style with the unit in it, such as ``trading_order_latency_seconds``.
        :param value: finite.
        :param labels: few and of low cardinality.
        :raises ValueError: malformed name or label, or a value that is not finite.
        """
        raise NotImplementedError

    @hookspec
    def get_metrics(self) -> tuple[MetricSample, ...]:
        """Sample process and host now and return the latest value of every metric known."""
        raise NotImplementedError

    @hookspec
    def get_alerts(self) -> tuple[Alert, ...]:
        """Evaluate every alert rule now and return its state, in rule order."""
        raise NotImplementedError

    @hookspec
    def render_metrics(self) -> str:
        """Return the metrics in the Prometheus text exposition format."""
        raise NotImplementedError
