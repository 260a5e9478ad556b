"""Run the probes: those of one row in one child, rows side by side."""

from collections.abc import Iterator
from contextlib import contextmanager

import attrs

from allause.evidence.bench import Bench
from allause.evidence.probes.catalogue import ELSEWHERE, PROBES, Row
from allause.evidence.probes.replay import Different, Reference, observe_replay
from allause.isolation import Helper
from allause.isolation.lanes import share


def probed(bench: Bench, *, beside: bool) -> list[object]:
    """Return the record of every probe.

    :param beside: whether there are two lanes, each with children of another helper.
    """
    records: list[object] = []

    def see(helper: Helper, row: Row) -> None:
        records.extend(_seen(attrs.evolve(bench, helper=helper), row))

    @contextmanager
    def other_lane() -> Iterator[Helper]:
        other = bench.helper.other()
        see(other, ELSEWHERE)  # this lane alone takes children of the other helper
        yield other

    share(PROBES, see, bench.helper, *([other_lane()] if beside else []))
    if not beside:
        see(bench.helper.other(), ELSEWHERE)
    (reference,) = (record for record in records if isinstance(record, Reference))
    (different,) = (record for record in records if isinstance(record, Different))
    return [*records, observe_replay(bench, reference, different)]


def _seen(bench: Bench, row: Row) -> list[object]:
    own = attrs.evolve(bench, before=row.before(bench))
    if len(row.probes) == 1:
        return [probe(own) for probe in row.probes]
    with own.shared() as common:
        return [probe(attrs.evolve(own, common=common)) for probe in row.probes]
