"""Fault scripts and the table of cases."""

import re
from random import Random

import pytest

from allause.venue import (
    CASES,
    INCIDENTS,
    DuplicateFill,
    FaultClass,
    FaultScript,
    FillsLostOnDisconnect,
    SubmitTimeoutFillsLater,
    cases_of,
)
from allause.venue.injectors import INJECTORS

NINE = len(FaultClass)


def test_same_seed_draws_the_same_script():
    assert FaultScript.drawn(seed=5, orders=40, each=3) == FaultScript.drawn(seed=5, orders=40, each=3)


def test_another_seed_draws_another_script():
    assert FaultScript.drawn(seed=5, orders=40) != FaultScript.drawn(seed=6, orders=40)


@pytest.mark.parametrize("seed", range(5))
def test_drawn_script_has_each_class_alike_and_no_two_faults_for_one_order(seed):
    faults = FaultScript.drawn(seed=seed, orders=24, each=2).faults
    assert sorted(fault.fault_class for fault in faults) == sorted([*FaultClass] * 2)
    assert len({fault.order_index for fault in faults}) == 2 * NINE


def test_too_few_orders_are_refused_with_the_number_needed():
    with pytest.raises(ValueError, match="9 faults need at least 12 orders, got 3"):
        FaultScript.drawn(seed=0, orders=3)


def test_only_the_classes_asked_for_are_drawn():
    faults = FaultScript.drawn(seed=0, orders=20, each=4, classes=[FaultClass.CANCEL_RACE]).faults
    assert {fault.fault_class for fault in faults} == {FaultClass.CANCEL_RACE}
    assert len({(type(fault), fault.race) for fault in faults}) == 4


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
