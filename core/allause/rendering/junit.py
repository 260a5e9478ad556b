"""Render a report as JUnit XML: a suite for each component and workflow, a case for each check and step."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from xml.etree.ElementTree import Element, SubElement, indent, tostring

import attrs

from allause.models.report import Report, Result, Status
from allause.rendering.place import place_of

# JUnit knows failure, error and skipped; what could not be judged is an error, never a pass
_OUTCOMES: Mapping[Status, str] = {
    Status.FAILED: "failure",
    Status.ERRORED: "error",
    Status.BLOCKED: "error",
    Status.INCONCLUSIVE: "error",
    Status.SKIPPED: "skipped",
    Status.WAIVED: "skipped",
    Status.NOT_APPLICABLE: "skipped",
}
_COUNTED = {"tests": None, "failures": "failure", "errors": "error", "skipped": "skipped"}
_COMMAND = re.compile(r"##(?=\w*\[)")


@attrs.frozen(kw_only=True)
class _Case:
    name: str
    status: Status
    seconds: float
    message: str
    location: str = ""
    fix: str = ""


def render(report: Report) -> str:
    """Return the report as XML; a blocked or inconclusive check is an error, a waived one is skipped."""
    root = Element("testsuites", {"name": "allause"})
    for component in report.components:
        properties = {"kind": component.kind, "distribution": component.distribution, "version": component.version}
        _suite(root, report, component.id, [_check(result) for result in component.results], properties)
    for workflow in report.workflows:
        cases = [
            _Case(name=step.name, status=step.status, seconds=step.seconds, message=step.message)
            for step in workflow.steps
        ]
        _suite(root, report, f"workflow {workflow.name}", cases, {"seed": str(report.seed)})
    if report.validation:
        _suite(root, report, "validation", [_check(result) for result in report.validation], {})
    _count(root, list(root.iter("testcase")), report.duration_s)
    indent(root)
    text = tostring(root, encoding="unicode")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + _COMMAND.sub("#&#35;", text) + "\n"


def _check(result: Result) -> _Case:
    return _Case(
        name=f"{result.code} {result.slug}",
        status=result.status,
        seconds=result.seconds,
        message=result.message,
        location=result.location,
        fix=result.fix,
    )


def _suite(root: Element, report: Report, name: str, cases: Sequence[_Case], properties: Mapping[str, str]) -> None:
    began = datetime.fromisoformat(report.started_at).isoformat(timespec="seconds")
    suite = SubElement(root, "testsuite", {"name": name, "timestamp": began})
    known = SubElement(suite, "properties")
    digests = {"plan_digest": report.plan_digest, "contract_version": report.contract_version}
    for key, value in {**digests, **properties}.items():
        SubElement(known, "property", {"name": key, "value": value})
    for case in cases:
        _case(suite, name, case)
    _count(suite, suite.findall("testcase"), sum(case.seconds for case in cases))


def _case(suite: Element, name: str, case: _Case) -> None:
    element = SubElement(suite, "testcase", {"classname": name, "name": case.name, "time": f"{case.seconds:.6f}"})
    place = place_of(case.location)
    if place is not None:
        element.set("file", place.path)
        if place.line is not None:
            element.set("line", str(place.line))
    outcome = _OUTCOMES.get(case.status)
    if outcome is None:
        return
    attributes = {"message": case.message or case.status.value}
    if outcome != "skipped":
        attributes["type"] = case.status.value
    SubElement(element, outcome, attributes).text = "\n".join(_told(case))


def _told(case: _Case) -> Iterator[str]:
    yield f"{case.status.value}: {case.message}"
    if case.location:
        yield f"at: {case.location}"
    if case.fix:
        yield f"fix: {case.fix}"


def _count(element: Element, cases: Sequence[Element], seconds: float) -> None:
    for name, outcome in _COUNTED.items():
        element.set(name, str(sum(outcome is None or case.find(outcome) is not None for case in cases)))
    element.set("time", f"{seconds:.6f}")
