"""What each format says of a finding."""

import json
from xml.etree import ElementTree as ET

import pytest

from allause.checks import find
from allause.models.report import Control, Status
from allause.rendering import render
from allause.rendering.github import render as render_github
from allause.rendering.sarif import render as render_sarif

LOCATION = "acme.engine:Engine.close (engine.py:3)"


@pytest.fixture
def finding(make_report, make_result, make_step):
    """Make a report with one finding of a status, one passed check, and one step that did not pass."""

    def make(status=Status.FAILED):
        wrong = make_result(status=status, message="close is missing", location=LOCATION, fix="add close()")
        step = make_step("stream", Status.ERRORED, message="it died")
        return make_report((wrong, make_result("CON002")), (make_step(), step), exit_code=1)

    return make


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (Status.PASSED, None),
        (Status.FAILED, "failure"),
        (Status.ERRORED, "error"),
        (Status.BLOCKED, "error"),
        (Status.INCONCLUSIVE, "error"),
        (Status.SKIPPED, "skipped"),
        (Status.WAIVED, "skipped"),
        (Status.NOT_APPLICABLE, "skipped"),
    ],
)
def test_junit_has_a_case_for_each_check_with_the_outcome_of_its_status(status, outcome, finding):
    suite = ET.fromstring(render("junit", finding(status)))[0]
    case = suite.find("testcase")
    assert case.get("classname") == suite.get("name") == "acme:engine"
    assert case.get("name") == "CON001 missing-method"
    assert (case.get("file"), case.get("line")) == ("acme/engine.py", "3")
    assert [child.tag for child in case] == ([outcome] if outcome else [])


def test_junit_counts_what_it_holds(finding):
    root = ET.fromstring(render("junit", finding()))
    assert {name: root.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "4",
        "failures": "1",
        "errors": "1",
        "skipped": "0",
    }
    assert [suite.get("tests") for suite in root] == ["2", "2"]
    assert {p.get("name"): p.get("value") for p in root.iter("property")}["plan_digest"] == "0" * 64


def test_every_status_has_an_outcome_in_junit(finding):
    undecided = [
        status
        for status in Status
        if status is not Status.PASSED and len(ET.fromstring(render("junit", finding(status)))[0].find("testcase")) != 1
    ]
    assert undecided == []


def test_sarif_has_one_result_with_rule_place_and_fingerprint(finding, tmp_path):
    run = json.loads(render_sarif(finding(), checkout=tmp_path))["runs"][0]
    (result,) = run["results"]
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == "CON001"
    assert result["level"] == "error"
    assert result["message"]["text"] == "acme:engine: close is missing. Fix: add close()."
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "acme/engine.py"
    assert place["region"] == {"startLine": 3}


def test_sarif_explains_a_rule_as_the_check_does(finding):
    rule = json.loads(render("sarif", finding()))["runs"][0]["tool"]["driver"]["rules"][0]
    assert rule["shortDescription"]["text"] == find("CON001").explanation.splitlines()[0]


def test_a_fingerprint_survives_a_move_of_lines_and_no_move_to_another_method(make_report, make_result):
    def fingerprint(location):
        result = make_result(status=Status.FAILED, message="x", location=location)
        log = json.loads(render("sarif", make_report((result,), exit_code=1)))
        return log["runs"][0]["results"][0]["partialFingerprints"]

    assert fingerprint("a.b:C.d (b.py:3)") == fingerprint("a.b:C.d (b.py:30)")
    assert fingerprint("a.b:C.d (b.py:3)") != fingerprint("a.b:C.e (b.py:3)")


def test_what_was_not_judged_is_no_sarif_result_but_is_told(finding):
    run = json.loads(render("sarif", finding(Status.BLOCKED)))["runs"][0]
    assert run["results"] == []
    told = run["invocations"][0]["toolExecutionNotifications"]
    assert [(each["level"], each["associatedRule"]["id"]) for each in told] == [
        ("warning", "CON001"),
        ("error", "workflow/market_data"),
    ]


