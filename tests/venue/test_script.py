"""Fault scripts: drawn from a seed, the same again and again."""

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allause.venue import CASES, CLOCK_STEPS, CONDITIONS, LATENCY, ClockStep, FaultClass, FaultScript, Latency
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


@settings(deadline=None)
@given(
    seed=st.integers(0, 2**32), each=st.integers(1, 6), classes=st.lists(st.sampled_from(FaultClass), unique=True),
    spare=st.integers(0, 20),
)  # fmt: skip # one script
def test_every_script_that_can_be_drawn_holds_its_laws(seed, each, classes, spare):
    wanted = each * len(classes)
    script = FaultScript.drawn(seed=seed, orders=-(-wanted * 4 // 3) + spare, each=each, classes=classes)
    assert script == FaultScript.drawn(seed=seed, orders=-(-wanted * 4 // 3) + spare, each=each, classes=classes)
    assert [fault.fault_class for fault in script.faults] == [each_ for each_ in classes for _ in range(each)]
    assert len({fault.order_index for fault in script.faults}) == wanted
    assert {type(fault) for fault in script.faults} <= set(INJECTORS)
    for fault_class in classes:
        own = [case for case in CASES if case.fault_class is fault_class]
        kinds = {(type(fault), _words(fault)) for fault in script.faults if fault.fault_class is fault_class}
        assert len(kinds) == min(each, len(own))  # each case in its turn


def _words(fault):
    """Return what tells the cases of one kind of fault apart: words and flags, no lengths."""
    values = attrs.asdict(fault).items()
    return tuple(
        (name, str(v)) for name, v in values if not isinstance(v, int) or isinstance(v, bool) if name != "reason"
    )


def test_a_script_by_hand_is_over_a_prompt_link_on_a_machine_that_is_left_alone():
    script = FaultScript(faults=())
    assert (script.latency, script.clock_steps, script.clock_offsets_s) == (Latency(), (), ())


def test_a_roughened_script_has_the_same_faults_and_conditions_of_its_seed():
    script = FaultScript.drawn(seed=5, orders=40, each=2)
    rough = script.roughened()
    assert attrs.evolve(rough, latency=script.latency, clock_steps=()) == script
    assert rough == script.roughened()
    assert rough.latency == LATENCY
    assert len(rough.clock_steps) == CLOCK_STEPS
    assert {name for condition in CONDITIONS for name in condition.makes(5)} == {"latency", "clock_steps"}
    assert rough.clock_steps != FaultScript.drawn(seed=6, orders=40, each=2).roughened().clock_steps


def test_each_step_of_the_clock_lasts_for_its_readings():
    steps = (ClockStep(seconds=0.5, readings=2), ClockStep(seconds=-3600.0, readings=1))
    assert FaultScript(faults=(), clock_steps=steps).clock_offsets_s == (0.5, 0.5, -3600.0)
