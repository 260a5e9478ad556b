import attrs
import pytest

from allause.exceptions import UsageError
from allause_optimizer.search import Search, contradictions


def run(target, **changes):
    options = {"orders": 100, "seed": 5, "repetitions": 3, "max_trials": 60}
    return Search(target, **options | changes).run()


def test_the_best_of_several_settings_is_found(table):
    report = run(table({"a": (1.0, 2.0, 3.0), "b": (1.0, 4.0)}, lambda s: {1: 10, 2: 30, 3: 20}[s["a"]] * s["b"]))
    assert (report.kept, report.improvement, report.conclusive) == ({"a": 2.0, "b": 4.0}, 12.0, True)
    assert contradictions(report) == []


def test_a_setting_that_helps_only_together_with_another_is_found_in_the_second_sweep(table):
    report = run(table({"a": (1.0, 2.0), "b": (1.0, 2.0)}, lambda s: 10 + s["b"] + 5 * (s["a"] * s["b"] == 4)))
    assert report.kept == {"a": 2.0, "b": 2.0}


def test_the_settings_in_force_are_kept_when_nothing_is_better(table):
    report = run(table({"a": (1.0, 2.0)}, lambda s: 10 / s["a"]))
    assert (report.kept, report.improvement, report.conclusive) == ({"a": 1.0}, 1.0, True)
    assert report.before is report.after


def test_a_faster_setting_with_errors_is_not_chosen(table):
    report = run(table({"a": (1.0, 2.0)}, lambda s: 10 * s["a"], errors=lambda s: 1 if s["a"] == 2 else 0))
    assert (report.kept, report.after.error_rate) == ({"a": 1.0}, 0.0)


def test_a_winner_that_was_only_lucky_is_not_kept(table):
    speeds = iter([10, 20, 20, 10, 10, 20, 10, 5, 5, 10, 10, 5])
    report = run(table({"a": (1.0, 2.0)}, lambda s: next(speeds)))
    assert (report.kept, report.improvement) == ({"a": 1.0}, 1.0)
    assert report.after is report.before


def test_a_winner_that_lost_one_repetition_is_kept_and_not_conclusive(table):
    speeds = iter([10, 20, 20, 10, 10, 20, 10, 20, 5, 10, 10, 20])
    report = run(table({"a": (1.0, 2.0)}, lambda s: next(speeds)))
    assert (report.kept, report.conclusive) == ({"a": 2.0}, False)


def test_the_figures_come_from_the_last_comparison(table):
    speeds = iter([10, 90, 90, 10, 10, 90, 10, 20, 20, 10, 10, 20])
    report = run(table({"a": (1.0, 2.0)}, lambda s: next(speeds)))
    assert (report.before.orders_per_second, report.after.orders_per_second, report.improvement) == (10, 20, 2.0)
    assert {id(report.before), id(report.after)} <= {id(trial) for trial in report.trials[6:]}


def test_every_trial_is_in_the_report_in_order(table):
    target = table({"a": (1.0, 2.0)}, lambda s: s["a"])
    report = run(target)
    assert [trial.settings for trial in report.trials] == [settings for settings, _, _ in target.asked]


def test_each_repetition_has_its_own_seed_shared_by_both_sides(table):
    target = table({"a": (1.0, 2.0)}, lambda s: s["a"])
    run(target, orders=7)
    assert {orders for _, orders, _ in target.asked} == {7}
    assert [seed for _, _, seed in target.asked][:6] == [5, 5, 6, 6, 7, 7]


@pytest.mark.parametrize("limit", [12, 13, 20, 36])
def test_no_more_trials_are_run_than_allowed(table, limit):
    target = table({"a": tuple(map(float, range(1, 9))), "b": (1.0, 2.0)}, lambda s: s["a"] * s["b"])
    report = run(target, max_trials=limit)
    assert len(target.asked) == len(report.trials) <= limit


def test_a_target_without_settings_is_measured_and_left_as_it_is(table):
    report = run(table({}, lambda s: 10))
    assert (report.kept, report.improvement, report.conclusive, len(report.trials)) == ({}, 1.0, False, 3)


def test_a_target_that_places_nothing_is_an_error(table):
    with pytest.raises(UsageError, match="none of the 100 orders was acknowledged"):
        run(table({"a": (1.0, 2.0)}, lambda s: 0))


def test_an_error_of_the_target_reaches_the_caller(table):
    def fail(settings):
        raise RuntimeError("no disk")

    with pytest.raises(RuntimeError, match="no disk"):
        run(table({"a": (1.0, 2.0)}, fail))


def test_grouping_real_fsyncs_is_found_to_be_better(fsyncing):
    report = run(fsyncing(1.0), orders=64)
    assert report.kept == {"group": 32.0}
    assert report.after.orders_per_second > report.before.orders_per_second


def test_grouping_real_fsyncs_is_kept_when_it_is_in_force(fsyncing):
    assert run(fsyncing(32.0), orders=64).kept == {"group": 32.0}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"improvement": 3.0}, "improvement is given as 3.0"),
        ({"kept": {"a": 9.0}}, "kept"),
        ({"trials": ()}, "before is none of the trials"),
    ],
    ids=str,
)
def test_a_report_that_does_not_follow_from_its_trials_is_noticed(table, change, told):
    report = run(table({"a": (1.0, 2.0)}, lambda s: s["a"]))
    assert told in contradictions(attrs.evolve(report, **change))[0]
