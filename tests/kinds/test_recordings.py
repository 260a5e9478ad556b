"""What is said of the counts and rows of one symbol that was fed."""

from math import nan
from random import Random

import pytest

from allause.kinds.dirt import CLEAN, DIRT, recording, truncated
from allause.kinds.recordings import Case
from allause.models import DefectCause, DoubtCause

ROWS = tuple({"symbol": "S", "ts_event": at, "ts_init": at, "price": 1.0, "size": nan} for at in range(5))
HARD = Case(name="zero", symbol="S", rows=ROWS, good=ROWS[:3], hurt=2, defects=frozenset({DefectCause.NEGATIVE_PRICE}))
SOFT = Case(name="late", symbol="S", rows=ROWS, good=ROWS, hurt=2, defects=frozenset({DefectCause.SUSPECT}),
            doubt=DoubtCause.LATE)  # fmt: skip # one row
SOUND = Case(name=CLEAN, symbol="S", rows=ROWS, good=ROWS)


@pytest.mark.parametrize(
    ("case", "defects", "flagged", "caught"),
    [
        (HARD, {"negative_price": 2}, {}, True),
        (HARD, {"negative_price": 1}, {}, False),
        (HARD, {"negative_price": 3}, {}, False),
        (HARD, {"suspect": 2}, {}, False),
        (HARD, {}, {"zero": 2}, False),
        (SOFT, {}, {"late": 1}, True),
        (SOFT, {"suspect": 1}, {"late": 1}, True),
        (SOFT, {"suspect": 2}, {"odd": 1}, True),
        (SOFT, {}, {"late": 3}, False),
        (SOFT, {}, {"stale": 1}, False),
        (SOFT, {}, {}, False),
        (SOUND, {"gap": 0}, {"late": 0}, True),
        (SOUND, {"gap": 1}, {}, False),
        (SOUND, {}, {"odd": 1}, False),
    ],
)
def test_what_was_put_in_is_caught_under_its_name_and_as_often(case, defects, flagged, caught):
    assert (case.missed(defects, flagged) == "") is caught
    assert caught or "S: " in case.missed(defects, flagged)


@pytest.mark.parametrize(
    ("counts", "found"),
    [
        ((5, 3, {"negative_price": 2, "gap": 4}, 3), ""),
        ((5, 3, {"disorder": 2}, 4), ""),
        ((4, 3, {"negative_price": 1}, 3), "5 rows of S were fed, 4 are counted"),
        ((5, 3, {"negative_price": 1}, 3), "3 good + 1 spoiled are not 5 rows"),
        ((5, 3, {"negative_price": 2}, 4), "3 good rows are counted, 4 are served"),
        ((5, 3, {"negative_price": 2}, 2), "3 good rows are counted, 2 are served"),
    ],
)
def test_rows_add_up_or_are_missed(counts, found):
    said = HARD.unaccounted(*counts)
    assert found in said
    assert bool(said) is bool(found)


def test_good_rows_are_served_each_in_its_place():
    assert HARD.wrongly_served(ROWS[:3]) == ""
    assert "2 rows are served; 3 are good" in HARD.wrongly_served(ROWS[:2])
    assert "4 rows are served; 3 are good" in HARD.wrongly_served(ROWS[:4])
    assert "the good row at its place" in HARD.wrongly_served([ROWS[1], ROWS[0], ROWS[2]])
    assert SOFT.wrongly_served(ROWS[:1]) == ""


@pytest.mark.parametrize("schema", DIRT)
def test_another_source_draws_other_rows_of_the_same_cases(schema):
    one, same, other = (recording(schema, Random(seed)) for seed in (1, 1, 2))
    assert one.csv() == same.csv() != other.csv()
    assert [case.name for case in one.cases] == [case.name for case in other.cases] == sorted([*DIRT[schema], CLEAN])
    assert list(one.symbols) == sorted(one.symbols)
    assert one.csv().count("\n") == 1 + sum(len(case.rows) for case in one.cases)
    certain = {case.name for case in recording(schema, Random(1), certain=True).cases}
    assert certain == {name for name, dirt in DIRT[schema].items() if dirt.certain} | {CLEAN}


def test_what_validate_feeds_is_what_no_honest_component_can_take_for_sound():
    certain = {schema: {name for name, dirt in each.items() if dirt.certain} for schema, each in DIRT.items()}
    unlikely = {
        "future", "late", "mixed_unit", "interleaved_unit", "ticker_reuse", "split", "spike", "large_move", "frozen",
        "precision_change", "locked_quote", "stale", "repeat",
    }  # fmt: skip # a list
    assert {name for each in DIRT.values() for name in each} - set().union(*certain.values()) == unlikely
    assert "clock_skew" in certain["bars"]
    assert {"one_sided", "silent_month"} <= certain["quotes"]
    assert {"zero_price", "silent_month"} <= certain["trades"]


@pytest.mark.parametrize("schema", DIRT)
def test_a_truncated_recording_breaks_off_after_the_times_of_its_last_row(schema):
    given = truncated(schema, Random(1))
    (case,) = given.cases
    *lines, last = given.csv().split("\n")
    assert len(lines) == len(case.rows)
    assert last == f"TRUNCATED,{case.rows[-1]['ts_event']},{case.rows[-1]['ts_init']}"
    assert case.good == case.rows[:-1]
