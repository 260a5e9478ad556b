"""Render a report as GitHub-flavoured Markdown, for a pull request or a job summary."""

import re
from collections.abc import Iterator, Sequence

from allause.models.report import ComponentReport, Report, Result, Status, StepResult
from allause.rendering.text import inert
from allause.rendering.verdict import (
    WORST_FIRST,
    Unexamined,
    counts,
    examined_results,
    examined_steps,
    share,
    unexamined,
    verdict,
    verdict_of,
)

_LONGEST = 1_000
_MOST = 200  # findings; a comment takes 65,536 characters, a job summary a mebibyte


def render(report: Report) -> str:
    """Return the report as Markdown. Text of a component stands in code spans, where nothing of it is markup."""
    lines = ["# allause report", "", f"**Verdict:** {code(verdict(report))}", "", f"{code(counts(report))}", ""]
    lines += [f"> Note: {code(notice)}\n" for notice in report.notices]
    lines += _components(report.components)
    if report.workflows:
        rows = [
            (cell(each.name), share([step.status for step in each.steps]), each.status.value)
            for each in report.workflows
        ]
        lines += ["## Workflows", "", *_table(("Workflow", "Passed", "Verdict"), rows), ""]
    found = [*_findings(report)]
    if found:
        lines += ["## Findings", "", *found[:_MOST]]
        if len(found) > _MOST:
            lines.append(f"- and {len(found) - _MOST} more; the JSON report has all of them")
        lines.append("")
    lines.append(f"allause {code(report.allause_version)}, plan {code(report.plan_digest[:12])}, seed {report.seed}")
    return inert("\n".join(lines) + "\n")


def code(text: str) -> str:
    """Return text from a stranger as a code span; its fence is longer than every run of backticks in it."""
    cut = text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
    if not cut.strip():
        return "`?`"
    longest = max((len(run) for run in re.findall("`+", cut)), default=0)
    fence = "`" * (longest + 1)
    # one space at both ends is taken away again by a reader, where there are any
    padding = " " if cut[0] in "` " or cut[-1] in "` " else ""
    return f"{fence}{padding}{cut}{padding}{fence}"


def cell(text: str) -> str:
    """Return a code span for a table, where a bar would end the cell whatever stands before it."""
    return code(text.replace("|", "¦"))


def _components(components: Sequence[ComponentReport]) -> list[str]:
    if not components:
        return []
    rows = []
    for each in components:
        statuses = [result.status for result in each.results]
        rows.append((cell(each.id), cell(each.kind), cell(each.version), share(statuses), verdict_of(statuses).value))
    return ["## Components", "", *_table(("Component", "Kind", "Version", "Passed", "Verdict"), rows), ""]


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    for row in (header, ["---"] * len(header), *rows):
        yield f"| {' | '.join(row)} |"


def _findings(report: Report) -> Iterator[str]:
    rows: list[tuple[Status, str]] = []
    rows += [(result.status, _check(each.id, result)) for each, result in examined_results(report)]
    rows += [(step.status, _step(workflow.name, step)) for workflow, step in examined_steps(report)]
    rows += [(each.status, _unexamined(each)) for each in unexamined(report)]
    rows += [(each.status, _check("validation", each)) for each in report.validation if each.status in WORST_FIRST]
    yield from (text for _, text in sorted(rows, key=lambda row: WORST_FIRST.index(row[0])))


def _check(component: str, result: Result) -> str:
    lines = [f"- **{result.status.value}** {code(f'{result.code} {result.slug}')} in {code(component)}"]
    told = (("", result.message), ("at ", result.location), ("fix: ", result.fix))
    lines += [f"  {label}{code(text)}  " for label, text in told if text]
    return "\n".join(lines)


def _unexamined(each: Unexamined) -> str:
    return f"- **{each.status.value}** {code(each.title)} in {code(each.subject)}\n  {code(each.story)}  "


def _step(workflow: str, step: StepResult) -> str:
    line = f"- **{step.status.value}** step {code(step.name)} of workflow {code(workflow)}"
    return f"{line}\n  {code(step.message)}" if step.message else line
