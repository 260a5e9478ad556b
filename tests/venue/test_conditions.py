"""A link that is late, one that stays down, and a clock that is set: data, drawn from a seed, counted in calls."""

from itertools import islice

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from allause.exceptions import VenueUnknownError
from allause.models import Fill
from allause.venue import (
    LATENCY,
    ClockStep,
    FaultScript,
    FaultySession,
    FillsLostOnDisconnect,
    InProcessSession,
    Latency,
    Venue,
)

SHARE = st.sampled_from([0.0, 0.25, 0.5, 1.0])
LATENCIES = st.builds(Latency, late=SHARE, longer=SHARE, most=st.integers(1, 6))


def opened():
    venue = Venue(seed=1)
    venue.quote("AAA", 99, 101, 1_000, 1_000, ts=1)
    return venue


@given(latency=LATENCIES, seed=st.integers(0, 2**32))
def test_a_latency_is_the_same_for_a_seed_and_within_its_bounds(latency, seed):
    drawn = list(islice(latency.drawn(seed), 200))
    assert drawn == list(islice(latency.drawn(seed), 200))
    assert set(drawn) <= set(range(latency.most + 1))
    assert (latency.late == 0) <= (set(drawn) == {0})
    assert (latency.late == 1) <= (0 not in drawn)
    assert (latency.late == latency.longer == 1) <= (set(drawn) == {latency.most})


def test_the_shares_of_a_latency_are_those_it_names():
    drawn = list(islice(Latency(late=0.4, longer=0.5, most=50).drawn(3), 20_000))
    late = [calls for calls in drawn if calls]
    assert abs(len(late) / len(drawn) - 0.4) < 0.02
    assert abs(sum(late) / len(late) - 2) < 0.1  # a geometric tail: 1 / (1 - longer)


def test_another_seed_gives_other_latencies():
    assert list(islice(LATENCY.drawn(1), 50)) != list(islice(LATENCY.drawn(2), 50))


@pytest.mark.parametrize("values", [{"late": 1.5}, {"late": -0.1}, {"longer": 2.0}, {"most": 0}])
def test_a_latency_out_of_bounds_is_refused(values):
    with pytest.raises(ValueError, match=next(iter(values))):
        Latency(**values)


def heard(latency, seed, orders, order, session_of=FaultySession):
    """Place orders that trade at once, polling in between; return their names and, by name, when each was heard of."""
    script = FaultScript(faults=(), seed=seed, latency=latency)
    venue = opened()
    session, calls, found = session_of(InProcessSession(venue), script), 0, []
    for number in range(orders):
        session.submit(order("buy 1", f"o{number}"))
        calls += 2
        found += [(event.client_order_id, calls) for event in session.poll()]
    session.settle()
    found += [(event.client_order_id, calls) for event in session.poll()]
    return found


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])  # it has no state
@given(latency=LATENCIES, seed=st.integers(0, 2**32))
def test_late_events_come_each_once_in_order_and_late_by_what_was_drawn(order, latency, seed):
    found = heard(latency, seed, 12, order)
    assert [name for name, _ in found] == [f"o{number}" for number in range(12)]
    due, wanted = 0, []
    for number, calls in enumerate(islice(latency.drawn(seed), 12)):
        due = max(due, 2 * number + 1 + calls)  # it happens in the order's call
        wanted.append(min(24, due + due % 2))  # heard of in the next poll; all that is left, when all settles
    assert [calls for _, calls in found] == wanted


class Overtaking(FaultySession):
    """Broken: let what is quick overtake what is slow."""

    def _receive(self):
        super()._receive()
        self._under_way = type(self._under_way)(sorted(self._under_way, key=lambda item: -item[0]))


def test_events_that_overtake_each_other_would_be_found(order):
    latency = Latency(late=0.9, longer=0.9, most=6)
    assert heard(latency, 3, 12, order) != heard(latency, 3, 12, order, Overtaking)


CALLS = st.lists(st.sampled_from(["poll", "query", "submit", "reconnect"]), max_size=12)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])  # it has no state
@given(down=st.integers(0, 8), calls=CALLS)
def test_a_cut_link_opens_with_the_first_attempt_after_its_calls_and_never_before(order, down, calls):
    fault = FillsLostOnDisconnect(order_index=0, calls_down=down)
    session = FaultySession(InProcessSession(opened()), FaultScript(faults=(fault,)))
    session.submit(order("buy 5", "a"))
    is_open = False
    for number, call in enumerate(calls, start=1):
        attempt = {
            "poll": session.poll,
            "query": lambda: session.query("a"),
            "submit": lambda: session.submit(order("buy 1")),
            "reconnect": session.reconnect,
        }[call]
        is_open = is_open or (call == "reconnect" and number > down)
        if is_open:
            attempt()
        else:
            with pytest.raises(VenueUnknownError, match="down"):
                attempt()


def test_a_cut_link_can_be_opened_when_all_is_mended_and_stays_cut_until_then(order):
    fault = FillsLostOnDisconnect(order_index=0, calls_down=99)
    session = FaultySession(InProcessSession(opened()), FaultScript(faults=(fault,)))
    session.submit(order("buy 5", "a"))
    session.mend()
    with pytest.raises(VenueUnknownError):
        session.query("a")
    session.reconnect()
    assert session.query("a").filled_qty == 5
    assert not [event for event in session.poll() if isinstance(event, Fill)]


@given(seed=st.integers(0, 2**32), count=st.integers(0, 20))
def test_steps_of_a_clock_are_the_same_for_a_seed_and_last(seed, count):
    steps = ClockStep.drawn(seed, count)
    assert steps == ClockStep.drawn(seed, count)
    assert len(steps) == count
    assert all(1 <= step.readings <= 24 and abs(step.seconds) <= 86_400 for step in steps)


def test_clocks_are_set_forward_and_back_and_right():
    seconds = {step.seconds for step in ClockStep.drawn(1, 200)}
    assert {-86_400.0, -3_600.0, -0.5, 0.0, 0.5, 3_600.0, 86_400.0} == seconds


def test_a_step_that_lasts_for_no_reading_is_refused():
    with pytest.raises(ValueError, match="readings"):
        attrs.evolve(ClockStep(seconds=1.0, readings=1), readings=0)
