"""The six workflows on the six real components."""

import json
from pathlib import Path

import pytest

from allause.workflows import WORKFLOWS, plan

NAMES = [workflow.name for workflow in WORKFLOWS]


@pytest.mark.parametrize("name", NAMES)
def test_every_step_passes_with_the_real_components(sound, not_passed, name):
    assert not_passed(sound(name)) == {}


@pytest.mark.parametrize("name", NAMES)
def test_the_report_accounts_for_each_planned_step_once_in_order(sound, name):
    assert tuple(step.name for step in sound(name).steps) == dict(plan())[name]


@pytest.mark.parametrize("name", NAMES)
def test_every_step_names_the_components_it_called_and_its_evidence_is_json(sound, name):
    for step in sound(name).steps:
        called = {call["component"] for call in step.evidence["calls"]}
        assert called == set(step.component.split(", "))
        assert called
        json.dumps(step.evidence, allow_nan=False)


@pytest.mark.parametrize("name", ["trading_execution", "error_recovery", "monitoring_analytics"])
def test_the_same_seed_gives_the_same_orders_and_another_seed_others(run, sound, name):
    def orders(report):
        return [step.evidence["digest"] for step in report.steps if "digest" in step.evidence]

    first = orders(sound(name))
    assert first
    assert orders(run(name)) == first
    assert orders(run(name, seed=8)) != first


BARS = """symbol,timestamp,open,high,low,close,volume
TINY,2020-01-02T00:00:00Z,10,12,9,11,100
TINY,2020-01-03T00:00:00Z,11,13,10,12,200
TINY,2020-01-06T00:00:00Z,12,14,11,12.5,300
"""


@pytest.mark.parametrize("name", [name for name in NAMES if name != "optimization"])
def test_three_bars_are_market_data_enough(run, not_passed, real, tmp_path, name):
    path = tmp_path / "bars.csv"
    path.write_text(BARS)
    source = real("market_data")
    assert not_passed(run(name, market_data=lambda: source(config=source.Config(path=path)))) == {}


@pytest.mark.parametrize("name", [name for name in NAMES if name != "optimization"])
def test_other_recorded_data_serves_as_well(run, not_passed, real, name):
    path = Path(__file__).parents[2] / ".." / "shared" / "data" / "pypi" / "arch_sp500.csv.gz"
    if not path.exists():
        pytest.skip(f"the recorded data is not here: {path.name}")
    source = real("market_data")
    assert not_passed(run(name, market_data=lambda: source(config=source.Config(path=path)))) == {}


def test_the_plan_holds_six_workflows_in_the_published_order():
    assert [name for name, _ in plan()] == [
        "market_data",
        "trading_execution",
        "optimization",
        "monitoring_analytics",
        "error_recovery",
        "performance_under_load",
    ]


def test_step_names_are_unique_within_a_workflow():
    for _, steps in plan():
        assert len(set(steps)) == len(steps)
