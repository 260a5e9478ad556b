"""Checks of what shows only in several examinations; asked only when certifying."""

from collections.abc import Iterator

from allause.checks import pace, regression
from allause.checks.behaviour import SOUND
from allause.checks.check import SEEN, Check, Finding, Tier
from allause.checks.packaging import IMPORTED, READABLE
from allause.evidence import Evidence, probes
from allause.evidence.certifying import REFERENCE, ImportTimes, Verdicts
from allause.measurement import median
from allause.models.report import Status

_IMPORT_BUDGET = 50.0
_TIMED = frozenset(check.code for check in (*pace.CHECKS, *regression.CHECKS))


def import_slow(evidence: Evidence) -> Iterator[Finding]:
    """Import that takes very long.

    What: in a fresh process, the quickest of several imports of the component took more than fifty times as long as
        the median import of a module of the standard library that was imported in turn with it. Dataframe libraries
        stay below that. Asked only when certifying.
    Why: every start, every test and every command pays for it.
    Fails: a table computed, or a model loaded, at the top of a module
    Passes: the same in ``start``, or when it is first needed
    """
    seen = evidence.of(ImportTimes)
    if not seen.component_s or not seen.reference_s:
        return
    quickest, reference = min(seen.component_s), median(seen.reference_s)
    if quickest > _IMPORT_BUDGET * reference:
        yield Finding(
            message=f"import {evidence.record.module} took at least {quickest:.2f} s in {len(seen.component_s)} fresh "
            f"processes, {quickest / reference:.0f} times as long as {REFERENCE}; "
            f"expected at most {_IMPORT_BUDGET:.0f}",
            location=evidence.place(),
            fix="do the work in start(), or when it is first needed; python -X importtime shows where it goes",
        )


def flaky(evidence: Evidence) -> Iterator[Finding]:
    """Verdict that changes from one examination to the next.

    What: the component was examined several times, each time with inputs from another nonce, and a check that passed
        here failed in another examination. Checks that compare times are not judged so: noise is not the
        component's. Asked only when certifying.
    Why: a certificate that takes luck is none.
    Fails: an answer that is wrong for one input in a hundred
    Passes: the same verdicts each time
    """
    first, *others = evidence.of(Verdicts).runs
    for code, status in first.items():
        again = [run.get(code, Status.BLOCKED) for run in others]
        if status is Status.PASSED and Status.FAILED in again and code not in _TIMED:
            yield Finding(
                message=f"{code}: {', '.join((status, *again))} in {len(again) + 1} examinations",
                location=evidence.place(),
                fix=f"find the input for which it fails: allause validate --select {code}, several times",
            )


def parity(evidence: Evidence) -> Iterator[Finding]:
    """Method and its asynchronous twin that answer differently.

    What: beside a method of the contract the class has the same under a name that only adds ``a``, ``async`` or
        ``sync``, as ``aplace_order`` or ``place_order_async``. An interview was put to the method and, with a fresh
        instance, to its twin, and an answer differs. Times and measured figures are not compared. Asked only when
        certifying.
    Why: whoever moves to the other one gets other results and no error.
    Fails: ``analyze_performance_async`` that leaves out the first return
    Passes: a twin that awaits the same function
    """
    seen = evidence.of(probes.Twins)
    if (found := seen.difference) is not None:
        yield Finding(
            message=f"{found.call}: {found.path} was {found.first}, and from {found.surroundings}() {found.second}",
            location=evidence.place(found.call.partition("(")[0]),
            fix="have both call one function that does the work",
        )


CHECKS: tuple[Check[Evidence], ...] = (
    Check(
        code="DSC009", slug="import-slow", tier=Tier.GOLD, how="X", function=import_slow, needs=IMPORTED,
        certifying=True,
    ),
    Check(
        code="ASY009", slug="parity", tier=Tier.GOLD, how="X", function=parity,
        needs=(*SOUND, "BEH011", "PRF007", "DET002"), complete_with=SEEN, certifying=True,
    ),
    Check(
        code="DET005", slug="flaky", tier=Tier.GOLD, how="X", function=flaky, needs=READABLE, waivable=False,
        certifying=True,
    ),
)  # fmt: skip # one row a check
