"""Render a report for people: tables, findings, counts, and a last line that says what to do next."""

import re
import textwrap
from collections.abc import Iterator, Sequence

from allause.console.table import table
from allause.console.terminal import Colour
from allause.console.terminal import width as terminal_width
from allause.discovery import printable
from allause.models.report import ComponentReport, Report, Result, Status, StepResult, WorkflowReport
from allause.rendering.trading import QUOTES
from allause.rendering.verdict import (
    UNEXAMINED,
    WORST_FIRST,
    Unexamined,
    counts,
    examined,
    examined_results,
    examined_steps,
    repeat,
    share,
    unexamined_checks,
    unexamined_steps,
    verdict,
    verdict_of,
    wrong_steps,
)

_LONGEST = 800
_COMMAND = re.compile(r"^(\s*)(?=::)|(?<=##)(?=\w*\[)", re.MULTILINE)
_QUOTED = re.compile(rf"([{QUOTES}])(?:allause|pip) .*?\1")
_GLUE = "\0"  # a command is copied whole, so it stands on one line
_COLOURS = {Status.PASSED: Colour.GREEN, Status.FAILED: Colour.RED, Status.ERRORED: Colour.RED}


def render(
    report: Report,
    *,
    files: Sequence[str] = (),
    width: int | None = None,
    colour: bool = False,
    quiet: bool = False,
    verbose: bool = False,
) -> str:
    """Return the report as text, with a newline at the end.

    :param files: paths of reports written beside it, to be named.
    :param width: columns to fill; the terminal's when left out.
    :param colour: whether verdicts are coloured.
    :param quiet: whether to leave the tables out.
    :param verbose: whether to list every check, and to name what was not examined.
    """
    page = _Page(width or terminal_width(), colour=colour, verbose=verbose)
    blocks = [
        [] if quiet else page.components(report.components),
        [] if quiet else page.workflows(report.workflows),
        list(page.every_check(report)) if verbose else [],
        list(page.findings(report)),
        list(page.not_offered(report)),
        [
            *page.wrapped(_safe(counts(report))),
            *(line for note in _notes(report) for line in page.wrapped(f"Note: {_safe(note)}", indent="      ")),
            *(f"Report: {_safe(path)}" for path in files),
            page.verdict(report),
        ],
    ]
    return inert("\n\n".join("\n".join(block) for block in blocks if block) + "\n")


def inert(text: str) -> str:
    """Return ``text`` with a backslash before what a build server takes for a command: ``::error::``, ``##[group]``."""
    return _COMMAND.sub(lambda found: f"{found[0]}\\", text)


