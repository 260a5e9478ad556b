"""Probes: each looks at one aspect of a component, in children of its own, and answers one record.

A new probe is one file and one row here; a check reads its record with ``evidence.of(Record)``. A probe notes a
child that died or hung in its record; it never judges.
"""

from collections.abc import Callable

from allause.evidence.bench import Bench
from allause.evidence.probes.conduct import Conduct, observe_conduct
from allause.evidence.probes.cycles import Cycles, Holdings, observe_cycles
from allause.evidence.probes.importing import Importing, SystemRequest, observe_importing
from allause.evidence.probes.order import Fault, Order, observe_order
from allause.evidence.probes.replay import Difference, Replay, observe_replay
from allause.evidence.probes.self_test import SelfTest, observe_self_test

__all__ = [
    "PROBES",
    "Conduct",
    "Cycles",
    "Difference",
    "Fault",
    "Holdings",
    "Importing",
    "Order",
    "Replay",
    "SelfTest",
    "SystemRequest",
]

PROBES: tuple[Callable[[Bench], object], ...] = (
    observe_importing,
    observe_conduct,
    observe_self_test,
    observe_order,
    observe_cycles,
    observe_replay,
)
