"""What the host hands a component when it starts it."""

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

import attrs

from allause.models.venue import VenueSession


class Clock(Protocol):
    """Stand for the only source of time."""

    def now_ns(self) -> int:
        """Return nanoseconds since 1970-01-01T00:00:00Z; may step."""
        ...

    def monotonic_ns(self) -> int:
        """Return nanoseconds from an arbitrary origin; never steps back. Durations use this one."""
        ...


class MetricsSink(Protocol):
    """Stand for where a component reports measurements."""

    def record(self, name: str, value: float, labels: Mapping[str, str] | None = None) -> None:
        """Take one measured value; never raises and never blocks."""
        ...


@attrs.frozen(kw_only=True)
class Context:
    """Hold everything that reaches a component from outside.

    Attributes:
        clock: time.
        directory: an existing private directory; the only place to write to.
        seed: of every random choice; one of ``allause.seeds``.
        logger: named after the component.
        metrics: where measurements go, None when nobody listens.
        venue: the session orders go to; None for kinds that place none.
        connect: opens one more session with the same account; None when there is only ``venue``. May raise.
    """

    clock: Clock
    directory: Path
    seed: int
    logger: logging.Logger
    metrics: MetricsSink | None = None
    venue: VenueSession | None = None
    connect: Callable[[], VenueSession] | None = None
