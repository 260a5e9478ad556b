"""Plain data in, plain data out: what runs in the isolated child."""

import ast
import json
from importlib import import_module
from inspect import getsource

import pytest

from allause.discovery import discover
from allause.exceptions import UsageError
from allause.workflows import WORKFLOWS
from allause.workflows.session import run


@pytest.fixture
def components():
    return {r.kind: r.id for r in discover() if r.distribution.startswith("allause-")}


def test_a_run_answers_json_with_every_planned_step(components, tmp_path):
    heard = []
    report = run("trading_execution", components, 0, str(tmp_path), progress=heard.append)
    assert report["status"] == "passed"
    assert json.loads(json.dumps(report, allow_nan=False))["name"] == "trading_execution"
    assert [message["begun"] for message in heard if "begun" in message] == [step["name"] for step in report["steps"]]


def test_an_unknown_workflow_is_refused_with_those_there_are(components, tmp_path):
    with pytest.raises(UsageError, match="no workflow is named 'trading'; there are market_data, trading_execution"):
        run("trading", components, 0, str(tmp_path))


def test_a_component_that_discovery_does_not_find_is_refused(components, tmp_path):
    with pytest.raises(UsageError, match="execution nobody:nothing"):
        run("trading_execution", {**components, "execution": "nobody:nothing"}, 0, str(tmp_path))


def test_a_search_path_without_components_finds_none(components, tmp_path):
    with pytest.raises(UsageError, match="not found now"):
        run("trading_execution", components, 0, str(tmp_path), search_path=[str(tmp_path)])


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda workflow: workflow.name)
def test_no_workflow_gives_itself_a_status_or_a_literal_score(workflow):
    tree = ast.parse(getsource(import_module(f"allause.workflows.{workflow.name}")))
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert not names & {"Status", "StepResult", "WorkflowReport"}
    keywords = [node for node in ast.walk(tree) if isinstance(node, ast.keyword)]
    assert not [k.arg for k in keywords if k.arg in {"score", "recovered"} and isinstance(k.value, ast.Constant)]
