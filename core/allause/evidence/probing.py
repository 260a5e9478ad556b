"""Run the probes: those of one row in one child, rows side by side when a processor is free."""

from contextlib import nullcontext

import attrs

from allause.evidence.bench import Bench
from allause.evidence.probes import PROBES, Row, observe_replay
from allause.isolation import Helper
from allause.isolation.lanes import share


def probed(bench: Bench, *, alone: bool) -> list[object]:
    """Return the record of every probe.

    :param alone: whether nothing else is examined meanwhile, so that there are two lanes.
    """
    records: list[object] = []
    others = [nullcontext(bench.helper.other())] if alone else []
    share(PROBES, lambda helper, row: records.extend(_seen(attrs.evolve(bench, helper=helper), row)),
          bench.helper, *others)  # fmt: skip # one thought
    # it takes children of both helpers, so it comes when no lane uses them
    return [*records, observe_replay(bench, alone=alone)]


def _seen(bench: Bench, row: Row) -> list[object]:
    if len(row.probes) == 1:
        return [probe(bench) for probe in row.probes]
    common = bench.examinee()
    for operation in row.before:
        common.observe(operation)
    with common:
        shared = attrs.evolve(bench, common=common)
        return [probe(shared) for probe in row.probes]
