"""What a link and a machine are like while everything else goes wrong: late, and with a clock that somebody sets."""

from collections.abc import Iterator
from random import Random
from typing import Self

import attrs

_HOUR_S, _DAY_S = 3_600.0, 86_400.0
#: By how much clocks are set: a host that begins to keep time, summer time, a wrong date, and back.
SET_BY_S = (0.5, -0.5, _HOUR_S, -_HOUR_S, _DAY_S, -_DAY_S, 0.0)
#: Readings for which a clock stays so at most.
LONGEST = 24

_share = [attrs.validators.ge(0.0), attrs.validators.le(1.0)]


@attrs.frozen(kw_only=True)
class Latency:
    """Describe how late events are pushed over a link, counted in calls: nothing sleeps.

    Attributes:
        late: share of the events that are late, by one call at least.
        longer: share of those that are late by one call more, and again of these.
        most: calls that no event is late by more than.
    """

    late: float = attrs.field(default=0.0, validator=_share)
    longer: float = attrs.field(default=0.0, validator=_share)
    most: int = attrs.field(default=1, validator=attrs.validators.ge(1))

    def drawn(self, seed: int) -> Iterator[int]:
        """Yield by how many calls each event is late, for ever; the same seed gives the same."""
        random = Random(f"latency/{seed}")  # noqa: S311 - a repeatable draw, no secret
        while True:
            calls = int(random.random() < self.late)
            while 0 < calls < self.most and random.random() < self.longer:
                calls += 1
            yield calls


@attrs.frozen(kw_only=True)
class ClockStep:
    """Describe one time that somebody sets the wall clock of the component's machine.

    Attributes:
        seconds: by which it is off from then on.
        readings: of the clock for which it stays so.
    """

    seconds: float
    readings: int = attrs.field(validator=attrs.validators.ge(1))

    @classmethod
    def drawn(cls, seed: int, count: int) -> tuple[Self, ...]:
        """Draw steps, one after the other; the same seed gives the same."""
        random = Random(f"clock/{seed}")  # noqa: S311 - a repeatable draw, no secret
        return tuple(cls(seconds=random.choice(SET_BY_S), readings=random.randint(1, LONGEST)) for _ in range(count))
