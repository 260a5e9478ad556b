"""The engine: judge the evidence on one component by every planned check, in the order of their needs."""

from collections.abc import Mapping, Sequence
from graphlib import TopologicalSorter

from allause.checks.check import Check, Finding
from allause.discovery import printable
from allause.evidence import Evidence
from allause.measurement import SystemClock
from allause.models.report import Result, Status

_monotonic_ns = SystemClock().monotonic_ns
_TOLD = 5
_LONGEST = 1_000


def examine(checks: Sequence[Check[Evidence]], evidence: Evidence) -> tuple[Result, ...]:
    """Return one result for each check, in the order given.

    A check whose needs did not all pass is blocked, so that one defect is one finding. A check that raises is
    errored: that is a defect of the check, never a pass.
    """
    by_code = {check.code: check for check in checks}
    order = TopologicalSorter({check.code: set(check.needs) & by_code.keys() for check in checks}).static_order()
    results: dict[str, Result] = {}
    for code in order:
        results[code] = _result(by_code[code], evidence, results)
    return tuple(results[check.code] for check in checks)


def _result(check: Check[Evidence], evidence: Evidence, before: Mapping[str, Result]) -> Result:
    start = _monotonic_ns()
    blocker = _blocker(check, before)
    if blocker is not None:
        message = f"blocked by {blocker.code} {blocker.slug}"
        return Result(code=check.code, slug=check.slug, status=Status.BLOCKED, message=message)
    try:
        findings = list(check.function(evidence))
    except Exception as error:  # noqa: BLE001 - a defect of the check becomes its result, never a pass
        message = f"the check itself failed: {type(error).__name__}: {printable(str(error))}"
        return Result(code=check.code, slug=check.slug, status=Status.ERRORED, message=message)
    first = findings[0] if findings else Finding(message="")
    return Result(
        code=check.code,
        slug=check.slug,
        status=Status.FAILED if findings else Status.PASSED,
        message=_told(findings),
        location=printable(first.location, 300),
        fix=printable(first.fix, 300),
        seconds=(_monotonic_ns() - start) / 1e9,
    )


def _blocker(check: Check[Evidence], before: Mapping[str, Result]) -> Result | None:
    """Return the result at the root of what blocks a check; None when nothing does."""
    for code in check.needs:
        if code not in before:
            continue  # not planned for this kind
        result = before[code]
        if result.status is Status.BLOCKED:
            # name the defect, not the chain that leads to it
            root = result.message.split()[2]
            return before[root]
        if result.status is not Status.PASSED:
            return result
    return None


def _told(findings: Sequence[Finding]) -> str:
    told = [printable(finding.message, _LONGEST) for finding in findings[:_TOLD]]
    if len(findings) > _TOLD:
        told.append(f"and {len(findings) - _TOLD} more")
    return "; ".join(told)
