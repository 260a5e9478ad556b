"""A target whose best setting is known to the host and hidden from the optimizer."""

from collections.abc import Mapping
from random import Random

import attrs

from allause import models
from allause.measurement import summarize

CANDIDATES = (1.0, 2.0, 4.0, 8.0)
_LEAST_NS, _MOST_NS = 80_000, 120_000
_SLOWER = 8


@attrs.frozen(kw_only=True)
class ReferenceTarget:
    """Count time on a clock of its own: an order takes eight times as long at every setting but the best.

    No other job of the machine moves that clock. What is decided from its trials is decided by them alone, so equal
    questions have one right answer.

    Attributes:
        best: the value of ``batch`` that is fastest.
    """

    best: float

    @property
    def settings(self) -> "tuple[models.TunableSetting, ...]":
        """Return the one setting, ``batch``, with 1 in force."""
        return (models.TunableSetting(name="batch", value=CANDIDATES[0], candidates=CANDIDATES, unit="orders"),)

    def measure(self, settings: Mapping[str, float], *, orders: int, seed: int) -> "models.Trial":
        """Take ``orders`` orders whose times differ a little, as orders of the seed do."""
        rounds = 1 if settings["batch"] == self.best else _SLOWER
        random = Random(f"{seed} {settings['batch']}")  # noqa: S311 - a repeatable flow, no secret
        latencies = [rounds * random.randint(_LEAST_NS, _MOST_NS) for _ in range(orders)]
        seconds = sum(latencies) / 1e9
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
