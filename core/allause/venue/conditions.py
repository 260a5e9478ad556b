"""What a link and a machine are like while everything else goes wrong: late, and with a clock that somebody sets."""

from collections.abc import Callable, Iterator, Mapping
from random import Random
from typing import Any, Self

import attrs

_HOUR_S, _DAY_S = 3_600.0, 86_400.0
#: By how much clocks are set: a host that begins to keep time, summer time, a wrong date, and back.
_SET_BY_S = (0.5, -0.5, _HOUR_S, -_HOUR_S, _DAY_S, -_DAY_S, 0.0)
#: Readings for which a clock stays so at most.
_LONGEST = 24

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
        return tuple(cls(seconds=random.choice(_SET_BY_S), readings=random.randint(1, _LONGEST)) for _ in range(count))


#: Of a link that is mostly quick and now and then slow.
LATENCY = Latency(late=0.4, longer=0.6, most=8)
#: How often somebody sets the clock of a machine that is badly kept.
CLOCK_STEPS = 12


@attrs.frozen(kw_only=True)
class Condition:
    """Describe what a link or a machine is like during a whole session, whichever faults there are.

    Attributes:
        name: a stable word.
        goes_wrong: what is bad about it.
        parameters: what is drawn, in words.
        expected: how a component takes it.
        makes: draws from a seed what a fault script is given, by the names of its attributes.
    """

    name: str
    goes_wrong: str
    parameters: str
    expected: str
    makes: Callable[[int], Mapping[str, Any]]


CONDITIONS: tuple[Condition, ...] = (
    Condition(
        name="slow-link",
        goes_wrong="events are pushed some calls late, now and then many; they keep their order",
        parameters=f"Latency(late={LATENCY.late}, longer={LATENCY.longer}, most={LATENCY.most}), drawn for each event",
        expected="what has not been heard of yet may still come; nothing is taken for certain by silence",
        makes=lambda _: {"latency": LATENCY},
    ),
    Condition(
        name="clock-set",
        goes_wrong="somebody sets the wall clock of the machine, forward and back",
        parameters=f"{CLOCK_STEPS} times ClockStep(seconds, readings), each by up to {max(_SET_BY_S):g} s and for up "
        f"to {_LONGEST} readings",
        expected="nothing is decided by it: intervals are measured with the other clock, and a day ends at the venue",
        makes=lambda seed: {"clock_steps": ClockStep.drawn(seed, CLOCK_STEPS)},
    ),
)