class _Page:
    def __init__(self, width: int, *, colour: bool, verbose: bool) -> None:
        self._width = width
        self._colour = colour
        self._verbose = verbose

    def components(self, components: Sequence[ComponentReport]) -> list[str]:
        rows = [
            (
                _safe(each.id),
                _safe(each.kind) or "?",
                _safe(each.version) or "?",
                share([result.status for result in each.results]),
                verdict_of([result.status for result in each.results]),
            )
            for each in components
        ]
        return self._table(("COMPONENT", "KIND", "VERSION", "PASSED", "VERDICT"), rows)

    def workflows(self, workflows: Sequence[WorkflowReport]) -> list[str]:
        rows = [
            (
                _safe(each.name),
                share([step.status for step in each.steps]),
                f"{sum(step.seconds for step in each.steps):.2f}",
                each.status,
            )
            for each in workflows
        ]
        return self._table(("WORKFLOW", "PASSED", "SECONDS", "VERDICT"), rows)

    def findings(self, report: Report) -> Iterator[str]:
        found = next(examined_results(report), None) or next(examined_steps(report), None)
        heading = ["FINDINGS" if found else "NOT EXAMINED"]
        for component in report.components:
            wrong = [result for result in component.results if result.status in WORST_FIRST]
            if wrong:
                yield from heading
                heading = []
                yield _safe(component.id)
                yield from self._findings_of(report, component, wrong)
        for workflow in report.workflows:
            wrong_steps = [step for step in workflow.steps if step.status in WORST_FIRST]
            if wrong_steps:
                yield from heading
                heading = []
                yield f"workflow {_safe(workflow.name)}"
                yield from self._steps(workflow, wrong_steps)

    def not_offered(self, report: Report) -> Iterator[str]:
        """Yield what was not examined since a component need not offer it: no defect, and no pass either."""
        checks = [
            (each.status, f"{component.id} {each.code} {each.slug}", each.message)
            for component in report.components
            for each in component.results
        ]
        steps = [
            (each.status, f"workflow {workflow.name}: {each.name}", each.message)
            for workflow in report.workflows
            for each in workflow.steps
        ]
        left_out = [(name, message) for status, name, message in checks + steps if status is Status.NOT_APPLICABLE]
        if left_out:
            yield "NOT OFFERED"
        for name, message in left_out:
            yield from self._field(f"{_safe(name)}: ", message, "  ")

    def every_check(self, report: Report) -> Iterator[str]:
        for component in report.components:
            rows = [
                (_safe(r.code), _safe(r.slug), _safe(r.origin), f"{r.seconds * 1e3:.1f}", r.status)
                for r in component.results
            ]
            yield _safe(component.id)
            yield from self._table(("CODE", "SLUG", "FROM", "MS", "VERDICT"), rows)

    def verdict(self, report: Report) -> str:
        text = _QUOTED.sub(lambda found: found[0].replace(" ", _GLUE), _safe(f"Verdict: {verdict(report)}"))
        lines = textwrap.wrap(
            text, self._width, subsequent_indent=" " * 9, break_on_hyphens=False, break_long_words=False
        )
        return Colour.BOLD.paint("\n".join(lines).replace(_GLUE, " "), wanted=self._colour)

    def wrapped(self, text: str, indent: str = "") -> list[str]:
        return textwrap.wrap(text, self._width, subsequent_indent=indent, break_on_hyphens=False) or [""]

    def _table(self, header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
        return table(header, rows, width=self._width, paint=self._paint) if rows else []

    def _paint(self, cell: str, padded: str) -> str:
        # only a verdict is a Status: text of a component that spells "passed" stays plain
        wanted = self._colour and isinstance(cell, Status)
        return _COLOURS.get(Status(cell), Colour.YELLOW).paint(padded) if wanted else padded

    def _findings_of(self, report: Report, component: ComponentReport, wrong: Sequence[Result]) -> Iterator[str]:
        for result in wrong:
            if examined(result):
                origin = f" (a check of {_safe(result.origin)})" if result.origin else ""
                status = self._paint(result.status, result.status)
                yield f"  {_safe(result.code)} {_safe(result.slug)}: {status}{origin}"
                yield from self._field("", result.message)
                yield from self._field("at: ", result.location)
                yield from self._field("fix: ", result.fix)
        for each in unexamined_checks(component):
            yield from self._unexamined(each)
        if any(result.status is not Status.SKIPPED for result in wrong):
            yield f"  repeat: {repeat(report, wrong, _safe(component.argument))}"

    def _steps(self, workflow: WorkflowReport, wrong: Sequence[StepResult]) -> Iterator[str]:
        for step in wrong:
            if step.status not in UNEXAMINED:
                yield from self._step(step)
        for each in unexamined_steps(workflow):
            yield from self._unexamined(each)

    def _unexamined(self, each: Unexamined) -> list[str]:
        return self._field(f"{each.title}: ", each.details if self._verbose else each.story, "  ")

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


def _notes(report: Report) -> Iterator[str]:
    """Yield the notices, but for the reason of skipped workflows, which stands among their steps already."""
    reasons = tuple(f" skipped: {step.message}" for _, step in wrong_steps(report) if step.status is Status.SKIPPED)
    yield from (notice for notice in report.notices if not (reasons and notice.endswith(reasons)))


def _safe(text: str) -> str:
    return printable(text, _LONGEST)
