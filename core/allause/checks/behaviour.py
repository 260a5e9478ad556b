"""Checks BEH: does the component do what its kind is for?"""

from collections.abc import Iterator

from allause.checks.check import Check, Finding, Tier
from allause.checks.contract import ANSWERABLE
from allause.evidence import Evidence, Hearing


def functionality_fails(evidence: Evidence) -> Iterator[Finding]:
    """Self-test that fails, or that tries nothing.

    What: ``test_functionality()`` reported a failed case or no case at all.
    Why: the component itself says that it does not work here.
    Fails: ``FunctionalityReport(cases=())``
    Passes: a report of cases that were tried, all passed
    """
    cases = evidence.standard["test_functionality"].value["cases"]
    failed = [case for case in cases if case["passed"] is not True]
    if not cases:
        yield Finding(
            message="test_functionality() reported no case; expected at least one",
            location=evidence.place("test_functionality"),
            fix="try the main operation on small known input and report each case",
        )
    for case in failed:
        yield Finding(
            message=f"test_functionality(): case {case['name']!r} failed: {case.get('detail') or 'no detail given'}",
            location=evidence.place("test_functionality"),
            fix="make the case pass in an empty folder, without network",
        )


def wrong_output(evidence: Evidence) -> Iterator[Finding]:
    """Wrong answer to known input.

    What: the host put the questions of the component's kind, with fixed input, and judged the answers itself.
    Why: a component that keeps the contract's form and not its meaning loses money.
    Fails: a rolling figure that mixes two symbols
    Passes: the figure of the definition in the hookspec
    """
    yield from wrong_answers(evidence, evidence.golden)


def wrong_answers(evidence: Evidence, hearing: Hearing) -> Iterator[Finding]:
    """Yield a finding for each problem of an interview, the exchange that ended it included."""
    if hearing.ended is not None:
        yield Finding(
            message=f"{hearing.ended.call} {hearing.ended.story}; expected an answer",
            location=hearing.ended.frame or evidence.place(hearing.ended.method),
            fix="make the call return or raise; nothing may end or hold the process",
        )
        return
    for problem in hearing.problems:
        yield Finding(
            message=f"{problem.call}: expected {problem.expected}; found {problem.found}",
            location=evidence.place(problem.call.partition("(")[0].rpartition(" ")[2]),
            fix=f"see the contract of kind {evidence.kind.name}: allause.hookspecs.{evidence.kind.name}",
        )


_ASKED = (*ANSWERABLE, "ASY001", "ASY002", "ASY003")

CHECKS: tuple[Check[Evidence], ...] = (
    Check(
        code="BEH001", slug="functionality-fails", tier=Tier.BRONZE, how="X", function=functionality_fails,
        needs=("TYP001", "TYP002"), waivable=False,
    ),
    Check(
        code="BEH004", slug="wrong-output", tier=Tier.BRONZE, how="X", function=wrong_output,
        needs=_ASKED, waivable=False,
    ),
)  # fmt: skip # one row a check
