"""Render a report for people: tables, findings, counts, and a last line that says what to do next."""

import textwrap
from collections.abc import Iterator, Sequence

from allause.discovery import printable
from allause.models.report import ComponentReport, Report, Result, Status, StepResult, Summary, WorkflowReport
from allause.rendering.table import table
from allause.rendering.terminal import Colour
from allause.rendering.terminal import width as terminal_width

_LONGEST = 800
_WORST_FIRST = (Status.FAILED, Status.ERRORED, Status.INCONCLUSIVE, Status.BLOCKED, Status.SKIPPED)
_COLOURS = {Status.PASSED: Colour.GREEN, Status.FAILED: Colour.RED, Status.ERRORED: Colour.RED}


def render(report: Report, *, files: Sequence[str] = (), width: int | None = None, colour: bool = False) -> str:
    """Return the report as text, with a newline at the end.

    :param files: paths of reports written beside it, to be named.
    :param width: columns to fill; the terminal's when left out.
    :param colour: whether verdicts are coloured.
    """
    page = _Page(width or terminal_width(), colour=colour)
    blocks = [
        page.components(report.components),
        page.workflows(report.workflows),
        list(page.findings(report)),
        [
            *page.wrapped(_counts(report.summary, report.duration_s)),
            *(line for notice in report.notices for line in page.wrapped(f"Note: {_safe(notice)}", indent="      ")),
            *(f"Report: {_safe(path)}" for path in files),
            page.verdict(report),
        ],
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def verdict_of(statuses: Sequence[Status]) -> Status:
    """Return the one status that stands for many: passed only when there are some and all of them passed."""
    for status in _WORST_FIRST:
        if status in statuses:
            return status
    return Status.PASSED if statuses else Status.BLOCKED


class _Page:
    def __init__(self, width: int, *, colour: bool) -> None:
        self._width = width
        self._colour = colour

    def components(self, components: Sequence[ComponentReport]) -> list[str]:
        rows = [
            (
                _safe(each.id),
                _safe(each.kind) or "?",
                _safe(each.version) or "?",
                _share([result.status for result in each.results]),
                verdict_of([result.status for result in each.results]),
            )
            for each in components
        ]
        return self._table(("COMPONENT", "KIND", "VERSION", "PASSED", "VERDICT"), rows)

    def workflows(self, workflows: Sequence[WorkflowReport]) -> list[str]:
        rows = [
            (
                _safe(each.name),
                _share([step.status for step in each.steps]),
                f"{sum(step.seconds for step in each.steps):.2f}",
                each.status,
            )
            for each in workflows
        ]
        return self._table(("WORKFLOW", "PASSED", "SECONDS", "VERDICT"), rows)

    def findings(self, report: Report) -> Iterator[str]:
        heading = ["FINDINGS"]
        for component in report.components:
            wrong = [result for result in component.results if result.status is not Status.PASSED]
            if wrong:
                yield from heading
                heading = []
                yield _safe(component.id)
                yield from self._findings_of(component, wrong)
        for workflow in report.workflows:
            wrong_steps = [step for step in workflow.steps if step.status is not Status.PASSED]
            if wrong_steps:
                yield from heading
                heading = []
                yield f"workflow {_safe(workflow.name)}"
                for step in wrong_steps:
                    yield from self._step(step)

    def verdict(self, report: Report) -> str:
        sentence = _verdict(report)
        return Colour.BOLD.paint(sentence, wanted=self._colour)

    def wrapped(self, text: str, indent: str = "") -> list[str]:
        return textwrap.wrap(text, self._width, subsequent_indent=indent, break_on_hyphens=False) or [""]

    def _table(self, header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
        return table(header, rows, width=self._width, paint=self._paint) if rows else []

    def _paint(self, cell: str, padded: str) -> str:
        # only a verdict is a Status: text of a component that spells "passed" stays plain
        wanted = self._colour and isinstance(cell, Status)
        return _COLOURS.get(Status(cell), Colour.YELLOW).paint(padded) if wanted else padded

    def _findings_of(self, component: ComponentReport, wrong: Sequence[Result]) -> Iterator[str]:
        for result in wrong:
            if result.status is not Status.BLOCKED:
                yield f"  {_safe(result.code)} {_safe(result.slug)}: {self._paint(result.status, result.status)}"
                yield from self._field("", result.message)
                yield from self._field("at: ", result.location)
                yield from self._field("fix: ", result.fix)
        blocked = [f"{_safe(r.code)} {_safe(r.slug)}" for r in wrong if r.status is Status.BLOCKED]
        if blocked:
            yield from self._field("not examined, since a check they need did not pass: ", ", ".join(blocked), "  ")
        yield f"  repeat: allause validate {_safe(component.id)}"

    def _step(self, step: StepResult) -> Iterator[str]:
        called = f" ({_safe(step.component)})" if step.component else ""
        yield f"  {_safe(step.name)}{called}: {self._paint(step.status, step.status)}"
        yield from self._field("", step.message)

    def _field(self, label: str, text: str, indent: str = "    ") -> list[str]:
        if not text:
            return []
        return textwrap.wrap(
            label + _safe(text),
            self._width,
            initial_indent=indent,
            subsequent_indent=indent + "  ",
            break_on_hyphens=False,
        )


def _safe(text: str) -> str:
    return printable(text, _LONGEST)


def _share(statuses: Sequence[Status]) -> str:
    return f"{sum(status is Status.PASSED for status in statuses)}/{len(statuses)}"


def _counts(summary: Summary, seconds: float) -> str:
    shares = [
        f"{name} {share:.1%}"
        for name, share in (("functionality", summary.functionality), ("integration", summary.integration))
        if share is not None
    ]
    counts = ", ".join(f"{getattr(summary, status.value)} {status.value}" for status in Status)
    return f"{summary.planned} planned: {counts}; {', '.join([*shares, f'{seconds:.1f} s'])}"


def _verdict(report: Report) -> str:
    if not report.summary.planned:
        return "Verdict: nothing was checked; install a component, then repeat 'allause validate'."
    if report.exit_code == 0:
        if report.workflows:
            return "Verdict: everything planned passed; next, 'allause run' trades recorded data with these components."
        return "Verdict: every check passed; next, 'allause validate' with all components runs the workflows too."
    first = _first_wrong(report)
    if not first:
        return "Verdict: not passed; see the notes above, then repeat 'allause validate'."
    left = report.summary.planned - report.summary.passed
    return f"Verdict: {left} of {report.summary.planned} did not pass; start with {first}."


def _first_wrong(report: Report) -> str:
    for status in _WORST_FIRST:
        for component in report.components:
            for result in component.results:
                if result.status is status:
                    name = f"{_safe(result.code)} {_safe(result.slug)}"
                    return f"{name} and repeat 'allause validate {_safe(component.id)}'"
        for workflow in report.workflows:
            for step in workflow.steps:
                if step.status is status:
                    place = f"step {_safe(step.name)} of workflow {_safe(workflow.name)}"
                    return f"{place} and repeat 'allause validate'"
    return ""
