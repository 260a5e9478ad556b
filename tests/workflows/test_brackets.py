"""Brackets and groups in the workflows: the venue's log says what works, and what is refused is told, not passed."""

import attrs
import pytest

from allause.hookspecs import hookimpl
from allause.models import OrderReport, OrderStatus
from allause.workflows.error_recovery import BRACKETS
from allause_execution import reconciliation
from allause_execution.orders import contingency
from allause_execution.orders.events import EventKind

FAIR = {"bracket", "one cancels the other"}


@pytest.fixture
def steps(run):
    """Run the steps of brackets alone and return their results by name."""

    def steps(workflow, names, **arguments):
        return {step.name: step for step in run(workflow, steps=names, **arguments).steps}

    return steps


def test_the_real_engine_keeps_its_brackets(steps):
    found = steps("trading_execution", FAIR)
    assert {step.status for step in found.values()} == {"passed"}
    assert set(found["bracket"].evidence) > {"buy its take_profit traded in part", "sell its stop_loss traded"}


@pytest.mark.parametrize("seed", range(6))
def test_the_real_engine_keeps_them_under_faults(steps, seed):
    step = steps("error_recovery", {BRACKETS}, seed=seed)[BRACKETS]
    assert (step.status, step.message) == ("passed", "")
    assert step.evidence["recovered"] == step.evidence["injected"] == step.evidence["planned"] == 12
    assert step.evidence["exits_traded"] > 0


def test_what_is_not_offered_is_said_and_neither_fails_nor_passes(run, small_engine):
    report = run("trading_execution", execution=small_engine)
    found = {step.name: step for step in report.steps if step.status != "passed"}
    assert set(found) == FAIR | {"slices"}
    assert {step.status for step in found.values()} == {"not_applicable"}
    assert "not offered: place_order(take_profit=" in found["bracket"].message
    assert "not offered: place_order(oco_group=" in found["one cancels the other"].message
    assert report.status == "passed"


def test_what_is_not_offered_is_said_under_faults_too(steps, small_engine):
    step = steps("error_recovery", {BRACKETS}, execution=small_engine)[BRACKETS]
    assert step.status == "not_applicable"
    assert "not offered: place_order(take_profit=" in step.message


def test_a_component_that_takes_brackets_and_does_nothing_fails(steps, small_engine):
    class Obliging(small_engine):
        @hookimpl
        def place_order(self, **order):
            exits = {name: order.pop(name) for name in ("oco_group", "take_profit", "stop_loss") if name in order}
            intent = attrs.evolve(self.intent(**{"stop_price": None, **order}), **exits)
            self.orders[intent.client_order_id] = OrderReport(intent=intent, status=OrderStatus.ACCEPTED)
            return self.orders[intent.client_order_id]

    found = steps("error_recovery", {BRACKETS}, execution=Obliging)
    assert found[BRACKETS].status == "failed"
    assert found[BRACKETS].evidence["score"] == 0


def test_a_bracket_that_is_refused_and_sent_without_its_exits_fails(steps, small_engine):
    class Hasty(small_engine):
        @hookimpl
        def place_order(self, take_profit=None, **order):
            report = super().place_order(**{name: value for name, value in order.items() if name != "stop_loss"})
            return report if take_profit is None else super().place_order(**order)

    step = steps("trading_execution", FAIR, execution=Hasty)["bracket"]
    assert step.status == "failed"
    assert "orders reached the venue" in step.message


def no_growth(state, entry, of_entry=contingency._of_entry):
    return (step for step in of_entry(state, entry) if step.act is not contingency.Act.GROW)


def no_release(state, entry, of_entry=contingency._of_entry):
    return (step for step in of_entry(state, entry) if step.act is not contingency.Act.RELEASE)


def no_close(state, entry, of_entry=contingency._of_entry):
    return (step for step in of_entry(state, entry) if step.act is not contingency.Act.CLOSE)


def no_end(state, order):
    return iter(())


FORGETFUL = {
    "exits do not grow": ("_of_entry", no_growth),
    "exits are never released": ("_of_entry", no_release),
    "the other exit works on": ("_of_group", no_end),
}


@pytest.mark.parametrize(("name", "broken"), FORGETFUL.values(), ids=FORGETFUL)
def test_an_engine_that_forgets_what_follows_fails(steps, monkeypatch, name, broken):
    monkeypatch.setattr(contingency, name, broken)
    found = steps("trading_execution", FAIR)["bracket"]
    assert found.status == "failed"
    assert "the exits that work had to be" in found.message


def test_a_group_whose_other_order_works_on_fails(steps, monkeypatch):
    monkeypatch.setattr(contingency, "_of_group", no_end)
    found = steps("trading_execution", FAIR)["one cancels the other"]
    assert "had to be canceled; at the venue" in found.message


@pytest.mark.long
@pytest.mark.parametrize(
    ("module", "name", "broken"),
    [
        (contingency, "_of_entry", no_growth),
        (contingency, "_of_entry", no_release),
        (contingency, "_of_entry", no_close),
        (contingency, "_of_group", no_end),
        (reconciliation, "RETURNED", EventKind.REJECTED),
    ],
    ids=["exits do not grow", "never released", "never closed", "the other works on", "lost exits are let go"],
)
def test_under_faults_some_seed_shows_what_is_forgotten(steps, monkeypatch, module, name, broken):
    monkeypatch.setattr(module, name, broken)
    seeds = range(8)
    assert any(steps("error_recovery", {BRACKETS}, seed=seed)[BRACKETS].status == "failed" for seed in seeds)
