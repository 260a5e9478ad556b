"""A target whose best setting is known to the host and hidden from the optimizer."""

from collections.abc import Mapping

import attrs

from allause import models
from allause.measurement import SystemClock, summarize, yardstick

CANDIDATES = (1.0, 2.0, 4.0, 8.0)
_monotonic_ns = SystemClock().monotonic_ns


@attrs.frozen(kw_only=True)
class ReferenceTarget:
    """Do real work for each order: one yardstick at the best setting, eight at every other.

    Attributes:
        best: the value of ``batch`` that is fastest.
    """

    best: float

    @property
    def settings(self) -> "tuple[models.TunableSetting, ...]":
        """Return the one setting, ``batch``, with 1 in force."""
        return (models.TunableSetting(name="batch", value=CANDIDATES[0], candidates=CANDIDATES, unit="orders"),)

    def measure(self, settings: Mapping[str, float], *, orders: int, seed: int) -> "models.Trial":  # noqa: ARG002 - no random flow
        """Time ``orders`` pieces of work."""
        rounds = 1 if settings["batch"] == self.best else 8
        latencies: list[int] = []
        start = _monotonic_ns()
        for _ in range(orders):
            begun = _monotonic_ns()
            for _ in range(rounds):
                yardstick()
            latencies.append(_monotonic_ns() - begun)
        seconds = (_monotonic_ns() - start) / 1e9
        return models.Trial(
            settings=dict(settings),
            orders=orders,
            errors=0,
            seconds=seconds,
            orders_per_second=orders / seconds,
            latency=summarize("order", "ns", latencies),
            sessions_opened=1,
            orders_sent=orders,
        )
