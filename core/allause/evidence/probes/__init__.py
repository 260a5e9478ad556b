"""Probes: each looks at one aspect of a component, in children of its own, and answers one record.

A new probe is one file and one row here; a check reads its record with ``evidence.of(Record)``. A probe notes a
child that died or hung in its record; it never judges.
"""

from collections.abc import Callable

from allause.evidence.bench import Bench

__all__ = ["PROBES"]

PROBES: tuple[Callable[[Bench], object], ...] = ()
