"""Run the probes: those of one row in one child, rows side by side."""

from contextlib import nullcontext

import attrs

from allause.evidence.bench import Bench
from allause.evidence.probes.catalogue import PROBES, Row
from allause.evidence.probes.replay import observe_replay
from allause.isolation.lanes import share


def probed(bench: Bench, *, beside: bool) -> list[object]:
    """Return the record of every probe.

    :param beside: whether there are two lanes, each with children of another helper.
    """
    records: list[object] = []
    others = [nullcontext(bench.helper.other())] if beside else []
    share(PROBES, lambda helper, row: records.extend(_seen(attrs.evolve(bench, helper=helper), row)),
          bench.helper, *others)  # fmt: skip # one thought
    # it takes children of both helpers, so it comes when no lane uses them
    return [*records, observe_replay(bench, beside=beside)]


def _seen(bench: Bench, row: Row) -> list[object]:
    own = attrs.evolve(bench, before=row.before)
    if len(row.probes) == 1:
        return [probe(own) for probe in row.probes]
    with own.shared() as common:
        return [probe(attrs.evolve(own, common=common)) for probe in row.probes]
