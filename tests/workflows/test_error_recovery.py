"""The error recovery workflow: what counts is the venue's log, whatever a component says."""

import attrs
import other_engines as engines
import pytest

from allause.hookspecs import hookimpl
from allause.models import OrderType, ReconciliationReport, TimeInForce
from allause.venue import CHANGED, INCIDENTS, FaultClass, cases_of
from allause.workflows import error_recovery
from allause.workflows.error_recovery import LEAST, MIXED, OFTEN, STEPS

pytestmark = pytest.mark.long

WORKFLOW = "error_recovery"
ALONE = tuple(STEPS.values())
EVERY = (*ALONE, MIXED)
LOST, TWICE, LATE = (
    STEPS[fault_class]
    for fault_class in (
        FaultClass.FILLS_LOST_ON_DISCONNECT,
        FaultClass.DUPLICATE_FILL,
        FaultClass.SUBMIT_TIMEOUT_FILLS_LATER,
    )
)

#: Where a restart needs what was lost.
RESTARTED = (FaultClass.DUPLICATE_ORDER_AFTER_RESTART, FaultClass.KILL_SWITCH)

#: One component for each class that mishandles exactly it; ``also`` are classes in which the same defect must show.
BROKEN = [
    (engines.ForgetsLostFills, FaultClass.FILLS_LOST_ON_DISCONNECT, RESTARTED),
    (engines.ForgetsAtARestart, FaultClass.DUPLICATE_ORDER_AFTER_RESTART, RESTARTED),
    (engines.CountsEveryDelivery, FaultClass.DUPLICATE_FILL, ()),
    (engines.FollowsEveryEvent, FaultClass.ILLEGAL_TRANSITION, ()),
    (engines.TakesUnknownAsRejected, FaultClass.SUBMIT_TIMEOUT_FILLS_LATER, (FaultClass.ILLEGAL_TRANSITION,)),
    (engines.TakesACancelForGranted, FaultClass.CANCEL_RACE, ()),
    (engines.ForgetsAReplacement, FaultClass.CANCEL_RACE, ()),
    (engines.CallsEveryEndCanceled, FaultClass.STATUS_VOCABULARY, ()),
    (engines.SendsAgainWhatWasTooFast, FaultClass.STATUS_VOCABULARY, ()),
    (engines.ComparesNothing, FaultClass.POSITION_DRIFT, ()),
    (engines.HaltsTooLate, FaultClass.KILL_SWITCH, ()),
    (engines.ForgetsTheHalt, FaultClass.KILL_SWITCH, ()),
]
#: Components that mishandle orders of some sorts alone: which of them a fault hits is up to the seed.
BROKEN_FOR_SOME = [
    (engines.ForgetsPricesAtAReconciliation, FaultClass.CANCEL_RACE, "price was"),
    (
        engines.SendsAStopAgainAsALimit,
        FaultClass.SUBMIT_TIMEOUT_FILLS_LATER,
        "type stop; the venue received limit",
    ),
]
LOOK_ALIKES = [
    engines.SmallEngine,
    engines.AsksTheVenueFirst,
    engines.TellsItsOrdersAsMappings,
    engines.CountsWhatOthersTraded,
    engines.StampsWithItsOwnClock,
    engines.WaitsAfterTooMuch,
]


@pytest.mark.parametrize("seed", range(6))
def test_a_small_honest_engine_recovers_every_fault_of_every_seed(sound, not_passed, evidence, small_engine, seed):
    report = sound(WORKFLOW, execution=small_engine, seed=seed)
    assert not_passed(report) == {}
    for name in EVERY:
        found = evidence(report, name)
        assert found["planned"] == found["injected"] == found["recovered"] == len(found["faults"])
        assert found["score"] == 1


@pytest.mark.parametrize("look_alike", LOOK_ALIKES, ids=lambda each: each.__name__)
def test_a_component_that_is_right_in_another_way_is_not_accused(run, not_passed, look_alike):
    assert not_passed(run(WORKFLOW, execution=look_alike, seed=11)) == {}


@pytest.mark.parametrize(("broken", "fault_class", "also"), BROKEN, ids=lambda each: getattr(each, "__name__", None))
def test_a_component_that_mishandles_one_class_is_caught_in_it_by_name(run, failed, broken, fault_class, also):
    found = failed(run(WORKFLOW, execution=broken, seed=2))
    assert f"{fault_class} at" in found[STEPS[fault_class]]
    assert set(found) <= {STEPS[each] for each in (fault_class, *also)} | {MIXED}


