"""Fault scripts."""

import pytest

from allause.venue import INCIDENTS, DuplicateFill, FaultClass, FaultScript, FillsLostOnDisconnect


def test_same_seed_draws_the_same_script():
    assert FaultScript.drawn(seed=5, orders=40, each=3) == FaultScript.drawn(seed=5, orders=40, each=3)


def test_another_seed_draws_another_script():
    assert FaultScript.drawn(seed=5, orders=40) != FaultScript.drawn(seed=6, orders=40)


@pytest.mark.parametrize("seed", range(5))
def test_drawn_script_has_each_class_alike_and_no_two_faults_for_one_order(seed):
    faults = FaultScript.drawn(seed=seed, orders=8, each=2).faults
    assert sorted(fault.fault_class for fault in faults) == sorted([*FaultClass] * 2)
    assert len({fault.order_index for fault in faults}) == 6


def test_too_few_orders_are_refused_with_the_number_needed():
    with pytest.raises(ValueError, match="3 faults need at least 4 orders, got 3"):
        FaultScript.drawn(seed=0, orders=3)


def test_negative_order_index_is_refused():
    with pytest.raises(ValueError, match="order_index"):
        DuplicateFill(order_index=-1)


def test_every_fault_class_names_incidents_in_its_docstring():
    for fault in FaultScript.drawn(seed=0, orders=4).faults:
        assert all(incident in " ".join(type(fault).__doc__.split()) for incident in INCIDENTS[fault.fault_class])
    assert FillsLostOnDisconnect(order_index=0).fault_class is FaultClass.FILLS_LOST_ON_DISCONNECT
