"""Render a report as SARIF 2.1.0, for code scanning and editors."""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import attrs

from allause.checks import find
from allause.models.report import Report, Result, Status, StepResult
from allause.rendering.json import encoded
from allause.rendering.place import place_of
from allause.rendering.verdict import verdict, wrong_results, wrong_steps

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_RESULTS = {Status.FAILED: "error", Status.INCONCLUSIVE: "warning", Status.WAIVED: "error"}
_NOTIFICATIONS = {Status.ERRORED: "error", Status.BLOCKED: "warning", Status.SKIPPED: "note"}
_VALIDATOR_FAILED = 3


@attrs.frozen(kw_only=True)
class _Row:
    """One check or step that did not pass, with what SARIF needs of it."""

    rule: str
    name: str
    status: Status
    subject: str
    message: str
    location: str = ""
    path: str = ""


def render(report: Report, *, checkout: Path | None = None) -> str:
    """Return one SARIF run.

    A failed, inconclusive or waived check is a result; what was not judged is a notification of the invocation.

    :param checkout: the folder whose files the locations belong to; the current one when left out.
    """
    rows = [*_rows(report)]
    rules = list(dict.fromkeys((row.rule, row.name) for row in rows))
    index = {rule: number for number, (rule, _) in enumerate(dict(rules).items())}
    driver = {
        "name": "allause",
        "version": report.allause_version,
        "rules": [_rule(rule, name) for rule, name in dict(rules).items()],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(report, [row for row in rows if row.status in _NOTIFICATIONS], index)],
        "results": [_result(row, index, checkout or Path.cwd()) for row in rows if row.status in _RESULTS],
        "properties": {"planDigest": report.plan_digest, "seed": report.seed, "verdict": verdict(report)},
    }
    return encoded({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indented=True) + "\n"


def message(text: str) -> dict[str, str]:
    """Return a message in which braces are no placeholder and brackets no link."""
    return {"text": re.sub(r"([\\\[\]])", r"\\\1", text).replace("{", "{{").replace("}", "}}")}


def _rows(report: Report) -> Iterator[_Row]:
    for component, result in wrong_results(report):
        yield _checked(component.id, result, component.path)
    yield from (_checked("validation", result) for result in report.validation)
    for workflow, step in wrong_steps(report):
        yield _stepped(workflow.name, step)


def _checked(subject: str, result: Result, path: str = "") -> _Row:
    fix = f" Fix: {result.fix}." if result.fix else ""
    return _Row(
        rule=result.code,
        name=result.slug,
        status=result.status,
        subject=subject,
        message=f"{subject}: {result.message or result.status.value}{'.' if fix else ''}{fix}",
        location=result.location,
        path=path,
    )


def _stepped(workflow: str, step: StepResult) -> _Row:
    text = f"workflow {workflow}, step {step.name} ({step.component}): {step.message or step.status.value}"
    return _Row(rule=f"workflow/{workflow}", name=workflow, status=step.status, subject=step.name, message=text)


def _rule(code: str, name: str) -> dict[str, Any]:
    check = find(code)
    if check is None:
        return {"id": code, "name": name}
    summary, _, rest = check.explanation.partition("\n")
    return {
        "id": code,
        "name": name,
        "shortDescription": message(summary),
        "help": message(f"{rest.strip()}\n\n'allause rule {check.code}' says more."),
        "properties": {"tier": check.tier.value, "waivable": check.waivable},
    }


def _result(row: _Row, index: Mapping[str, int], checkout: Path) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": row.rule,
        "ruleIndex": index[row.rule],
        "kind": "fail",
        "level": _RESULTS[row.status],
        "message": message(row.message),
        "locations": [_location(row, checkout)],
        "partialFingerprints": {"allause/v1": _fingerprint(row)},
    }
    if row.status is Status.WAIVED:
        result["suppressions"] = [{"kind": "external", "justification": row.message}]
    return result


def _location(row: _Row, checkout: Path) -> dict[str, Any]:
    location: dict[str, Any] = {"logicalLocations": [{"fullyQualifiedName": row.location or row.subject}]}
    place = place_of(row.location)
    if place is not None:
        physical: dict[str, Any] = {
            "artifactLocation": {"uri": quote(place.below(checkout, row.path)), "uriBaseId": "%SRCROOT%"}
        }
        if place.line is not None:
            physical["region"] = {"startLine": place.line}
        location["physicalLocation"] = physical
    return location


def _fingerprint(row: _Row) -> str:
    """Name the finding so that it stays the same when lines move: rule, subject and place without its line."""
    place = re.sub(r":\d+\)", ")", row.location)
    return hashlib.sha256(f"{row.rule}\n{row.subject}\n{place}".encode()).hexdigest()


def _invocation(report: Report, rows: Sequence[_Row], index: Mapping[str, int]) -> dict[str, Any]:
    notes = [{"level": "note", "message": message(text)} for text in report.notices if text]
    unjudged = [
        {
            "level": _NOTIFICATIONS[row.status],
            "message": message(row.message),
            "associatedRule": {"id": row.rule, "index": index[row.rule]},
        }
        for row in rows
    ]
    return {
        "executionSuccessful": report.exit_code != _VALIDATOR_FAILED,
        "exitCode": report.exit_code,
        "startTimeUtc": _utc(report.started_at),
        "toolExecutionNotifications": [*unjudged, *notes],
    }


def _utc(text: str) -> str:
    return datetime.fromisoformat(text).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
