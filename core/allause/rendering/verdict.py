"""Put a report in a few words: the counts, the verdict, and where to start."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import attrs

from allause.checks import find
from allause.models.report import WITHOUT_WORKFLOWS, ComponentReport, Report, Result, Status, StepResult, WorkflowReport
from allause.rendering.trading import quoted, trading

#: What a reader has to look at, the worst first; a waived row is shown, and is no pass.
WORST_FIRST = (
    Status.FAILED,
    Status.ERRORED,
    Status.INCONCLUSIVE,
    Status.BLOCKED,
    Status.SKIPPED,
    Status.WAIVED,
)
#: What nobody looked at: told together, since the reason is one.
UNEXAMINED = frozenset({Status.BLOCKED, Status.SKIPPED})
_LONGEST_LIST = 800
_ZERO = "VAL001"  # nothing was decided
_WEAKER = ("process", "none")
_OTHER_LEVELS = ("failed", "skipped", "waived")
_DEFECTS = (Status.FAILED, Status.ERRORED, Status.INCONCLUSIVE, Status.BLOCKED)


def examined_results(report: Report) -> Iterator[tuple[ComponentReport, Result]]:
    """Yield every check that was looked at and did not pass."""
    yield from ((each, result) for each, result in wrong_results(report) if examined(result))


def examined(result: Result) -> bool:
    """Tell whether a check was looked at: it was neither left out nor kept waiting by another."""
    return result.status not in UNEXAMINED and not result.waits_for


def examined_steps(report: Report) -> Iterator[tuple[WorkflowReport, StepResult]]:
    """Yield every step that was run and did not pass."""
    yield from ((each, step) for each, step in wrong_steps(report) if step.status not in UNEXAMINED)


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Unexamined:
    """Hold what was not examined of one component or workflow for one reason.

    Attributes:
        subject: the component, or ``workflow`` and its name.
        status: BLOCKED or SKIPPED, or INCONCLUSIVE when what they wait for is.
        reason: that they share.
        names: of the checks or steps.
    """

    subject: str
    status: Status
    reason: str
    names: tuple[str, ...]

    @property
    def title(self) -> str:
        """Return how many they are."""
        return f"{len(self.names)} not examined"

    @property
    def story(self) -> str:
        """Return the reason."""
        return self.reason or "no reason given"

    @property
    def details(self) -> str:
        """Return the reason and the names."""
        return f"{self.story}: {listed(self.names)}"


def unexamined(report: Report) -> Iterator[Unexamined]:
    """Yield what was not examined, one record for each subject and reason."""
    for component in report.components:
        yield from unexamined_checks(component)
    for workflow in report.workflows:
        yield from unexamined_steps(workflow)


def unexamined_checks(component: ComponentReport) -> Iterator[Unexamined]:
    """Yield what was not examined of one component, one record for each reason."""
    waiting = (each for each in component.results if each.status in WORST_FIRST and not examined(each))
    yield from _together(component.id, ((each.status, each.message, f"{each.code} {each.slug}") for each in waiting))


def unexamined_steps(workflow: WorkflowReport) -> Iterator[Unexamined]:
    """Yield what was not run of one workflow, one record for each reason."""
    waiting = (each for each in workflow.steps if each.status in UNEXAMINED)
    yield from _together(f"workflow {workflow.name}", ((each.status, each.message, each.name) for each in waiting))


def _together(subject: str, rows: Iterable[tuple[Status, str, str]]) -> Iterator[Unexamined]:
    names: dict[tuple[Status, str], list[str]] = {}
    for status, reason, name in rows:
        names.setdefault((status, reason), []).append(name)
    for (status, reason), those in names.items():
        yield Unexamined(subject=subject, status=status, reason=reason, names=tuple(those))


def listed(names: Sequence[str]) -> str:
    """Return as many whole names as fit where a text is cut, and how many more there are."""
    for shown in range(len(names), 0, -1):
        rest = f" and {len(names) - shown} more" if shown < len(names) else ""
        text = ", ".join(names[:shown]) + rest
        if len(text) <= _LONGEST_LIST:
            return text
    return f"{len(names)} of them"


def verdict_of(statuses: Sequence[Status]) -> Status:
    """Return the one status that stands for many: passed only when there are some and all of them passed."""
    for status in (*WORST_FIRST, Status.PASSED, Status.NOT_APPLICABLE):
        if status in statuses:
            return status
    return Status.BLOCKED


def share(statuses: Sequence[Status]) -> str:
    """Return how many of them passed, as ``passed/all``."""
    return f"{statuses.count(Status.PASSED)}/{len(statuses)}"


def wrong_results(report: Report) -> Iterator[tuple[ComponentReport, Result]]:
    """Yield every check that did not pass, in plan order."""
    for component in report.components:
        yield from ((component, result) for result in component.results if result.status in WORST_FIRST)


def wrong_steps(report: Report) -> Iterator[tuple[WorkflowReport, StepResult]]:
    """Yield every step that did not pass, in plan order."""
    for workflow in report.workflows:
        yield from ((workflow, step) for step in workflow.steps if step.status in WORST_FIRST)


def repeat(report: Report, results: Iterable[Result] = (), argument: str = "") -> str:
    """Return the shortest command that shows these results of a report again, seed and isolation as they were.

    :param argument: what names their component; empty for all of them.
    """
    isolation = report.environment.get("isolation")
    mode = isolation.get("mode") if isinstance(isolation, Mapping) else None
    as_then = (
        f"--seed {report.seed}" if report.seed else "",
        f"--isolation {mode}" if mode in _WEAKER else "",
        "--no-workflows" if WITHOUT_WORKFLOWS in report.partial else "",
        f"--fail-on {report.fail_on}" if report.fail_on in _OTHER_LEVELS else "",
    )
    results = tuple(results)
    checks = [check for check in (find(result.code) for result in results) if check is not None]
    contributed = "--plugin-checks" if any(result.origin for result in results) else ""
    certify = "--certify" if any(check.certifying for check in checks) else ""
    against = "--against REPORT" if any(check.comparing for check in checks) else ""
    return " ".join(filter(None, ("allause validate", certify, against, contributed, *as_then, argument)))


def counts(report: Report) -> str:
    """Return how many checks and steps were planned and how they ended, on one line."""
    summary = report.summary
    shares = [
        f"{name} {part:.1%} of {what}"
        for name, part, what in (
            ("functionality", summary.functionality, "the CON, TYP, BEH and ASY checks"),
            ("integration", summary.integration, "the workflows' steps"),
        )
        if part is not None
    ]
    if report.controls:
        right = sum(set(control.expected) == set(control.failed) for control in report.controls)
        shares.append(f"{right} of {len(report.controls)} controls told for what they are")
    by_status = ", ".join(f"{getattr(summary, status.value)} {status.value}" for status in Status)
    return f"{summary.planned} planned: {by_status}; {', '.join([*shares, f'{report.duration_s:.1f} s'])}"


def verdict(report: Report) -> str:
    """Return one sentence that says how it ended and what to do next."""
    if nothing := _nothing(report):
        return nothing
    if report.exit_code == 0:
        return _success(report)
    if left_out := _left_out(report):
        return f"not passed, although everything that could be examined did: {left_out}."
    first = _first_wrong(report)
    if not first:
        return f"not passed; see the notes above, then repeat {quoted(repeat(report))}."
    left = report.summary.planned - report.summary.passed
    if not left:
        return f"not passed, although every check did; start with {first}."
    return f"{left} of {report.summary.planned} did not pass; start with {first}."


def _nothing(report: Report) -> str:
    """Say that nothing was planned or decided; empty when something was."""
    if not report.summary.planned:
        return "nothing was checked; install a component, then repeat 'allause validate'."
    undecided = (each for each in report.validation if each.code == _ZERO and each.status is Status.FAILED)
    return "".join(f"nothing was decided; {each.fix}." for each in undecided)


def _success(report: Report) -> str:
    if left_out := _left_out(report):
        return f"everything that could be examined passed; {left_out}."
    planned, waived, spared = report.summary.planned, report.summary.waived, report.summary.not_applicable
    paths = " ".join(each.path for each in report.components if each.path)
    whole = " ".join(filter(None, ("allause validate", paths)))
    if rest := planned - report.summary.passed - waived - spared:
        return f"nothing failed, and {rest} of {planned} {_rest(report, rest, whole)}."
    if waived:
        return f"nothing failed, and {waived} of {planned} are waived; 'allause waiver list' shows until when."
    part = bool({*report.partial} - {WITHOUT_WORKFLOWS})
    following = f"next, {quoted(whole)} examines the rest" if part else trading(report, paths)
    passed = "every check passed" if not (part or paths or report.workflows) else "everything planned passed"
    if spared:
        passed = f"nothing failed, and {spared} of {planned} need not be offered and are not"
    elif part:
        passed += ", which is a part"
    return f"{'; '.join(filter(None, (passed, following)))}."


def _rest(report: Report, rest: int, whole: str) -> str:
    """Say what there is of neither passes nor failures, and what examines it or why nothing did."""
    inconclusive = report.summary.inconclusive
    if inconclusive == rest:
        return "are inconclusive, which '--fail-on failed' lets pass"
    what = "were not examined or are inconclusive" if inconclusive else "were not examined"
    if report.partial:
        return f"{what}; next, {quoted(whole)} examines them"
    reasons = _reasons(report)
    return f"{what}: {reasons}" if reasons else what


def _left_out(report: Report) -> str:
    """Say how many steps were skipped and why; empty unless all else passed."""
    skipped = sum(step.status is Status.SKIPPED for _, step in wrong_steps(report))
    if not skipped or skipped != report.summary.planned - report.summary.passed - report.summary.not_applicable:
        return ""
    return f"{skipped} steps skipped: {_reasons(report)}"


def _reasons(report: Report) -> str:
    """Return why something was skipped: the first reason, and how many more there are."""
    results = (result.message for _, result in wrong_results(report) if result.status is Status.SKIPPED)
    steps = (step.message for _, step in wrong_steps(report) if step.status is Status.SKIPPED)
    reasons = [*dict.fromkeys((*results, *steps))]
    more = len(reasons) - 1
    return "".join(reasons[:1]) + (f" (and {more} more reason{'s' * (more > 1)}, see above)" if more > 0 else "")


def _first_wrong(report: Report) -> str:
    """Say where to start: with what voids the run, then with findings, and with what nobody looked at last of all."""
    wrong = [result for result in report.validation if result.status in _DEFECTS]
    void = [result for result in wrong if result.code.startswith("VAL")]
    starts = (
        *(_start_with(report, result) for result in void),
        *_starts(report, _DEFECTS),
        *(_start_with(report, result) for result in wrong),
        *_starts(report, (Status.SKIPPED, Status.WAIVED)),
    )
    return next(iter(starts), "")


def _starts(report: Report, statuses: Sequence[Status]) -> Iterator[str]:
    for status in statuses:
        for component, result in sorted(wrong_results(report), key=_held_up, reverse=True):
            if result.status is status and not (status is Status.INCONCLUSIVE and result.waits_for):
                yield _start_with(report, result, component.argument)
        for workflow, step in wrong_steps(report):
            if step.status is status:
                yield f"step {step.name} of workflow {workflow.name} and repeat {quoted(repeat(report))}"


def _held_up(wrong: tuple[ComponentReport, Result]) -> int:
    """Count the checks that wait for one that did not pass."""
    component, result = wrong
    return sum(each.waits_for == result.code for each in component.results)


def _start_with(report: Report, result: Result, argument: str = "") -> str:
    return f"{result.code} {result.slug} and repeat {quoted(repeat(report, [result], argument))}"
