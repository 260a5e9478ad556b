"""Run the probes: those of one row in one child, rows side by side."""

from collections.abc import Iterator
from contextlib import contextmanager

import attrs

from allause.evidence.bench import Bench
from allause.evidence.probes.catalogue import PROBES, Row
from allause.evidence.probes.replay import Run, observe_different, observe_replay
from allause.isolation import Helper
from allause.isolation.lanes import share


def probed(bench: Bench, *, beside: bool) -> list[object]:
    """Return the record of every probe.

    :param beside: whether there are two lanes, each with children of another helper.
    """
    records: list[object] = []
    different: list[Run] = []

    @contextmanager
    def other_lane() -> Iterator[Helper]:
        different.append(observe_different(bench))  # its lane alone takes children of the other helper
        yield bench.helper.other()

    share(PROBES, lambda helper, row: records.extend(_seen(attrs.evolve(bench, helper=helper), row)),
          bench.helper, *([other_lane()] if beside else []))  # fmt: skip # one thought
    if not beside:
        different.append(observe_different(bench))
    (reference,) = (record for record in records if isinstance(record, Run))
    return [*records, observe_replay(bench, reference, *different)]


def _seen(bench: Bench, row: Row) -> list[object]:
    own = attrs.evolve(bench, before=row.before)
    if len(row.probes) == 1:
        return [probe(own) for probe in row.probes]
    with own.shared() as common:
        return [probe(attrs.evolve(own, common=common)) for probe in row.probes]
