"""The error recovery workflow: what counts is the venue's log, whatever a component says."""

import attrs
import pytest

from allause.hookspecs import hookimpl
from allause.models import ReconciliationReport
from allause.venue import FaultClass

WORKFLOW = "error_recovery"
CLASSES = ("fills lost on a disconnect", "fills delivered twice", "submits that time out and fill later")
MIXED = "all faults at once"


@pytest.mark.parametrize("seed", range(6))
def test_a_small_honest_engine_recovers_every_fault_of_every_seed(run, not_passed, evidence, small_engine, seed):
    report = run(WORKFLOW, execution=small_engine, seed=seed)
    assert not_passed(report) == {}
    for name in (*CLASSES, MIXED):
        found = evidence(report, name)
        assert found["planned"] == found["injected"] == found["recovered"] == len(found["faults"])
        assert found["score"] == 1


def test_each_class_is_injected_several_times_and_all_of_them_together(run, evidence, small_engine):
    report = run(WORKFLOW, execution=small_engine)
    assert [evidence(report, name)["planned"] for name in (*CLASSES, MIXED)] == [3, 3, 3, 9]
    classes = {fault["class"] for fault in evidence(report, MIXED)["faults"]}
    assert len(classes) == 3


def test_an_engine_that_does_nothing_scores_nothing(run, failed, evidence, do_nothing):
    report = run(WORKFLOW, execution=do_nothing)
    assert set(failed(report)) == {*CLASSES, MIXED}
    assert [evidence(report, name)["score"] for name in (*CLASSES, MIXED)] == [0, 0, 0, 0]
    assert "could not be injected" in failed(report)[CLASSES[0]]


def test_a_reconciliation_that_only_reports_success_is_judged_by_the_evidence(run, failed, evidence, small_engine):
    class Boasting(small_engine):
        @hookimpl
        def reconcile(self):
            return ReconciliationReport(complete=True, fills_recovered=("all",), orders_resolved=("all",))

    report = run(WORKFLOW, execution=Boasting)
    assert set(failed(report)) == {CLASSES[0], MIXED}
    assert evidence(report, CLASSES[0])["score"] == 0
    # fills that the venue pushes need no reconciliation, and the engine gets credit for exactly those
    assert evidence(report, CLASSES[1])["score"] == 1
    assert evidence(report, CLASSES[2])["score"] == 1


def test_an_engine_that_counts_a_repeated_fill_twice_fails_that_class_alone(run, failed, evidence, small_engine):
    class Double(small_engine):
        counts_once = False

    report = run(WORKFLOW, execution=Double)
    assert set(failed(report)) == {CLASSES[1], MIXED}
    assert evidence(report, CLASSES[1])["score"] == 0
    assert evidence(report, CLASSES[0])["score"] == 1


def test_an_unknown_order_taken_as_rejected_is_not_recovered(run, failed, small_engine):
    class Rash(small_engine):
        def submit(self, intent):
            super().submit(intent)
            if self.orders[intent.client_order_id].status == "unknown":
                self.change(intent.client_order_id, status="rejected")

        def take(self, fill):
            if self.orders[fill.client_order_id].status != "rejected":
                super().take(fill)

    found = failed(run(WORKFLOW, execution=Rash))
    assert CLASSES[2] in found
    assert CLASSES[1] not in found


def test_an_unknown_order_sent_again_is_not_recovered(run, failed, small_engine):
    class Impatient(small_engine):
        def submit(self, intent):
            super().submit(intent)
            if self.orders[intent.client_order_id].status == "unknown":
                super().submit(intent)

    assert CLASSES[2] in failed(run(WORKFLOW, execution=Impatient))


@pytest.mark.parametrize("error", [RuntimeError("boom"), SystemExit(0)])
def test_a_reconciliation_that_raises_fails_and_leaves_the_evidence(run, failed, evidence, small_engine, error):
    class Raising(small_engine):
        @hookimpl
        def reconcile(self):
            raise error

    report = run(WORKFLOW, execution=Raising)
    assert CLASSES[0] in failed(report)
    refused = evidence(report, CLASSES[0])["calls_refused"]
    assert any("reconcile() raised" in each for each in refused)
    assert evidence(report, CLASSES[0])["score"] < 1


def test_a_story_that_cannot_be_read_scores_nothing(run, failed, evidence, small_engine):
    class Silent(small_engine):
        @hookimpl
        def get_fills(self):
            return None

    report = run(WORKFLOW, execution=Silent)
    assert set(failed(report)) == {*CLASSES, MIXED}
    assert evidence(report, MIXED)["recovered"] == 0
    assert "its story cannot be read" in failed(report)[MIXED]


def test_faults_that_leave_other_orders_wrong_fail_though_each_is_recovered(run, failed, small_engine):
    class Untidy(small_engine):
        @hookimpl
        def get_account(self):
            account = super().get_account()
            return attrs.evolve(account, cash=account.cash + 1)

    found = failed(run(WORKFLOW, execution=Untidy))
    assert set(found) == {*CLASSES, MIXED}
    assert found[MIXED].startswith("every fault is recovered, but")


def test_leaving_out_an_injector_changes_the_denominator(run, evidence, small_engine, monkeypatch):
    monkeypatch.setattr("allause.workflows.error_recovery._EACH", 2)
    report = run(WORKFLOW, execution=small_engine)
    assert [evidence(report, name)["planned"] for name in (*CLASSES, MIXED)] == [2, 2, 2, 6]


def test_every_fault_class_of_the_venue_is_named_by_one_step(run, evidence, small_engine):
    report = run(WORKFLOW, execution=small_engine)
    named = [{fault["class"] for fault in evidence(report, name)["faults"]} for name in CLASSES]
    assert [len(each) for each in named] == [1, 1, 1]
    assert set().union(*named) == set(map(str, FaultClass))
