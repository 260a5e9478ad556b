"""The grade follows from the rubric, and what was not measured cannot help."""

import itertools

import pytest

from allause_analytics import LETTERS, RUBRIC

RETURNS = [0.01, 0.012] * 20
BEST = {criterion.name: criterion.full_at for criterion in RUBRIC if not criterion.figure}
ORDER = [letter for letter, _ in LETTERS]


def grade_of(engine, measurements, returns=RETURNS):
    return engine.analyze_performance(returns=returns, measurements=measurements).grade


def test_the_weights_add_up_to_one_hundred():
    assert sum(criterion.weight for criterion in RUBRIC) == 100


def test_all_that_is_best_is_an_a_plus(engine):
    grade = grade_of(engine, BEST)
    assert (grade.letter, grade.score, grade.missing, grade.capped_by) == ("A+", 100.0, (), ())


def test_nothing_measured_is_an_f_that_lists_all_criteria(engine):
    grade = engine.analyze_performance().grade
    assert (grade.letter, grade.score) == ("F", 0.0)
    assert grade.missing == tuple(criterion.name for criterion in RUBRIC)


@pytest.mark.parametrize(
    ("name", "letter", "score"),
    [
        ("error_rate", "D", 80.0),
        ("recovery_rate", "C", 80.0),
        ("order_latency_p99_seconds", "B", 85.0),
        ("market_data_events_per_second", "B", 90.0),
    ],
)
def test_a_missing_measurement_earns_nothing_and_caps_the_letter(engine, name, letter, score):
    grade = grade_of(engine, {other: value for other, value in BEST.items() if other != name})
    assert (grade.letter, grade.score, grade.missing) == (letter, score, (name,))
    # 85 points earn a B already, so that the cap at B lowers nothing
    assert grade.capped_by == (() if name == "order_latency_p99_seconds" else (name,))


def test_a_figure_that_is_undefined_is_missing(engine):
    grade = grade_of(engine, BEST, returns=[0.01] * 40)
    assert (grade.missing, grade.letter) == (("sharpe_ratio",), "B-")


def test_leaving_a_measurement_out_never_raises_letter_or_score(engine):
    middling = {c.name: (c.none_at + c.full_at) / 2 for c in RUBRIC if not c.figure}
    for size in range(len(middling) + 1):
        for kept in itertools.combinations(middling, size):
            fewer = grade_of(engine, {name: middling[name] for name in kept})
            for name in kept:
                fewest = grade_of(engine, {other: middling[other] for other in kept if other != name})
                assert fewest.score <= fewer.score
                assert ORDER.index(fewest.letter) >= ORDER.index(fewer.letter)


@pytest.mark.parametrize("criterion", RUBRIC, ids=lambda criterion: criterion.name)
def test_points_grow_in_a_straight_line_and_stay_within_the_weight(criterion):
    middle = (criterion.none_at + criterion.full_at) / 2
    beyond = criterion.full_at + (criterion.full_at - criterion.none_at)
    below = criterion.none_at - (criterion.full_at - criterion.none_at)
    points = [criterion.points(value) for value in (below, criterion.none_at, middle, criterion.full_at, beyond, None)]
    weight = criterion.weight
    assert points == pytest.approx([0.0, 0.0, weight / 2, weight, weight, 0.0])


def test_each_criterion_has_a_line_with_weight_value_and_points(engine):
    grade = grade_of(engine, {"error_rate": 0.005})
    assert len(grade.criteria) == len(RUBRIC)
    assert "error_rate: weight 20, measured 0.005 ratio, 10.0 points" in grade.criteria
    assert "recovery_rate: weight 20, not measured, letter at most C, 0.0 points" in grade.criteria


@pytest.mark.parametrize(
    ("measurements", "words"),
    [
        ({"eror_rate": 0.0}, "'eror_rate' is not in the rubric: did you mean 'error_rate'"),
        ({"sharpe_ratio": 3.0}, "not in the rubric"),
        ({"error_rate": float("nan")}, r"measurements.error_rate: expected a finite number, at least 0 and at most 1"),
        ({"error_rate": -0.1}, "at least 0"),
        ({"recovery_rate": 1.1}, "at most 1, got 1.1"),
        ({"recovery_rate": True}, "expected a finite number"),
        ({"order_latency_p99_seconds": "fast"}, "expected a finite number, at least 0, got 'fast'"),
    ],
)
def test_an_impossible_measurement_is_refused(engine, measurements, words):
    with pytest.raises(ValueError, match=words):
        engine.analyze_performance(measurements=measurements)
