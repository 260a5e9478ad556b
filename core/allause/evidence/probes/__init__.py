"""Probes: each looks at one aspect of a component, in children of its own, and answers one record.

A new probe is one file and one row here; a check reads its record with ``evidence.of(Record)``. A probe notes a
child that died or hung in its record; it never judges.
"""

from collections.abc import Callable

from allause.evidence.bench import Bench
from allause.evidence.probes.company import Company, Reception, observe_company
from allause.evidence.probes.conduct import Conduct, observe_conduct
from allause.evidence.probes.crowd import Crowding, observe_crowd
from allause.evidence.probes.cycles import Cycles, Holdings, observe_cycles
from allause.evidence.probes.importing import Importing, SystemRequest, observe_importing
from allause.evidence.probes.leaks import Leaks, observe_leaks
from allause.evidence.probes.order import Fault, Order, observe_order
from allause.evidence.probes.pace import Pace, Round, observe_pace
from allause.evidence.probes.reach import Reach, observe_reach
from allause.evidence.probes.replay import Difference, Replay, observe_replay
from allause.evidence.probes.self_test import SelfTest, observe_self_test
from allause.evidence.probes.spawn import Spawn, observe_spawn
from allause.evidence.probes.trading import Trading, observe_trading

__all__ = [
    "PROBES",
    "Company",
    "Conduct",
    "Crowding",
    "Cycles",
    "Difference",
    "Fault",
    "Holdings",
    "Importing",
    "Leaks",
    "Order",
    "Pace",
    "Reach",
    "Reception",
    "Replay",
    "Round",
    "SelfTest",
    "Spawn",
    "SystemRequest",
    "Trading",
]

PROBES: tuple[Callable[[Bench], object], ...] = (
    observe_importing,
    observe_conduct,
    observe_order,
    observe_self_test,  # breaks the common child, so it comes after the others that share it
    observe_cycles,
    observe_replay,
    observe_company,
    observe_crowd,
    observe_spawn,
    observe_pace,
    observe_reach,
    observe_leaks,
    observe_trading,
)
