"""A fault script: everything that goes wrong in one session, decided before the run."""

from collections.abc import Iterable
from random import Random
from typing import Self

import attrs

from allause.venue.cases import cases_of
from allause.venue.conditions import CONDITIONS, ClockStep, Latency
from allause.venue.faults import Fault, FaultClass


@attrs.frozen(kw_only=True)
class FaultScript:
    """Hold the faults of one session.

    Each fault is injected at most once, into the first order from its ``order_index`` on to which it can happen
    and which no other fault has hit, or fewer than ``together``.

    Attributes:
        faults: in any order.
        seed: that the faults were drawn with; 0 for a script written by hand.
        together: most faults that may hit one order.
        latency: of the events that are pushed, drawn from the seed; they keep their order.
        clock_steps: of the component's wall clock, gone through again and again; a machine that is left alone has none.
    """

    faults: tuple[Fault, ...]
    seed: int = 0
    together: int = attrs.field(default=1, validator=attrs.validators.ge(1))
    latency: Latency = attrs.field(factory=Latency)
    clock_steps: tuple[ClockStep, ...] = ()

    @property
    def clock_offsets_s(self) -> tuple[float, ...]:
        """Return the seconds by which each reading of the wall clock is off."""
        return tuple(step.seconds for step in self.clock_steps for _ in range(step.readings))

    @classmethod
    def drawn(cls, *, seed: int, orders: int, each: int = 1, classes: Iterable[FaultClass] = FaultClass) -> Self:
        """Draw ``each`` faults of every class, its cases in turn, over the first three quarters of ``orders`` orders.

        Raises:
            ValueError: too few orders to give each fault one of its own.
        """
        chosen = tuple(classes)
        wanted, places = each * len(chosen), orders * 3 // 4
        if wanted > places:
            raise ValueError(f"{wanted} faults need at least {-(-wanted * 4 // 3)} orders, got {orders}")
        random = Random(f"{seed}/{','.join(chosen)}")  # noqa: S311 - a repeatable draw, no secret
        drawn = iter(random.sample(range(places), k=wanted))
        found: list[Fault] = []
        for fault_class in chosen:
            own = cases_of(fault_class)
            first = random.randrange(len(own))
            found += (own[(first + turn) % len(own)].make(random, next(drawn)) for turn in range(each))
        return cls(faults=tuple(found), seed=seed)

    def roughened(self) -> Self:
        """Return the script under every condition there is: over a slow link, on a machine whose clock is set."""
        drawn = {name: value for condition in CONDITIONS for name, value in condition.makes(self.seed).items()}
        return attrs.evolve(self, **drawn)
