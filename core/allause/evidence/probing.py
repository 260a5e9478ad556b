"""Run the probes: those of one row in one child, rows side by side."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import attrs

from allause.evidence.bench import Bench
from allause.evidence.examinee import Examinee
from allause.evidence.probes.catalogue import ELSEWHERE, FIRST, PROBES, Row
from allause.evidence.probes.replay import Different, Reference, Replay, observe_replay
from allause.isolation import Helper
from allause.isolation.lanes import share


def probed(bench: Bench, lent: Examinee | None = None, *, beside: bool) -> list[object]:
    """Return the record of every probe.

    :param lent: the component in a child prepared for the first row, which ends with that; one is opened when left out.
    :param beside: whether there are two lanes, each with children of another helper.
    """
    if not beside:
        return probed_elsewhere(bench, bench.helper.other(), probed_here(bench, lent))
    records: list[object] = []

    def see(helper: Helper, row: Row) -> None:
        records.extend(_seen(attrs.evolve(bench, helper=helper), row, lent))

    @contextmanager
    def other_lane() -> Iterator[Helper]:
        other = bench.helper.other()
        see(other, ELSEWHERE)  # this lane alone takes children of the other helper
        yield other

    share(PROBES, see, bench.helper, other_lane())
    return [*records, _replay(bench, records)]


def probed_here(bench: Bench, lent: Examinee | None = None) -> list[object]:
    """Return the records of the probes that ask children of the bench's helper; ``lent`` as for ``probed``."""
    return [record for row in PROBES for record in _seen(bench, row, lent)]


def probed_elsewhere(bench: Bench, other: Helper, here: Sequence[object]) -> list[object]:
    """Return these records and those of the other probes, which ask children of ``other``.

    The bench's helper is left alone, for it may serve another component by now.
    """
    records = [*here, *_seen(attrs.evolve(bench, helper=other), ELSEWHERE)]
    with bench.helper.another() as spare:  # which costs nothing while nobody asks it for a child
        return [*records, _replay(attrs.evolve(bench, helper=spare), records)]


def _replay(bench: Bench, records: Sequence[object]) -> Replay:
    (reference,) = (record for record in records if isinstance(record, Reference))
    (different,) = (record for record in records if isinstance(record, Different))
    return observe_replay(bench, reference, different)


def _seen(bench: Bench, row: Row, lent: Examinee | None = None) -> list[object]:
    own = attrs.evolve(bench, before=row.before(bench))
    if lent is not None and row is FIRST:
        return [probe(attrs.evolve(own, common=lent)) for probe in row.probes]
    if len(row.probes) == 1:
        return [probe(own) for probe in row.probes]
    with own.shared() as common:
        return [probe(attrs.evolve(own, common=common)) for probe in row.probes]
