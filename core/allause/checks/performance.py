"""Checks PRF: are the numbers earned?"""

from collections.abc import Iterator

from allause.checks.behaviour import wrong_answers
from allause.checks.check import Check, Finding, Tier
from allause.evidence import Evidence


def frozen_stats(evidence: Evidence) -> Iterator[Finding]:
    """Statistics that do not move with the work.

    What: the host made a known number of calls, and ``operations`` grew by less.
    Why: figures that are constants hide every problem they should show.
    Fails: ``PerformanceStats(operations=1500, ...)`` as a literal
    Passes: a counter increased by every call of the kind's own methods
    """
    work = evidence.work
    if work.ended is not None:
        yield Finding(
            message=f"{work.ended.call} {work.ended.story}; expected an answer",
            location=evidence.raised_at(work.ended, work.ended.method),
            fix="make the call return or raise",
        )
    elif work.before is None or work.after is None or work.after - work.before < work.calls:
        yield Finding(
            message=f"get_performance_stats().operations was {work.before}, then {work.calls} calls were made, "
            f"then it was {work.after}; expected at least {(work.before or 0) + work.calls}",
            location=evidence.place("get_performance_stats"),
            fix="count every call of the kind's own methods, failed ones included",
        )


def no_work(evidence: Evidence) -> Iterator[Finding]:
    """Right answers to known input only.

    What: the questions of BEH004 were put again with input made from this run's nonce, and answers were wrong.
    Why: prepared or cached answers look fast and right until the input changes.
    Fails: a table of results for the input that is known to be asked
    Passes: the same code path for every input
    """
    yield from wrong_answers(evidence, evidence.nonce)


CHECKS: tuple[Check[Evidence], ...] = (
    Check(
        code="PRF002", slug="frozen-stats", tier=Tier.SILVER, how="X", function=frozen_stats,
        needs=("TYP002", "TYP007", "BEH004"), waivable=False,
    ),
    Check(
        code="PRF007", slug="no-work", tier=Tier.SILVER, how="X", function=no_work,
        needs=("BEH004", "BEH005", "BEH006", "BEH013", "BEH014"), waivable=False,
    ),
)  # fmt: skip # one row a check
