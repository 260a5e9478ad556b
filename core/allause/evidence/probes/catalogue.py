"""Every probe: which share a child, and in which order. A new one is one file and one row here."""

from collections.abc import Callable, Mapping
from typing import Any

import attrs

from allause.evidence.bench import Bench
from allause.evidence.probes.company import observe_company
from allause.evidence.probes.conduct import observe_conduct, observe_fresh
from allause.evidence.probes.crowd import observe_crowd
from allause.evidence.probes.cycles import observe_cycles
from allause.evidence.probes.feeding import observe_feeding
from allause.evidence.probes.leaks import canary, observe_leaks
from allause.evidence.probes.leaving import observe_leaving
from allause.evidence.probes.order import observe_order
from allause.evidence.probes.pace import observe_pace
from allause.evidence.probes.reach import observe_reach
from allause.evidence.probes.replay import DIFFERENT, observe_different, observe_reference
from allause.evidence.probes.self_test import observe_self_test
from allause.evidence.probes.spawn import observe_spawn
from allause.evidence.probes.trading import observe_trading


@attrs.frozen
class Row:
    """Name probes that may share one child, for none of them minds what those before it did there.

    Attributes:
        probes: in order.
        before: operations asked of the child before the component is imported, and their fields.
    """

    probes: tuple[Callable[[Bench], object], ...]
    before: Callable[[Bench], tuple[tuple[str, Mapping[str, Any]], ...]] = lambda _: ()


def _asked(*operations: str) -> Callable[[Bench], tuple[tuple[str, Mapping[str, Any]], ...]]:
    return lambda _: tuple((operation, {}) for operation in operations)


#: Those for the child in which the component was interviewed. First what is timed, last what may get stuck, and then
#: its end; the reference needs the bench's own helper, to which this row falls.
FIRST = Row(
    (observe_pace, observe_reach, observe_reference, observe_company, observe_crowd, observe_leaving),
    before=_asked("audit"),
)
#: Longest first, so that lanes end together.
PROBES: tuple[Row, ...] = (
    FIRST,
    # a fresh instance is asked before any has worked; then the lives, in a folder where nobody else left anything;
    # what breaks the component comes last. Threads may start with the import, so the child is armed before it
    Row(
        (observe_fresh, observe_cycles, observe_conduct, observe_order, observe_spawn, observe_self_test),
        before=_asked("arm", "settings", "screen"),
    ),
    Row((observe_trading,)),
    Row((observe_feeding,)),
)
#: Those for which everything differs that must not matter, in a child of the helper that hashes otherwise.
ELSEWHERE = Row(
    (observe_different, observe_leaks), before=lambda bench: (("plant", {"word": canary(bench)}), *DIFFERENT)
)
