"""Reports as JSON."""

import json

import pytest

from allause.models.report import Status
from allause.rendering.json import render as render_json

TOP = [
    *("schema_version", "allause_version", "contract_version", "plan_digest", "seed", "started_at", "duration_s"),
    *("environment", "components", "workflows", "summary", "exit_code"),
]


@pytest.fixture
def content(make_report, make_step):
    return json.loads(render_json(make_report(steps=(make_step(evidence={"rows": 3}),))))


def test_the_top_level_keys_stand_in_the_published_order(content):
    assert list(content)[: len(TOP)] == TOP


def test_a_component_has_the_published_keys(content):
    assert list(content["components"][0]) == [
        "id",
        "kind",
        "distribution",
        "version",
        "results",
        "path",
        "api",
        "pace",
        "digest",
    ]


def test_a_result_has_the_published_keys(content):
    result = content["components"][0]["results"][0]
    assert list(result) == ["code", "slug", "status", "message", "location", "fix", "seconds", "origin"]


def test_a_step_has_the_published_keys(content):
    workflow = content["workflows"][0]
    assert list(workflow) == ["name", "status", "steps"]
    assert list(workflow["steps"][0])[:5] == ["name", "status", "component", "seconds", "evidence"]


def test_the_summary_has_the_published_keys(content):
    assert list(content["summary"]) == [
        *("planned", "passed", "failed", "errored", "blocked", "skipped", "inconclusive"),
        *("waived", "not_applicable", "functionality", "integration"),
    ]


def test_values_are_those_of_the_report(content):
    assert content["seed"] == 0
    assert content["exit_code"] == 0
    assert content["components"][0]["results"][0]["status"] == "passed"
    assert content["workflows"][0]["steps"][0]["evidence"] == {"rows": 3}


def test_hostile_text_is_ascii_cut_and_without_control_bytes(hostile, make_report, make_result, make_step):
    finding = make_result(status=Status.FAILED, message=hostile, location=hostile, fix=hostile)
    report = make_report((finding,), (make_step(evidence={hostile: [hostile]}),), component=hostile)
    text = render_json(report)
    assert text.isascii()
    assert "\x1b" not in text
    assert len(text) < 60_000
    message = json.loads(text)["components"][0]["results"][0]["message"]
    assert message.isprintable()


def test_the_answer_is_strict_json_whatever_the_evidence_holds(make_report, make_step):
    evidence = {"nan": float("nan"), "inf": [float("-inf")], "huge": 10**5_000, "object": object(), 3: None}
    text = render_json(make_report(steps=(make_step(evidence=evidence),)))
    content = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    found = content["workflows"][0]["steps"][0]["evidence"]
    assert found == {"nan": "nan", "inf": ["-inf"], "huge": "<int>", "object": "<object>", "3": None}
