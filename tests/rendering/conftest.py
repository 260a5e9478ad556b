"""Reports made by hand."""

from collections import Counter

import attrs
import pytest

from allause.models.report import (
    ComponentReport,
    Report,
    Result,
    Status,
    StepResult,
    Summary,
    WorkflowReport,
)

HOSTILE = {
    "escape": "\x1b[31mred\x1b[0m",
    "title": "\x1b]0;owned\x07",
    "c1": "\x9b31m\x85next",
    "bidi": "abc\u202egpj.exe\u2066",
    "newlines": "one\r\nVerdict: everything planned passed\n",
    "nul": "a\x00b",
    "surrogate": "lone \ud800 half",
    "markup": "[red]text[/red] [link=x]y[/link]",
    "long": "x" * 1_000_000,
    "separators": "a\u2028b\u2029c\u200bd\ufeff",
    "format": "{0} %s ${HOME}",
}


@pytest.fixture(params=HOSTILE.values(), ids=list(HOSTILE))
def hostile(request):
    return request.param


def _result(code="CON001", status=Status.PASSED, **fields):
    return Result(code=code, slug="missing-method", status=status, **fields)


_ONE = (_result(),)


@pytest.fixture
def make_report():
    def make(results=_ONE, steps=(), exit_code=0, component="acme:engine", **changes):
        components = (
            (ComponentReport(id=component, kind="execution", distribution="acme", version="1.2", results=results),)
            if results
            else ()
        )
        statuses = [part.status for part in (*results, *steps)]
        counts = Counter(statuses)
        status = next((s for s in statuses if s is not Status.PASSED), Status.PASSED)
        report = Report(
            schema_version="1.0",
            allause_version="0.1.0",
            contract_version="1.0",
            plan_digest="0" * 64,
            seed=7,
            started_at="2026-01-01T00:00:00Z",
            duration_s=1.5,
            environment={"python": "3.11"},
            components=components,
            workflows=(WorkflowReport(name="market_data", status=status, steps=steps),) if steps else (),
            summary=Summary(
                planned=len(statuses),
                **{each.value: counts[each] for each in Status},
                functionality=1.0 if results else None,
                integration=None,
            ),
            exit_code=exit_code,
        )
        return attrs.evolve(report, **changes)

    return make


@pytest.fixture
def make_result():
    return _result


@pytest.fixture
def make_step():
    def make(name="read", status=Status.PASSED, component="acme:engine", seconds=0.25, **fields):
        return StepResult(name=name, status=status, component=component, seconds=seconds, **fields)

    return make