def test_a_waived_finding_is_suppressed_in_sarif(finding):
    (result,) = json.loads(render("sarif", finding(Status.WAIVED)))["runs"][0]["results"]
    assert result["suppressions"] == [{"kind": "external", "justification": result["message"]["text"]}]


def test_github_annotates_the_line_and_ends_with_the_verdict(finding, tmp_path):
    lines = render_github(finding(), checkout=tmp_path).splitlines()
    assert lines[0] == (
        "::error file=acme/engine.py,title=CON001 missing-method (failed),line=3::"
        f"acme:engine, {LOCATION}: close is missing%0Afix: add close()"
    )
    assert lines[1] == "::error title=workflow market_data%2C step stream::it died"
    assert lines[-1].startswith("::error title=allause::2 of 4 did not pass; start with CON001")


def test_github_says_so_when_everything_passed(make_report):
    (line,) = render("github", make_report()).splitlines()
    assert line.startswith("::notice title=allause::every check passed")


def test_github_puts_the_worst_first(make_report, make_result):
    statuses = (Status.SKIPPED, Status.BLOCKED, Status.FAILED)
    lines = render(
        "github", make_report(tuple(make_result(f"CON00{n}", s) for n, s in enumerate(statuses)), exit_code=1)
    )
    assert [line.partition(" ")[0] for line in lines.splitlines()] == ["::error", "::warning", "::notice", "::error"]


def test_markdown_has_verdict_tables_and_findings(finding):
    text = render("markdown", finding())
    assert "**Verdict:** `2 of 4 did not pass;" in text
    assert "| `acme:engine` | `execution` | `1.2` | 1/2 | failed |" in text
    assert "| `market_data` | 1/2 | failed |" in text
    assert "- **failed** `CON001 missing-method` in `acme:engine`\n  `close is missing`" in text


def test_markdown_says_how_many_findings_it_leaves_out(make_report, make_result):
    results = tuple(make_result(f"X{n}", Status.FAILED) for n in range(250))
    assert "and 50 more; the JSON report has all of them" in render("markdown", make_report(results, exit_code=1))


def test_json_lines_have_one_object_for_each_check_and_step(finding):
    rows = [json.loads(line) for line in render("jsonl", finding()).splitlines()]
    assert [row["type"] for row in rows] == ["report", "check", "check", "step", "step"]
    assert (rows[1]["component"], rows[1]["code"], rows[3]["workflow"]) == ("acme:engine", "CON001", "market_data")
    assert "components" not in rows[0]


@pytest.mark.parametrize("name", ["github", "markdown", "html", "text"])
def test_a_failure_without_a_finding_is_never_called_passed(name, make_report):
    text = render(name, make_report(exit_code=3))
    assert "not passed; see the notes above" in text
    assert "everything planned passed" not in text
    assert "every check passed" not in text


@pytest.mark.parametrize("name", ["github", "markdown", "html", "text"])
def test_an_empty_report_says_that_nothing_was_checked(name, make_report):
    assert "nothing was checked" in render(name, make_report((), exit_code=3))


@pytest.mark.parametrize("format_name", ["github", "markdown", "html"])
def test_what_was_not_examined_for_one_reason_is_one_entry(format_name, make_report, make_result):
    blocked = [make_result(f"TYP00{n}", Status.BLOCKED, message="blocked by CON001 missing-method") for n in range(9)]
    text = render(format_name, make_report((make_result(status=Status.FAILED), *blocked), exit_code=1))
    assert text.count("9 not examined") == 1
    assert text.count("blocked by CON001 missing-method") == 1
    names = ", ".join(f"{result.code} missing-method" for result in blocked)
    assert (names in text) is (format_name == "html")  # which can be folded


@pytest.mark.parametrize("format_name", ["text", "github", "markdown", "html"])
def test_a_report_says_how_many_controls_were_told(format_name, make_report):
    controls = (Control(name="a", expected=("X",), failed=("X",)), Control(name="b", expected=("X",), failed=()))
    text = " ".join(render(format_name, make_report(controls=controls)).split())
    assert "1 of 2 controls told for what they are" in text
    assert "controls" not in render(format_name, make_report())
