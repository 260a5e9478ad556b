"""Render a report as one self-contained HTML file that asks nothing of any network."""

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from json import dumps
from typing import TYPE_CHECKING, Any

import attrs

from allause.models.report import Report, Result, Status, StepResult
from allause.rendering.distribution import charts
from allause.rendering.verdict import (
    WORST_FIRST,
    counts,
    examined_results,
    examined_steps,
    repeat,
    share,
    unexamined,
    verdict,
    verdict_of,
)

if TYPE_CHECKING:
    from jinja2 import Template

LARGEST = 500 * 1024


@attrs.frozen
class _Size:
    """Say how much of a report is shown; the first that keeps the file below ``LARGEST`` is taken."""

    text: int
    rows: int
    findings: int
    evidence: int


_SIZES = (
    _Size(text=2_000, rows=5_000, findings=2_000, evidence=4_000),
    _Size(text=1_000, rows=2_000, findings=500, evidence=1_000),
    _Size(text=300, rows=300, findings=200, evidence=0),
    _Size(text=100, rows=100, findings=50, evidence=0),
)


@attrs.frozen(kw_only=True)
class _Finding:
    """One check or step that did not pass, as the page shows it."""

    status: Status
    rule: str
    subject: str
    message: str
    location: str = ""
    fix: str = ""
    repeat: str


def render(report: Report) -> str:
    """Return the page: below 500 KiB, with a note where that made it leave something out."""
    for size in _SIZES:
        page = _page(report, size)
        if len(page.encode()) <= LARGEST:
            break
    return page


def _page(report: Report, size: _Size) -> str:
    style, script = _asset("report.css"), _asset("report.js")
    found = sorted(_findings(report), key=lambda finding: WORST_FIRST.index(finding.status))
    return _template(size.text).render(
        report=report,
        size=size,
        full=size is _SIZES[0],
        style=style,
        script=script,
        policy=f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'",
        verdict=verdict(report),
        counts=counts(report),
        parts=_parts(report),
        findings=found,
        charts=charts(report),
        environment=list(_environment(report)),
        share=share,
        verdict_of=verdict_of,
        evidence=_evidence,
    )


def _findings(report: Report) -> Iterator[_Finding]:
    for component, result in examined_results(report):
        yield _checked(component.id, result, repeat(report, [result], component.argument))
    for result in report.validation:
        if result.status in WORST_FIRST:
            yield _checked("the validation itself", result, repeat(report, [result]))
    for each in unexamined(report):
        yield _Finding(status=each.status, rule=each.title, subject=each.subject, message=each.details,
                       repeat=repeat(report))  # fmt: skip # one thought
    for workflow, step in examined_steps(report):
        yield _Finding(
            status=step.status,
            rule=f"step {step.name}",
            subject=f"workflow {workflow.name}",
            message=step.message,
            repeat=repeat(report),
        )


def _checked(subject: str, result: Result, command: str) -> _Finding:
    return _Finding(
        status=result.status,
        rule=f"{result.code} {result.slug}",
        subject=subject,
        message=result.message,
        location=result.location,
        fix=result.fix,
        repeat=command,
    )


def _parts(report: Report) -> list[tuple[str, int, float, float]]:
    """Return each status that occurs with its count and, for the bar, where it begins and how wide it is."""
    count = Counter(result.status for component in report.components for result in component.results)
    count.update(step.status for workflow in report.workflows for step in workflow.steps)
    begin, parts = 0, []
    for status in (Status.PASSED, *WORST_FIRST, Status.NOT_APPLICABLE):
        if count[status]:
            width = 1000 * count[status] / count.total()
            parts.append((status.value, count[status], 1000 * begin / count.total(), width))
            begin += count[status]
    return parts


def _evidence(step: StepResult) -> str:
    return dumps(step.evidence, indent=2, ensure_ascii=False)


def _environment(report: Report) -> Iterator[tuple[str, str]]:
    for name, value in report.environment.items():
        nested = value.items() if isinstance(value, Mapping) else [("", value)]
        for inner, item in nested:
            listed = ", ".join(map(str, item)) if isinstance(item, list) else str(item)
            yield f"{name} {inner}".strip(), listed


def _asset(name: str) -> str:
    return (files("allause.rendering") / "page" / name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    """Return the hash by which the page's policy allows exactly this inline text and nothing else."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


@cache
def _template(longest: int) -> "Template":
    from jinja2 import Environment, StrictUndefined  # noqa: PLC0415 - 60 ms that only this format pays for
    from markupsafe import Markup, escape  # noqa: PLC0415 - the same

    def shown(value: Any) -> Any:
        if isinstance(value, Markup | int | float):
            return value
        text = str(value)
        cut = text if len(text) <= longest else text[: longest - 1] + "…"
        # no brace of a stranger reaches a page that another template engine may serve, no "##[" a build server's log
        safe = re.sub("(?<!&)#", "&#35;", str(escape(cut)).replace("{", "&#123;"))
        return Markup(safe)  # noqa: S704 - escaped in the line above

    environment = Environment(
        autoescape=True, finalize=shown, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(_asset("report.html.jinja"))
