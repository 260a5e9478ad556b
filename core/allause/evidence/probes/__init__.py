"""Probes: each looks at one aspect of a component, in a child, and answers one record.

A check reads that record with ``evidence.of(Record)``. A probe notes a child that died or hung in its record; it
never judges. They are rows of ``catalogue``, and imported when first asked for: a static look does without.
"""

from typing import TYPE_CHECKING

from allause.deferred import deferred

if TYPE_CHECKING:
    from allause.evidence.probes.catalogue import ELSEWHERE, FIRST, PROBES, Row
    from allause.evidence.probes.company import SUSPICIOUS_S, Company, Reception
    from allause.evidence.probes.conduct import Conduct, Fresh
    from allause.evidence.probes.crowd import Crowding
    from allause.evidence.probes.cycles import SUSPICIOUS_BLOCKS, SUSPICIOUS_BYTES, Cycles, Holdings, grows
    from allause.evidence.probes.feeding import Feeding, Told
    from allause.evidence.probes.leaks import Leaks
    from allause.evidence.probes.leaving import Leaving
    from allause.evidence.probes.order import Fault, Order
    from allause.evidence.probes.pace import EXPONENT, LARGE, MANY_ROUNDS, SMALL, UNSTEADY, Pace, Round, slow, spread
    from allause.evidence.probes.reach import Reach, SystemRequest
    from allause.evidence.probes.replay import Difference, Replay
    from allause.evidence.probes.self_test import SelfTest
    from allause.evidence.probes.spawn import Spawn
    from allause.evidence.probes.trading import Trading
    from allause.evidence.probes.twins import Twins, observe_twins

__all__ = [
    "ELSEWHERE",
    "EXPONENT",
    "FIRST",
    "LARGE",
    "MANY_ROUNDS",
    "PROBES",
    "SMALL",
    "SUSPICIOUS_BLOCKS",
    "SUSPICIOUS_BYTES",
    "SUSPICIOUS_S",
    "UNSTEADY",
    "Company",
    "Conduct",
    "Crowding",
    "Cycles",
    "Difference",
    "Fault",
    "Feeding",
    "Fresh",
    "Holdings",
    "Leaks",
    "Leaving",
    "Order",
    "Pace",
    "Reach",
    "Reception",
    "Replay",
    "Round",
    "Row",
    "SelfTest",
    "Spawn",
    "SystemRequest",
    "Told",
    "Trading",
    "Twins",
    "grows",
    "observe_twins",
    "slow",
    "spread",
]

__getattr__ = deferred(
    __name__,
    __all__,
    (
        "company",
        "conduct",
        "crowd",
        "cycles",
        "feeding",
        "leaks",
        "leaving",
        "order",
        "pace",
        "reach",
        "replay",
        "self_test",
        "spawn",
        "trading",
        "twins",
        "catalogue",
    ),
)
