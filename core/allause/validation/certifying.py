"""Gather what only a certificate asks for, as far as the checks of a plan ask for it."""

import secrets
from collections.abc import Sequence

import attrs

from allause.checks import Check, examine
from allause.evidence import Evidence, gather
from allause.evidence.bench import Bench
from allause.evidence.certifying import ImportTimes, Verdicts, observe_import_times
from allause.evidence.probes import Twins, observe_twins
from allause.isolation import Helper

#: Checks that cost further examinations, by code.
REPEATING = frozenset({"DET005"})
_MORE_RUNS = 2


def with_more(
    evidence: Evidence, checks: Sequence[Check[Evidence]], helper: Helper, nonces: Sequence[str] = ()
) -> Evidence:
    """Return the evidence with the import times and the verdicts of further examinations, where they are asked for.

    :param nonces: of the further examinations; new ones when empty.
    """
    codes = {check.code for check in checks}
    probed = dict(evidence.probed)
    if "DSC009" in codes and evidence.record.module:
        probed[ImportTimes] = observe_import_times(evidence.record, helper)
    if "ASY009" in codes and evidence.source.file is not None and evidence.constructing is not None:
        record, nonce = evidence.record, secrets.token_hex(16)
        bench = Bench(record=record, source=evidence.source, helper=helper, nonce=nonce)
        twins = probed[Twins] = observe_twins(bench)
        if twins.difference is None:  # else it is told there
            evidence = attrs.evolve(evidence, lost=(*evidence.lost, *bench.patience.lost))
    if codes & REPEATING:
        compared = [check for check in checks if not check.certifying]
        others = nonces or [secrets.token_hex(16) for _ in range(_MORE_RUNS)]
        record, core = evidence.record, evidence.core_version
        runs = (evidence, *(gather(record, helper, core_version=core, nonce=nonce) for nonce in others))
        probed[Verdicts] = Verdicts(runs=tuple({r.code: r.status for r in examine(compared, each)} for each in runs))
    return attrs.evolve(evidence, probed=probed)
