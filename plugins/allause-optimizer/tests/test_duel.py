import pytest

from allause_optimizer.duel import Duel, fight, typical


def duel(trial, before, after, errors=(0, 0)):
    return Duel(
        tuple(trial({}, speed, errors=errors[0]) for speed in before),
        tuple(trial({}, speed, errors=errors[1]) for speed in after),
    )


def test_both_sides_are_measured_in_turns_on_the_same_repetitions(trial):
    asked = []

    def measure(settings, repetition):
        asked.append((settings["x"], repetition))
        return trial(settings, 1.0)

    fight(measure, {"x": 1.0}, {"x": 2.0}, 3)
    assert asked == [(1, 0), (2, 0), (2, 1), (1, 1), (1, 2), (2, 2)]


def test_the_median_decides_and_not_the_best_run(trial):
    assert not duel(trial, [10, 10, 10], [9, 9, 100]).challenger_is_better


@pytest.mark.parametrize(("errors", "better"), [((0, 1), False), ((1, 1), True), ((1, 0), True)])
def test_more_errors_are_never_better(trial, errors, better):
    assert duel(trial, [10] * 3, [20] * 3, errors).challenger_is_better is better


def test_equal_speed_is_not_better(trial):
    assert not duel(trial, [10] * 3, [10] * 3).challenger_is_better


@pytest.mark.parametrize(
    ("before", "after", "one_sided"),
    [
        ([10, 10, 10], [20, 20, 20], True),
        ([10, 10, 10], [20, 20, 5], False),
        ([10, 10, 10], [5, 5, 5], True),
        ([10, 10, 10], [5, 5, 20], False),
    ],
    ids=str,
)
def test_a_duel_is_one_sided_when_the_better_one_led_every_time(trial, before, after, one_sided):
    assert duel(trial, before, after).one_sided is one_sided


def test_the_typical_trial_is_one_of_the_trials(trial):
    trials = tuple(trial({}, speed) for speed in (30, 10, 20))
    assert typical(trials) is trials[2]
