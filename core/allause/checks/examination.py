"""The engine: judge the evidence on one component by every planned check, in the order of their needs."""

from collections.abc import Mapping, Sequence
from functools import cache
from graphlib import TopologicalSorter

from allause.checks.check import Check, Finding, Subject
from allause.discovery import printable
from allause.evidence import NotProbedError
from allause.measurement import SystemClock
from allause.models.report import BLOCKED_BY, Result, Status

_monotonic_ns = SystemClock().monotonic_ns
_TOLD = 5
_LONGEST = 1_000


def examine(
    checks: Sequence[Check[Subject]], subject: Subject, *, static: bool = False, given: Sequence[Result] = ()
) -> tuple[Result, ...]:
    """Return one result for each check, in the order given.

    A check whose needs did not all pass is blocked, so that one defect is one finding; so is one that finds what
    another has told already, or nothing where not all was seen. A check that raises is errored: that is a defect of
    the check, never a pass.

    :param static: nothing of the component has run. What only running it can show is skipped; a check that looks
        at the source too fails by what stands there, and is otherwise skipped: its other half has not been seen.
    :param given: results of other checks, which these may need.
    """
    by_code = {check.code: check for check in checks}
    order = _order(tuple((check.code, check.waits_for) for check in checks))
    results = {result.code: result for result in given}
    for code in order:
        results[code] = _result(by_code[code], subject, results, static=static)
    return tuple(results[check.code] for check in checks)


@cache
def _order(planned: tuple[tuple[str, tuple[str, ...]], ...]) -> tuple[str, ...]:
    """Return the codes so that each comes after those it waits for."""
    codes = {code for code, _ in planned}
    return tuple(TopologicalSorter({code: codes.intersection(others) for code, others in planned}).static_order())


def _result(check: Check[Subject], subject: Subject, before: Mapping[str, Result], *, static: bool) -> Result:
    start = _monotonic_ns()
    if static and "X" in check.how and "A" not in check.how:
        return _skipped(check, "needs the isolated child")
    if blocker := _blocker(check.needs, before, static=static):
        return _blocked(check, blocker)
    findings: list[Finding] = []
    try:
        for finding in check.function(subject):
            findings.append(finding)  # noqa: PERF402 - what was found before it raised is kept
    except Exception as error:  # noqa: BLE001 - a defect of the check becomes its result, never a pass
        if not (static and "X" in check.how and isinstance(error, NotProbedError)):
            message = f"the check itself failed: {type(error).__name__}: {printable(str(error))}"
            return Result(code=check.code, slug=check.slug, status=Status.ERRORED, message=message)
    if static and "X" in check.how and not findings:
        return _skipped(check, "the source shows no problem; the rest needs the isolated child")
    if blocker := _blocker(check.yields_to if findings else check.complete_with, before, static=static):
        return _blocked(check, blocker)
    first = findings[0] if findings else Finding(message="")
    return Result(
        code=check.code,
        slug=check.slug,
        status=_status(findings),
        message=_told(findings),
        location=printable(first.location, 300),
        fix=printable(first.fix, 300),
        seconds=(_monotonic_ns() - start) / 1e9,
    )


def _skipped(check: Check[Subject], message: str) -> Result:
    return Result(code=check.code, slug=check.slug, status=Status.SKIPPED, message=message)


def _blocked(check: Check[Subject], blocker: Result) -> Result:
    # what waits for an answer that noise has kept back is no defect either
    status = Status.INCONCLUSIVE if blocker.status is Status.INCONCLUSIVE else Status.BLOCKED
    message = f"{BLOCKED_BY}{blocker.code} {blocker.slug}"
    return Result(code=check.code, slug=check.slug, status=status, message=message)


def _status(findings: Sequence[Finding]) -> Status:
    if not findings:
        return Status.PASSED
    if all(finding.not_offered for finding in findings):
        return Status.NOT_APPLICABLE
    return Status.INCONCLUSIVE if all(finding.inconclusive for finding in findings) else Status.FAILED


def _blocker(codes: Sequence[str], before: Mapping[str, Result], *, static: bool) -> Result | None:
    """Return the result at the root of what blocks a check that waits for ``codes``; None when nothing does."""
    for code in codes:
        if code not in before:
            continue  # not planned for this kind
        result = before[code]
        if static and result.status is Status.SKIPPED:
            continue  # nobody knows, and what stands in the source stands there all the same
        if result.status is not Status.PASSED:
            # name the defect, not the chain that leads to it
            return before.get(result.waits_for, result)
    return None


def _told(findings: Sequence[Finding]) -> str:
    told = [printable(finding.message, _LONGEST) for finding in findings[:_TOLD]]
    if len(findings) > _TOLD:
        told.append(f"and {len(findings) - _TOLD} more")
    return "; ".join(told)
