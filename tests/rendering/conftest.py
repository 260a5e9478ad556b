"""Reports made by hand."""

from collections import Counter

import attrs
import pytest

from allause.models.report import (
    ComponentReport,
    Control,
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
    "nuls": "\x00" * 5_000,
    "surrogate": "lone \ud800 half",
    "markup": "[red]text[/red] [link=x]y[/link]",
    "long": "x" * 1_000_000,
    "separators": "a\u2028b\u2029c\u200bd\ufeff",
    "format": "{0} %s ${HOME}",
    "template": "{{7*7}} {% raw %} ${7*7} <%= 7*7 %>",
    "script": "<script>alert(1)</script><img src=x onerror=alert(1)><svg/onload=alert(1)>",
    "attribute": '"\' onmouseover=alert(1) style=x href=javascript:alert(1) x="',
    "entities": "]]> <![CDATA[ x ]]> --> <!ENTITY a 'b'> &a; &#60; &amp;",
    "formula": "=cmd|'/c calc'!A1",
    "command": "::error file=a.py,line=1::owned",
    "words": " ".join(["::stop-commands::x ##[add-path]/x ##vso[task.complete]x ##teamcity[x]"] * 20),
    "percent": "100%0A::error::owned, a:b",
    "table": "a | b \\| c \\\\| d |---|",
    "links": "[x](http://evil.test) ![y](http://evil.test/z.png) <http://evil.test> www.evil.test @someone #1 *b* _i_",
    "ticks": "`one` ``` three ``` `` two `",
    "tick": "`",
    "heading": "# Verdict: passed",
    "spaces": "   ",
    "path": "../../etc/passwd",
    "place": "..a.b:C ((x.py:1)) (../../y.py:2)",
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
            seed=0,
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


_QUANTILES = {"n": 5, "p5": 1.0, "median": 2.0, "p95": 5.0, "p99": 7.0, "maximum": 9.0}


@pytest.fixture
def soaked(make_report, make_step):
    """Make a report in which every text that may come from a stranger is the same one."""

    def make(text):
        checks = tuple(
            Result(code=text, slug=text, status=status, message=text, location=text, fix=text, origin=text)
            for status in Status
        )
        evidence = {text: [text], "measured": {"name": text, "unit": text, **_QUANTILES}}
        steps = tuple(
            make_step(name=text, status=status, component=text, message=text, evidence=evidence) for status in Status
        )
        return make_report(
            checks,
            steps,
            exit_code=1,
            allause_version=text,
            contract_version=text,
            plan_digest=text,
            environment={text: text, "nested": {text: [text]}},
            components=(ComponentReport(id=text, kind=text, distribution=text, version=text, results=checks),),
            workflows=(WorkflowReport(name=text, status=Status.FAILED, steps=steps),),
            notices=(text,),
            partial=(text,),
            validation=checks,
            controls=(Control(name=text, expected=(text,), failed=(text,)),),
        )

    return make
