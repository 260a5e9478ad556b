"""Checks that compare with an earlier report: is the component still what its users have?"""

from collections.abc import Iterator

from allause.checks.behaviour import SOUND
from allause.checks.check import Check, Finding, Tier
from allause.evidence import Evidence, probes
from allause.models.report import Method

_SLOWER = 2.0


def contract_regression(evidence: Evidence) -> Iterator[Finding]:
    """Public method that callers of the earlier version cannot call any more.

    What: compared with the report that ``--against`` names, a public method is gone, has become asynchronous or has
        stopped being so, or has lost a parameter, renamed it, made it mandatory, or added one without a default.
    Why: whoever upgrades within a major version finds out in production.
    Fails: ``def rebalance(self, weights)`` that was ``def rebalance(self, weights, limit=None)``
    Passes: a new parameter with a default; a new method
    """
    now = {method.name: method for method in evidence.api}
    for old in evidence.previous.api if evidence.previous else ():
        for problem in _broken(old, now.get(old.name)):
            yield Finding(
                message=f"{old.name}() {problem}",
                location=evidence.place(old.name) if old.name in now else evidence.place(),
                fix="keep what callers use beside the new, or release it as another major version",
            )


def _broken(old: Method, new: Method | None) -> Iterator[str]:
    if new is None:
        yield "is gone; the earlier report has it"
        return
    if new.is_async != old.is_async:
        names = {True: "asynchronous", False: "synchronous"}
        yield f"was {names[old.is_async]} and is {names[new.is_async]}"
    before, after = ({p.name: p for p in method.parameters} for method in (old, new))
    for name, parameter in before.items():
        if name not in after:
            yield f"has no parameter {name} any more"
        elif parameter.optional and not after[name].optional:
            yield f"needs {name}, which had a default"
        elif parameter.kind != after[name].kind:
            yield f"takes {name} as {after[name].kind}; it was {parameter.kind}"
    for name, parameter in after.items():
        if name not in before and not parameter.optional and not parameter.kind.startswith("var_"):
            yield f"needs the new parameter {name}"


def pace_regression(evidence: Evidence) -> Iterator[Finding]:
    """Call that takes longer than in the earlier report.

    What: compared with the report that ``--against`` names, the fastest round now is more than twice as slow as the
        slowest one then, both in yardsticks, which were timed beside the calls; less what threads of the component
        waited for a processor now.
    Why: nobody notices a version that is slower by half, and after three of them everybody does.
    Fails: a median call of 40 yardsticks in every round, where it was 5 to 8
    Passes: rounds whose spans are less than twice apart
    """
    pace = evidence.of(probes.Pace)
    before, now = evidence.previous.pace if evidence.previous else (), pace.yardsticks
    if before and now and min(pace.least_yardsticks) > _SLOWER * max(before):
        yield Finding(
            message=f"a typical call took {min(now):.1f} to {max(now):.1f} yardsticks; in the earlier report "
            f"{min(before):.1f} to {max(before):.1f}",
            location=evidence.place(evidence.kind.main_method),
            fix="profile one call of both versions",
        )


CHECKS: tuple[Check[Evidence], ...] = (
    Check(
        code="CON014", slug="contract-regression", tier=Tier.GOLD, how="X", function=contract_regression,
        needs=("CON001", "CON004"), comparing="api",
    ),
    Check(
        code="PRF010", slug="regression", tier=Tier.PLATINUM, how="X", function=pace_regression,
        needs=(*SOUND, "PRF008", "PRF009"), comparing="pace",
    ),
)  # fmt: skip # one row a check
