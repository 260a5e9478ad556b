"""PROBES: every probe, in the order in which they look. A new probe is one file in this package and one row here."""

from collections.abc import Callable

from allause.evidence.bench import Bench
from allause.evidence.probes.company import observe_company
from allause.evidence.probes.conduct import observe_conduct
from allause.evidence.probes.crowd import observe_crowd
from allause.evidence.probes.cycles import observe_cycles
from allause.evidence.probes.importing import observe_importing
from allause.evidence.probes.leaks import observe_leaks
from allause.evidence.probes.order import observe_order
from allause.evidence.probes.pace import observe_pace
from allause.evidence.probes.reach import observe_reach
from allause.evidence.probes.replay import observe_replay
from allause.evidence.probes.self_test import observe_self_test
from allause.evidence.probes.spawn import observe_spawn
from allause.evidence.probes.trading import observe_trading

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
