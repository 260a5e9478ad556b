"""Orders of every sort: what arrives otherwise, or does otherwise than its words say, fails the step of its sort."""

from decimal import Decimal

import attrs
import pytest
import small_engine as engines

from allause.exceptions import OrderDeniedError, VenueError
from allause.hookspecs import hookimpl
from allause.models import OrderStatus, OrderType, TimeInForce
from allause.workflows import find

WORKFLOW = "trading_execution"
SORTS = {
    "replace": "replace",
    "stop limit": "order_type=stop_limit, stop_price=",
    "immediate or cancel": "time_in_force=ioc",
    "fill or kill": "time_in_force=fok",
    "post-only": "post_only=True",
    "reduce-only": "reduce_only=True",
    "slices": "parent_id=",
}


@pytest.fixture
def steps(run):
    """Run the steps of each sort, and the last one, and return their results by name."""

    def steps(execution=None, **arguments):
        planned = find(WORKFLOW)
        kept = {"read market", "fill at once", "equal the venue's log", *SORTS}
        chosen = tuple(step for step in planned.steps if step.name in kept)
        replaced = {} if execution is None else {"execution": execution}
        report = run(attrs.evolve(planned, steps=chosen), **replaced, **arguments)
        return {step.name: step for step in report.steps}

    return steps


class Slicing(engines.SmallEngine):
    """Offer slices, and refuse and halt when they exceed their parent."""

    def __init__(self, config=None):
        super().__init__()
        self.parents = {}

    @hookimpl
    def place_order(self, parent_id=None, parent_quantity=None, **order):
        if parent_id is not None and order["client_order_id"] not in self.orders:
            placed = self.parents.get(parent_id, Decimal(0)) + order["quantity"]
            self.keep_below(placed, parent_quantity)
            self.parents[parent_id] = placed
        self.slice = {"parent_id": parent_id, "parent_quantity": parent_quantity}
        return super().place_order(**order)

    def intent(self, *order, **flags):
        return super().intent(*order, **flags, **getattr(self, "slice", {}))

    def keep_below(self, placed, parent):
        if placed > parent:
            self.halt("slices above their parent")
            raise OrderDeniedError(f"{placed} of {parent}", "runaway")


@pytest.mark.parametrize("seed", range(4))
def test_the_real_engine_offers_every_sort(steps, seed):
    found = steps(seed=seed)
    assert {name: step.message for name, step in found.items() if step.status != "passed"} == {}


@pytest.mark.parametrize("seed", range(4))
def test_a_small_honest_engine_with_slices_passes_every_step(steps, seed):
    found = steps(Slicing, seed=seed)
    assert {name: step.message for name, step in found.items() if step.status != "passed"} == {}


def test_what_is_not_offered_is_said_and_neither_fails_nor_passes(steps):
    class Narrow(engines.SmallEngine):
        def check(self, intent):
            special = intent.post_only or intent.reduce_only or intent.order_type is OrderType.STOP_LIMIT
            if special or intent.time_in_force in {TimeInForce.IOC, TimeInForce.FOK}:
                raise OrderDeniedError("not offered here", "not_offered")

    found = steps(Narrow)
    open_ = {name: step.message for name, step in found.items() if step.status == "not_applicable"}
    assert set(open_) == set(SORTS) - {"replace"}
    assert all(f"not offered: place_order({SORTS[name]}" in message for name, message in open_.items())
    assert {step.status for step in found.values()} == {"passed", "not_applicable"}


def sending(change):
    """Return a small engine that sends another order than it is asked for."""

    class Altering(Slicing):
        def submit(self, intent):
            super().submit(change(intent))

    return Altering


def without(intent, **words):
    """Return an intent in which words that it has are replaced."""
    return attrs.evolve(intent, **{name: to for name, (old, to) in words.items() if getattr(intent, name) == old})


