"""Every probe: which share a child, and in which order. A new one is one file and one row here."""

from collections.abc import Callable

import attrs

from allause.evidence.bench import Bench
from allause.evidence.probes.company import observe_company
from allause.evidence.probes.conduct import observe_conduct
from allause.evidence.probes.crowd import observe_crowd
from allause.evidence.probes.cycles import observe_cycles
from allause.evidence.probes.feeding import observe_feeding
from allause.evidence.probes.leaks import observe_leaks
from allause.evidence.probes.order import observe_order
from allause.evidence.probes.pace import observe_pace
from allause.evidence.probes.reach import observe_reach
from allause.evidence.probes.replay import observe_reference
from allause.evidence.probes.self_test import observe_self_test
from allause.evidence.probes.spawn import observe_spawn
from allause.evidence.probes.trading import observe_trading


@attrs.frozen
class Row:
    """Name probes that may share one child, for none of them minds what those before it did there.

    Attributes:
        probes: in order.
        before: operations asked of the child before the component is imported.
    """

    probes: tuple[Callable[[Bench], object], ...]
    before: tuple[str, ...] = ()


#: Longest first, so that lanes end together.
PROBES: tuple[Row, ...] = (
    # first what is timed, last what may get stuck; the reference needs the bench's own helper, to which this row falls
    Row(
        (observe_pace, observe_reach, observe_reference, observe_company, observe_crowd),
        before=("audit", "identities"),
    ),
    Row((observe_cycles,)),
    # what breaks the component comes last; threads may start with the import
    Row((observe_conduct, observe_order, observe_spawn, observe_self_test), before=("arm",)),
    Row((observe_leaks,)),
    Row((observe_trading,)),
    Row((observe_feeding,)),
)
