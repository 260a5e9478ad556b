"""Workflows that cannot be formed: who named nothing gets no pass, and everybody learns why."""

import pytest

import allause
from allause.discovery import discover
from allause.rendering import RENDERERS
from allause.validation.planning import make_plan
from allause.validation.request import Request
from allause.workflows import WORKFLOWS, Workflow
from mutants.mutant import Mutant, write


@pytest.fixture
def installed():
    return [record for record in discover() if record.distribution.startswith("allause-")]


@pytest.fixture
def planned(installed, component):
    """Plan as if what is installed were the components given."""

    def plan(found, *names):
        return make_plan(Request(components=names), found, [r for r in found if not names or r.id in names])

    return plan


@pytest.fixture
def second(component):
    """Return a second component of kind analytics beside the installed ones."""
    name = component()
    return next(record for record in discover() if record.id == name)


def test_one_of_each_kind_leaves_nothing_out(planned, installed):
    assert planned(installed).skipped == {}
    assert planned(installed).omitted == ()


def test_several_of_a_kind_and_none_named_is_an_omission(planned, installed, second):
    plan = planned([*installed, second])
    concerned = [workflow.name for workflow in WORKFLOWS if "analytics" in workflow.kinds]
    assert concerned
    assert list(plan.omitted) == list(plan.skipped) == concerned


def test_the_one_that_is_named_is_taken_and_nothing_is_left_out(planned, installed, second):
    plan = planned([*installed, second], second.id)
    assert plan.skipped == {}
    assert second in plan.systems[plan.workflows[0].name]


def test_several_of_another_kind_than_the_named_one_is_told_and_is_no_omission(planned, installed, second):
    plan = planned([*installed, second], next(r.id for r in installed if r.kind == "monitoring"))
    assert plan.skipped
    assert plan.omitted == ()


def test_a_kind_that_is_not_installed_is_no_omission(planned, installed, second):
    plan = planned([record for record in (*installed, second) if record.kind != "market_data"])
    assert plan.skipped
    assert plan.omitted == ()


@pytest.fixture
def bare(monkeypatch):
    """Validate with nothing named, as if these components were the installed ones."""

    def run(*found):
        monkeypatch.setattr("allause.validation.session.discover", lambda _, tell: found)
        return allause.validate()

    return run


def test_nothing_named_and_several_of_a_kind_exits_1_and_names_the_remedy_once(bare, second, site, monkeypatch):
    write(Mutant("", "another", entry="other = mutant_analytics:Engine"), site, "other-analytics")
    other = next(record for record in discover() if record.distribution == "other-analytics")
    alone = Workflow(name="alone", title="Alone", kinds=("analytics",), script=lambda scene: scene, steps=())
    monkeypatch.setattr("allause.workflows.WORKFLOWS", (alone,))
    report = bare(second, other)
    assert report.exit_code == 1
    (notice,) = [notice for notice in report.notices if second.id in notice]
    assert "name the one to use" in notice
    text = RENDERERS["text"](report)
    assert text.count("2 not examined: ") == 1


def test_kinds_that_are_not_installed_exit_0_and_the_verdict_says_so(bare, second):
    report = bare(second)
    assert report.exit_code == 0
    last = " ".join(RENDERERS["text"](report).rpartition("\nVerdict: ")[2].split())
    assert last.startswith("everything that could be examined passed; ")
    assert "steps skipped: no usable component of kind" in last
    assert report.environment["components_installed"] == {second.kind: [second.id]}
