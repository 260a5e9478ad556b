from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

import attrs
import pytest

from allause.checks.annotations import Sort, misfit, mismatches
from allause.checks.times import DAY_NS, bad_times
from allause.models import (
    ArrowTable,
    Bar,
    MarketEvent,
    MetricSample,
    OptimizationMetrics,
    OrderReport,
    OrderStatus,
    Position,
    Quote,
)

NOW = 20_000 * DAY_NS
POSITION = {"symbol": "X", "quantity": Decimal(1), "avg_px": None, "realized_pnl": Decimal(0)}
QUOTE = {"symbol": "X", "ts_event": 1, "ts_init": 1, "bid": 1.0, "ask": 1.0, "bid_size": 1, "ask_size": 1}
SAMPLE = {"name": "a_total", "value": 1, "unit": "total", "ts": NOW, "labels": {"venue": "X"}}


def sorts(value, annotation):
    return [mismatch.sort for mismatch in mismatches(value, annotation)]


@pytest.mark.parametrize(
    ("value", "annotation", "expected"),
    [
        ([POSITION], Position, "Position"),
        (None, Position, "Position"),
        ({}, Position, ""),  # a field that is missing is another matter
        ({}, tuple[Position, ...], "a sequence of Position"),
        ([1], tuple[Position, ...], ""),
        ("ab", tuple[str, ...], "a sequence of str"),
        ({}, Iterable[MarketEvent], "a sequence of Bar or Trade or Quote"),
        ([], Mapping[str, float], "a mapping"),
        ([], ArrowTable, "a table (an object with __arrow_c_stream__)"),
        ({"close": [1.0]}, ArrowTable, "a table (an object with __arrow_c_stream__)"),
        (3, str, "str"),
        ("text", str, ""),
        (3, None, ""),  # nobody looks at it
        (3, Position | None, ""),
    ],
)
def test_an_answer_of_another_form_altogether_is_told_by_what_was_asked_for(value, annotation, expected):
    assert misfit(value, annotation) == expected


def test_a_table_is_one_where_one_was_asked_for_and_no_record():
    assert misfit({"close": [1.0]}, ArrowTable, table=True) == ""
    assert misfit({"symbol": ["X"]}, Position, table=True) == "Position"


@pytest.mark.parametrize(
    ("value", "annotation"),
    [
        (POSITION, Position),
        ({**POSITION, "avg_px": Decimal("1.5")}, Position),
        ([POSITION, POSITION], tuple[Position, ...]),
        ([], tuple[Position, ...]),
        (SAMPLE, MetricSample),
        ({"metrics": {"a": 1.0}}, OptimizationMetrics),
        ({}, OptimizationMetrics),
        (None, None),
        (None, int | None),
        (1, float),
        ("filled", OrderStatus),
        ([QUOTE], Iterable[Bar | Quote]),
        ({"x": [1.0]}, Mapping[str, Sequence[float]]),
    ],
)  # fmt: skip # one row a case
def test_an_answer_that_keeps_its_annotation_has_no_mismatch(value, annotation):
    assert sorts(value, annotation) == []


@pytest.mark.parametrize(
    ("value", "annotation", "sort"),
    [
        ({**POSITION, "quantity": 1.0}, Position, Sort.INEXACT),
        ({**POSITION, "quantity": "1"}, Position, Sort.DISGUISED),
        ({**POSITION, "quantity": True}, Position, Sort.DISGUISED),
        ({**POSITION, "quantity": 1}, Position, Sort.OTHER),
        ({**POSITION, "symbol": None}, Position, Sort.OTHER),
        ({**SAMPLE, "ts": 1.5e9}, MetricSample, Sort.TIMESTAMP),
        ({**SAMPLE, "value": "2.5"}, MetricSample, Sort.DISGUISED),
        ({**SAMPLE, "value": "much"}, MetricSample, Sort.OTHER),
        ({**SAMPLE, "labels": {"venue": 1}}, MetricSample, Sort.OTHER),
        ("done", OrderStatus, Sort.OTHER),
        ({}, Position, Sort.OTHER),
        ("text", Position, Sort.OTHER),
        ("text", tuple[Position, ...], Sort.OTHER),
        (1, None, Sort.OTHER),
        (1.5, int, Sort.OTHER),
    ],
)
def test_a_mismatch_says_how_a_value_differs(value, annotation, sort):
    assert set(sorts(value, annotation)) == {sort}


def test_a_mismatch_says_where():
    (mismatch,) = mismatches([POSITION, {**POSITION, "quantity": 0.5}], tuple[Position, ...])
    assert (mismatch.path, mismatch.expected, mismatch.found) == ("$[1].quantity", "Decimal", "float 0.5")


def test_a_choice_is_told_by_the_one_that_comes_nearest():
    bar = dict.fromkeys(("open", "high", "low", "close", "volume"), 1.0)
    (mismatch,) = mismatches({**bar, "symbol": 7, "ts_event": 1, "ts_init": 1}, Bar | Quote)
    assert mismatch.path == "$.symbol"


def test_every_field_of_the_contract_is_understood():
    @attrs.frozen
    class All:
        orders: tuple[OrderReport, ...] = ()

    assert sorts({"orders": [{"intent": {}, "status": "unknown"}]}, All) == [Sort.OTHER] * 7


@pytest.mark.parametrize(
    "value", [{"ts_init": NOW}, {"ts": 0}, {"since": None}, {"ts_event": NOW, "ts_init": NOW}, {"n": 5}]
)
def test_times_in_nanoseconds_are_no_problem(value):
    assert list(bad_times(value, "$", NOW + DAY_NS)) == []


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ({"ts_init": NOW // 10**9}, "too small"),
        ({"ts": NOW + 2 * DAY_NS}, "ahead of the host's clock"),
        ({"ts_event": [NOW, 1.5]}, "expected integer"),
        ({"since": "2020-01-01"}, "expected integer"),
        ([{"inner": {"ts_event": NOW, "ts_init": NOW - 1}}], "before ts_event"),
        ({"ts_init": NOW, "ts_last": NOW - DAY_NS}, "before ts_init"),
    ],
)
def test_a_time_that_cannot_be_is_told(value, problem):
    (told,) = bad_times(value, "$", NOW + DAY_NS)
    assert problem in told
