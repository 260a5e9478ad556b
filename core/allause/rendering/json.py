"""Render a report as JSON: the published form, from which every other format is made."""

import re
from collections.abc import Mapping
from json import dumps
from typing import Any

from allause.models.report import ComponentReport, Control, Method, Report, Result, StepResult, Summary, WorkflowReport
from allause.rendering.published import published

_COMMAND = re.compile(r"##(?=\w*\[)")


def render(report: Report) -> str:
    """Return the report as ASCII JSON, its keys in the published order, with a newline at the end."""
    return encoded(document(report), indented=True) + "\n"


def encoded(value: Any, *, indented: bool = False) -> str:
    """Return plain data as ASCII JSON in which no build server finds a command such as ``##[group]``."""
    text = _indented(value, "\n") if indented else dumps(value, allow_nan=False)
    return _COMMAND.sub(r"#\\u0023", text)  # it can only stand within a string


def _indented(value: Any, margin: str) -> str:
    """Return what ``dumps(value, indent=2)`` does; that one is written in Python and encodes one scalar at a time."""
    if not value or not isinstance(value, dict | list):
        return dumps(value, allow_nan=False)
    within = f"{margin}  "
    held = value.values() if isinstance(value, dict) else value
    if not any(isinstance(each, dict | list) for each in held):
        text = dumps(value, allow_nan=False, separators=(f",{within}", ": "))
        return f"{text[0]}{within}{text[1:-1]}{margin}{text[-1]}"
    if isinstance(value, dict):
        parts = [f"{dumps(key)}: {_indented(each, within)}" for key, each in value.items()]
        return f"{{{within}{f',{within}'.join(parts)}{margin}}}"
    return f"[{within}{f',{within}'.join(_indented(each, within) for each in value)}{margin}]"


def document(report: Report) -> dict[str, Any]:
    """Return the published form of a report: plain data, every text of it bounded and printable."""
    report = published(report)
    return {
        "schema_version": report.schema_version,
        "allause_version": report.allause_version,
        "contract_version": report.contract_version,
        "plan_digest": report.plan_digest,
        "seed": report.seed,
        "started_at": report.started_at,
        "duration_s": report.duration_s,
        "environment": report.environment,
        "components": [_component(component) for component in report.components],
        "workflows": [_workflow(workflow) for workflow in report.workflows],
        "summary": _summary(report.summary),
        "exit_code": report.exit_code,
        "notices": list(report.notices),
        "partial": list(report.partial),
        "validation": [_result(result) for result in report.validation],
        "controls": [_control(control) for control in report.controls],
    }


def _component(component: ComponentReport) -> Mapping[str, Any]:
    return {
        "id": component.id,
        "kind": component.kind,
        "distribution": component.distribution,
        "version": component.version,
        "results": [_result(result) for result in component.results],
        "path": component.path,
        "api": [_method(method) for method in component.api],
        "pace": list(component.pace),
        "digest": component.digest,
    }


def _method(method: Method) -> Mapping[str, Any]:
    parameters = [{"name": p.name, "kind": p.kind, "optional": p.optional} for p in method.parameters]
    return {"name": method.name, "is_async": method.is_async, "parameters": parameters}


def _result(result: Result) -> Mapping[str, Any]:
    return {
        "code": result.code,
        "slug": result.slug,
        "status": result.status.value,
        "message": result.message,
        "location": result.location,
        "fix": result.fix,
        "seconds": result.seconds,
        "origin": result.origin,
    }


def _control(control: Control) -> Mapping[str, Any]:
    return {"name": control.name, "expected": list(control.expected), "failed": list(control.failed)}


def _workflow(workflow: WorkflowReport) -> Mapping[str, Any]:
    return {"name": workflow.name, "status": workflow.status.value, "steps": [_step(step) for step in workflow.steps]}


def _step(step: StepResult) -> Mapping[str, Any]:
    return {
        "name": step.name,
        "status": step.status.value,
        "component": step.component,
        "seconds": step.seconds,
        "evidence": step.evidence,
        "message": step.message,
    }


def _summary(summary: Summary) -> Mapping[str, Any]:
    return {
        "planned": summary.planned,
        "passed": summary.passed,
        "failed": summary.failed,
        "errored": summary.errored,
        "blocked": summary.blocked,
        "skipped": summary.skipped,
        "inconclusive": summary.inconclusive,
        "waived": summary.waived,
        "not_applicable": summary.not_applicable,
        "functionality": summary.functionality,
        "integration": summary.integration,
    }