ALTERED = {
    "the limit of a stop limit": ("stop limit", lambda i: i if i.price is None or i.stop_price is None else
                                  attrs.evolve(i, price=i.price + Decimal("1e-9"))),
    "a stop limit as a stop": ("stop limit", lambda i: i if i.order_type is not OrderType.STOP_LIMIT else
                               attrs.evolve(i, order_type=OrderType.STOP, price=None)),
    "a stop limit as a limit": ("stop limit", lambda i: i if i.order_type is not OrderType.STOP_LIMIT else
                                attrs.evolve(i, order_type=OrderType.LIMIT, stop_price=None)),
    "another stop price": ("stop limit", lambda i: i if i.price is None or i.stop_price is None else
                           attrs.evolve(i, stop_price=i.stop_price + Decimal("1e-9"))),
    "ioc as day": ("immediate or cancel", lambda i: without(i, time_in_force=(TimeInForce.IOC, TimeInForce.DAY))),
    "fok as ioc": ("fill or kill", lambda i: without(i, time_in_force=(TimeInForce.FOK, TimeInForce.IOC))),
    "no post-only": ("post-only", lambda i: without(i, post_only=(True, False))),
    "no reduce-only": ("reduce-only", lambda i: without(i, reduce_only=(True, False))),
    "half a slice": ("slices", lambda i: i if i.parent_id is None else attrs.evolve(i, quantity=i.quantity - 1)),
}  # fmt: skip # one row a defect


@pytest.mark.parametrize(("name", "change"), ALTERED.values(), ids=ALTERED)
def test_an_order_that_arrives_otherwise_fails_the_step_of_its_sort_and_the_last(steps, name, change):
    found = steps(sending(change))
    failed = [each for each, step in found.items() if step.status == "failed"]
    assert failed[0] == name
    assert failed[-1] == "equal the venue's log"
    assert "was asked for with" in found[name].message
    assert "the venue received" in found["equal the venue's log"].message


def test_an_order_that_the_component_cannot_follow_to_its_end_fails(steps):
    class Deaf(Slicing):
        def told(self, order):
            if order.status not in {OrderStatus.TRIGGERED, OrderStatus.CANCELED}:
                super().told(order)

    found = steps(Deaf)
    for name in ("stop limit", "immediate or cancel", "fill or kill"):
        assert "the component says" in found[name].message


def test_a_refusal_of_the_venue_that_is_told_as_working_fails(steps):
    class Sure(Slicing):
        def submit(self, intent):
            super().submit(intent)
            if self.orders[intent.client_order_id].status is OrderStatus.REJECTED:
                self.change(intent.client_order_id, status=OrderStatus.ACCEPTED)

    found = steps(Sure)
    for name in ("post-only", "reduce-only"):
        assert "the venue refused it, the component says accepted" in found[name].message


def test_slices_that_nobody_adds_up_fail(steps):
    class Endless(Slicing):
        def keep_below(self, placed, parent):
            pass

    assert "had to raise OrderDeniedError" in steps(Endless)["slices"].message


def test_a_slice_that_is_refused_and_sent_all_the_same_fails(steps):
    class Hasty(Slicing):
        def keep_below(self, placed, parent):
            if placed > parent:
                intent = next(iter(self.orders.values())).intent
                self.session.submit(attrs.evolve(intent, client_order_id="above"))
            super().keep_below(placed, parent)

    assert "above their parent's 5, and 1 orders left" in steps(Hasty)["slices"].message


def replacing(change):
    """Return a small engine that asks for other terms than it is asked for, and tells what it was asked for."""

    class Replacing(Slicing):
        def replace(self, name, quantity, price, stop_price):
            try:
                self.session.replace(name, *change(self.orders[name].intent, quantity, price, stop_price))
            except VenueError:
                return
            self.change(name, quantity=quantity, price=price, stop_price=stop_price)

    return Replacing


REPLACED = {
    "another price": lambda intent, q, p, s: (q, p and p + Decimal("1e-9"), s),
    "the price as it was": lambda intent, q, p, s: (q, intent.price, s),
    "the quantity as it was": lambda intent, q, p, s: (intent.quantity, p, s),
    "the stop price as it was": lambda intent, q, p, s: (q, p, intent.stop_price),
}


@pytest.mark.parametrize("change", REPLACED.values(), ids=REPLACED)
def test_a_replacement_by_other_terms_fails(steps, change):
    found = steps(replacing(change))
    assert "had to be" in found["replace"].message
    assert "the venue has" in found["replace"].message
    assert "which nobody asked for" in found["equal the venue's log"].message