@pytest.mark.parametrize(("broken", "fault_class", "words"), BROKEN_FOR_SOME)
def test_a_component_that_mishandles_orders_of_one_sort_is_caught_under_most_seeds(
    run, failed, broken, fault_class, words
):
    alone = {STEPS[fault_class]}
    found = [failed(run(WORKFLOW, steps=alone, execution=broken, seed=seed)) for seed in range(8)]
    assert sum(words in str(each) for each in found) > 3  # a certificate is of ten seeds


def test_faults_hit_orders_of_every_sort_and_replacements_of_every_term(run, evidence, small_engine):
    placed, replaced = {}, set()

    class Watched(small_engine):
        @hookimpl
        def place_order(self, **order):
            placed[order["client_order_id"]] = order
            return super().place_order(**order)

        @hookimpl
        def replace_order(self, client_order_id, **terms):
            replaced.update(terms)
            return super().replace_order(client_order_id, **terms)

    report = run(WORKFLOW, execution=Watched)
    hit = [fault["order"] for name in EVERY for fault in evidence(report, name)["faults"]]
    orders = [placed[name] for name in hit if name in placed]
    assert {order["order_type"] for order in orders} == set(OrderType)
    assert {order.get("time_in_force", TimeInForce.DAY) for order in orders} == set(TimeInForce)
    assert all(any(flag in order for order in orders) for flag in ("post_only", "reduce_only"))
    assert any("parent_id" in order for order in placed.values())
    assert replaced == set(CHANGED)


@pytest.mark.parametrize("seed", range(3))
def test_a_component_that_offers_market_limit_and_stop_orders_only_is_not_accused(run, not_passed, evidence, seed):
    report = run(WORKFLOW, execution=engines.OffersTheLeast, seed=seed)
    assert not_passed(report) == {}
    assert all(evidence(report, name)["score"] == 1 for name in EVERY)


@pytest.mark.parametrize("seed", range(3))
def test_an_order_that_a_closed_session_refused_and_that_is_told_as_sent_fails(run, failed, seed):
    name = STEPS[FaultClass.STATUS_VOCABULARY]
    found = failed(run(WORKFLOW, steps={name}, execution=engines.BelievesTheSessionIsOpen, seed=seed))
    assert "submitted by the component, unknown to the venue" in found[name]


@pytest.mark.parametrize("broken", [engines.ExpiresByItsOwnClock, engines.TakesSilenceForTheEnd])
def test_a_component_that_trusts_its_clock_or_its_link_is_caught_where_both_are_bad(run, failed, broken):
    # the threads of a halt decide how much is left to go wrong: most seeds show it
    assert any(MIXED in failed(run(WORKFLOW, steps={MIXED}, execution=broken, seed=seed)) for seed in range(4))


def test_the_conditions_of_the_link_and_the_machine_follow_from_the_seed(run, evidence, small_engine):
    reports = [run(WORKFLOW, steps={MIXED}, execution=small_engine, seed=seed) for seed in (3, 3, 4)]
    notes = [evidence(report, MIXED) for report in reports]
    assert notes[0]["clock_steps"] == notes[1]["clock_steps"] != notes[2]["clock_steps"]
    assert notes[0]["latency"] == {"late": 0.4, "longer": 0.6, "most": 8}


def test_every_case_of_every_class_is_injected_and_all_classes_together(sound, evidence, small_engine):
    report = sound(WORKFLOW, execution=small_engine, seed=0)
    planned = {each: max(OFTEN.get(each, LEAST), len(cases_of(each))) for each in FaultClass}
    assert [evidence(report, name)["planned"] for name in EVERY] == [*planned.values(), 2 * len(FaultClass)]
    assert {fault["class"] for fault in evidence(report, MIXED)["faults"]} == set(FaultClass)
    for fault_class, name in STEPS.items():
        assert evidence(report, name)["repeats"] == list(INCIDENTS[fault_class])


def test_the_load_is_of_many_orders_in_several_instruments(sound, evidence, small_engine):
    report = sound(WORKFLOW, execution=small_engine, seed=0)
    assert all(evidence(report, name)["orders"] >= 32 for name in EVERY)
    assert len(evidence(report, "read market")["symbols"]) > 1


def test_taking_an_injector_away_changes_the_denominator(run, evidence, small_engine, monkeypatch):
    name = STEPS[FaultClass.CANCEL_RACE]
    before = evidence(run(WORKFLOW, steps={name}, execution=small_engine), name)["planned"]
    monkeypatch.setattr(error_recovery, "LEAST", 1)
    monkeypatch.setattr("allause.venue.cases.CASES", tuple(
        case for case in __import__("allause.venue", fromlist=["CASES"]).CASES if case.name != "said-to-be-unknown"
    ))  # fmt: skip # one replacement
    assert evidence(run(WORKFLOW, steps={name}, execution=small_engine), name)["planned"] == before - 1


