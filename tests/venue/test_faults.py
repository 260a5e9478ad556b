"""The table of cases, and the parameters of the faults that they make."""

import re
from random import Random

import pytest

from allause.venue import (
    CASES,
    INCIDENTS,
    DuplicateFill,
    FaultClass,
    FillsLostOnDisconnect,
    RateLimited,
    SessionClosed,
    SubmitTimeoutFillsLater,
    cases_of,
)
from allause.venue.injectors import INJECTORS

NINE = len(FaultClass)


@pytest.mark.parametrize("kind", [DuplicateFill, FillsLostOnDisconnect, SubmitTimeoutFillsLater])
def test_negative_order_index_is_refused(kind):
    with pytest.raises(ValueError, match="order_index"):
        kind(order_index=-1)


def test_there_are_nine_classes_each_with_cases_and_incidents():
    assert NINE == 9
    for fault_class in FaultClass:
        assert cases_of(fault_class)
        assert all(re.fullmatch(r"\S+ \d+", incident) for incident in INCIDENTS[fault_class])


def test_every_case_has_its_own_name_and_makes_a_fault_of_its_class_that_has_an_injector():
    assert len({case.name for case in CASES}) == len(CASES)
    for case in CASES:
        fault = case.make(Random(1), 7)
        assert (fault.fault_class, fault.order_index) == (case.fault_class, 7)
        assert type(fault) in INJECTORS
        assert case.incidents == INCIDENTS[case.fault_class]


def test_every_injector_is_used_by_a_case():
    assert {type(case.make(Random(1), 0)) for case in CASES} == set(INJECTORS)


LASTING = {
    "cut-inside-a-burst": ("calls_down", {0, 1, 2, 4}),
    "fill-before-the-acknowledgement": ("calls_late", set(range(1, 7))),
    "timed-out-then-filled": ("calls_later", {1, 2, 3}),
    "answer-garbled": ("calls_later", {1, 2, 3}),
    "throttled": ("refuses", {1, 2, 3}),
    "expired-at-the-close": ("refuses", {1, 2, 3}),
}


@pytest.mark.parametrize(("name", "lasts"), LASTING.items(), ids=LASTING)
def test_how_long_a_case_lasts_is_drawn(name, lasts):
    parameter, lengths = lasts
    case = next(case for case in CASES if case.name == name)
    assert {getattr(case.make(Random(seed), 0), parameter) for seed in range(100)} == lengths


@pytest.mark.parametrize(
    ("kind", "parameter"),
    [
        (FillsLostOnDisconnect, "calls_down"),
        (SessionClosed, "refuses"),
        (RateLimited, "messages"),
        (RateLimited, "refuses"),
    ],
)
def test_a_length_below_nothing_is_refused(kind, parameter):
    with pytest.raises(ValueError, match=parameter):
        kind(order_index=0, **{parameter: -1})
