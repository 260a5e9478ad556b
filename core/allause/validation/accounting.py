"""Account for everything planned: judge the validation itself, count, and decide the exit code."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from allause.checks import ALL_CHECKS, VALIDATOR_CHECKS, WAIVER_CHECKS, Accounting, Waived, examine
from allause.models.report import ComponentReport, Control, Result, Status, StepResult, Summary, WorkflowReport
from allause.validation.planning import Plan
from allause.validation.request import FailOn, Request

_FUNCTIONAL = ("CON", "TYP", "BEH", "ASY")
_WRONG = (Status.FAILED, Status.ERRORED, Status.BLOCKED)


def waived(request: Request, plan: Plan, reports: Sequence[ComponentReport]) -> Waived:
    """Hold the request's waivers against what was found."""
    statuses = {(report.id, result.code): result.status for report in reports for result in report.results}
    return Waived(
        waivers=request.waivers,
        waivable={check.code: check.waivable for check in ALL_CHECKS},
        statuses=statuses,
        everything=plan.everything and not any(request.partial()),
        today=datetime.now(UTC).date(),
    )


def judge_waivers(waivers: Waived) -> tuple[Result, ...]:
    """Return the results of the checks of waivers; none when there is no waiver."""
    return examine(WAIVER_CHECKS, waivers) if waivers.waivers else ()


def judge_validation(
    plan: Plan,
    reports: Sequence[ComponentReport],
    ran: Sequence[WorkflowReport],
    controls: Sequence[Control],
    after: Mapping[str, str],
) -> tuple[Result, ...]:
    """Return the results of the checks of the validator itself; contributed checks are not part of the plan.

    :param after: digest of each component's files once everything has run; empty unless certifying.
    """
    accounted = [
        (f"{report.id} {result.code}", result.status)
        for report in reports
        for result in report.results
        if not result.origin
    ]
    accounted += [(f"{workflow.name} {step.name}", step.status) for workflow in ran for step in workflow.steps]
    accounting = Accounting(
        planned=tuple(plan.names()),
        accounted=tuple(accounted),
        controls=tuple(controls),
        artefacts=tuple((each.id, each.digest, after[each.id]) for each in reports if after),
    )
    return examine([check for check in VALIDATOR_CHECKS if plan.certify or not check.certifying], accounting)


def summarize(reports: Sequence[ComponentReport], ran: Sequence[WorkflowReport]) -> Summary:
    """Count results and steps by status."""
    results: list[Result] = [result for report in reports for result in report.results]
    steps: list[StepResult] = [step for workflow in ran for step in workflow.steps]
    count = Counter([*(result.status for result in results), *(step.status for step in steps)])
    functional = [result.status for result in results if result.code.startswith(_FUNCTIONAL) and not result.origin]
    return Summary(
        planned=count.total(),
        passed=count[Status.PASSED],
        failed=count[Status.FAILED],
        errored=count[Status.ERRORED],
        blocked=count[Status.BLOCKED],
        skipped=count[Status.SKIPPED],
        inconclusive=count[Status.INCONCLUSIVE],
        waived=count[Status.WAIVED],
        not_applicable=count[Status.NOT_APPLICABLE],
        functionality=_share(functional),
        integration=_share([step.status for step in steps]),
    )


def exit_code(
    summary: Summary,
    reports: Sequence[ComponentReport],
    validation: Sequence[Result],
    fail_on: FailOn,
    problems: Sequence[str] = (),
) -> int:
    """Return the exit code: 3 before 1 before 4 before 0.

    :param problems: contributors that could not be heard, and workflows that nobody asked to leave out.
    """
    broken_checks = any(
        result.status is Status.ERRORED and not result.origin for report in reports for result in report.results
    )
    wrong = [result for result in validation if result.status in _WRONG]
    if broken_checks or any(result.code.startswith("VAL") or result.status is Status.ERRORED for result in wrong):
        return 3
    level = list(FailOn).index(fail_on)
    skipped = summary.skipped if level >= list(FailOn).index(FailOn.SKIPPED) else 0
    accepted = summary.waived if level >= list(FailOn).index(FailOn.WAIVED) else 0
    if wrong or problems or summary.failed or summary.errored or summary.blocked or skipped or accepted:
        return 1
    return 4 if summary.inconclusive and fail_on is not FailOn.FAILED else 0


def told(results: Sequence[Result]) -> tuple[str, ...]:
    """Return a sentence for each result that is wrong or undecided."""
    return tuple(
        f"{result.code} {result.slug}: {result.message}; {result.fix}".rstrip("; ")
        for result in results
        if result.status in (*_WRONG, Status.INCONCLUSIVE)
    )


def _share(statuses: Sequence[Status]) -> float | None:
    """Return the share of those that passed; what a component does not offer, and need not, is in neither part."""
    applicable = len(statuses) - statuses.count(Status.NOT_APPLICABLE)
    return statuses.count(Status.PASSED) / applicable if applicable else None