def test_an_engine_that_does_nothing_scores_nothing(run, failed, evidence, do_nothing):
    report = run(WORKFLOW, execution=do_nothing)
    assert set(failed(report)) == set(EVERY)
    assert {evidence(report, name)["score"] for name in EVERY} == {0}
    assert "could not be injected" in failed(report)[LOST]


def test_a_reconciliation_that_only_reports_success_is_judged_by_the_evidence(run, failed, evidence, small_engine):
    class Boasting(small_engine):
        @hookimpl
        def reconcile(self):
            return ReconciliationReport(complete=True, fills_recovered=("all",), orders_resolved=("all",))

    drift, pushed = STEPS[FaultClass.POSITION_DRIFT], STEPS[FaultClass.ILLEGAL_TRANSITION]
    report = run(WORKFLOW, steps={LOST, MIXED, drift, pushed}, execution=Boasting)
    assert {LOST, MIXED, drift} <= set(failed(report))
    assert evidence(report, LOST)["score"] == 0
    assert evidence(report, drift)["score"] == 0
    # fills that the venue pushes need no reconciliation, and the engine gets credit for exactly those
    assert evidence(report, pushed)["score"] == 1


def test_an_engine_that_counts_a_repeated_fill_twice_fails_that_class_alone(run, failed, evidence):
    report = run(WORKFLOW, execution=engines.CountsEveryDelivery)
    assert TWICE in failed(report)
    assert set(failed(report)) <= {TWICE, MIXED}  # in the mixed run a restart that comes later may wash it away
    assert evidence(report, TWICE)["score"] == 0
    assert evidence(report, LOST)["score"] == 1


def test_an_unknown_order_sent_again_is_not_recovered(run, failed, small_engine):
    class Impatient(small_engine):
        def submit(self, intent):
            super().submit(intent)
            if self.orders[intent.client_order_id].status == "unknown":
                super().submit(intent)

    assert LATE in failed(run(WORKFLOW, steps={LATE}, execution=Impatient))


def test_an_order_denied_without_a_reason_to_is_a_false_trip(run, failed, small_engine):
    class Nervous(small_engine):
        @hookimpl
        def place_order(self, **order):
            if len(self.orders) == 9:
                self.halt("to be sure")
                try:
                    return super().place_order(**order)
                finally:
                    self.resume()
            return super().place_order(**order)

    assert "denied though nothing had gone wrong yet" in str(failed(run(WORKFLOW, execution=Nervous)))


@pytest.mark.parametrize("error", [RuntimeError("boom"), SystemExit(0)])
def test_a_reconciliation_that_raises_fails_and_leaves_the_evidence(run, failed, evidence, small_engine, error):
    class Raising(small_engine):
        @hookimpl
        def reconcile(self):
            raise error

    report = run(WORKFLOW, steps={LOST}, execution=Raising)
    assert LOST in failed(report)
    refused = evidence(report, LOST)["calls_refused"]
    assert any("reconcile() raised" in each for each in refused)
    assert evidence(report, LOST)["score"] < 1


def test_a_story_that_cannot_be_read_scores_nothing(run, failed, evidence, small_engine):
    class Silent(small_engine):
        @hookimpl
        def get_fills(self):
            return None

    report = run(WORKFLOW, execution=Silent)
    assert set(failed(report)) == set(EVERY)
    assert evidence(report, MIXED)["recovered"] == 0
    assert "its story cannot be read" in failed(report)[MIXED]


def test_faults_that_leave_other_orders_wrong_fail_though_each_is_recovered(run, failed, small_engine):
    class Untidy(small_engine):
        @hookimpl
        def get_account(self):
            return attrs.evolve(super().get_account(), fees=super().get_account().fees + 1)

    found = failed(run(WORKFLOW, steps={TWICE}, execution=Untidy))
    assert "every fault is recovered, but" in found[TWICE]


def test_who_offers_no_order_for_a_day_recovers_every_other_fault(run, sound, not_passed, evidence, small_engine):
    report = run(WORKFLOW, execution=engines.OffersNoDay)
    assert not_passed(report) == {}
    found = evidence(report, STEPS[FaultClass.STATUS_VOCABULARY])
    assert found["for_a_day"].startswith("not offered: place_order(time_in_force=day) was refused")
    assert found["planned"] == found["injected"] == len(cases_of(FaultClass.STATUS_VOCABULARY)) - 1
    assert "for_a_day" not in evidence(sound(WORKFLOW, execution=small_engine, seed=0), MIXED)
