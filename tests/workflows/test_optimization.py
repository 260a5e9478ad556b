"""The optimization workflow: figures that the host did not measure are found out."""

import attrs
import pytest

from allause.hookspecs import hookimpl
from allause.models import OptimizationMetrics, OptimizationReport, TunableSetting

WORKFLOW = "optimization"


@pytest.fixture
def quick(plain_component):
    """Return an optimizer that tries the settings in force and the first other candidate, once each."""

    class Quick(plain_component):
        @hookimpl
        def optimize_trading_system(self, target=None, orders=None, seed=None):
            self.operations += 1
            in_force = {setting.name: setting.value for setting in target.settings}
            other = {setting.name: setting.candidates[-1] for setting in target.settings}
            trials = tuple(target.measure(each, orders=orders, seed=seed) for each in (in_force, other))
            best = max(trials, key=lambda trial: trial.orders_per_second)
            return self.told(
                OptimizationReport(
                    before=trials[0],
                    after=best,
                    kept=best.settings,
                    trials=trials,
                    improvement=best.orders_per_second / trials[0].orders_per_second,
                    conclusive=False,
                )
            )

        def told(self, report):
            return report

    return Quick


def test_a_small_honest_optimizer_passes(run, not_passed, evidence, quick, small_engine):
    report = run(WORKFLOW, optimizer=quick, execution=small_engine)
    assert not_passed(report) == {}
    assert evidence(report, "optimize")["trials_measured"] == 2
    again = evidence(report, "measure again")
    assert again["orders_sent"] == again["orders"]


@pytest.mark.parametrize(
    ("lie", "word"),
    [
        (lambda r: {"improvement": 9.0}, "improvement reported is 9.0"),
        (lambda r: {"after": attrs.evolve(r.after, orders_per_second=1e9)}, "never measured"),
        (lambda r: {"trials": (*r.trials, attrs.evolve(r.before, seconds=1.5))}, "never measured"),
        (lambda r: {"kept": {"orders_in_flight": 77.0}}, "kept are"),
        (lambda r: {"before": r.trials[1], "after": r.trials[1], "kept": r.trials[1].settings}, "in force are"),
        (lambda r: {"before": None}, "before had to be Trial"),
        (lambda r: {"improvement": "much"}, "improvement had to be float"),
    ],
)
def test_a_report_that_does_not_follow_from_the_trials_fails(run, failed, quick, small_engine, lie, word):
    class Lying(quick):
        def told(self, report):
            return attrs.evolve(report, **lie(report))

    found = failed(run(WORKFLOW, optimizer=Lying, execution=small_engine))
    assert set(found) == {"optimize"}
    assert word in found["optimize"]


def test_an_optimizer_that_measures_nothing_fails(run, failed, plain_component, small_engine):
    class Idle(plain_component):
        @hookimpl
        def optimize_trading_system(self, target=None, orders=None, seed=None):
            return {"improvement": 2.0}

    assert set(failed(run(WORKFLOW, optimizer=Idle, execution=small_engine))) == {"optimize"}


def test_a_setting_whose_value_is_no_candidate_fails(run, failed, quick, small_engine):
    class Odd(small_engine):
        @hookimpl
        def get_optimization_metrics(self):
            setting = TunableSetting(name="batch", value=3.0, candidates=(1.0, 2.0), unit="orders")
            return OptimizationMetrics(settings=(setting,))

    assert set(failed(run(WORKFLOW, optimizer=quick, execution=Odd))) == {"ask what may be changed"}


def test_orders_that_never_arrive_fail_when_they_are_measured(run, failed, quick, do_nothing):
    found = failed(run(WORKFLOW, optimizer=quick, execution=do_nothing))
    assert "0 arrived" in found["measure again"]


def test_an_engine_that_acknowledges_nothing_leaves_nothing_to_compare(run, failed, quick, small_engine):
    class Rejecting(small_engine):
        def submit(self, intent):
            self.change(intent.client_order_id, status="rejected")

    found = failed(run(WORKFLOW, optimizer=quick, execution=Rejecting))
    assert set(found) == {"optimize"}
