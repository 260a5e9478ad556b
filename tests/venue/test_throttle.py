"""How many messages pass in a second, against a naive count."""

from collections import deque

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allause.venue import InProcessSession, RateLimit, Refusal, RefusedError, Throttle

SPAN = 10


def passed(steps, messages, make=Throttle):
    """Return the times at which messages passed that came after these waits."""
    clock = [0]
    throttle = make(RateLimit(messages=messages, per_ns=SPAN), lambda: clock[0])
    times, refused = [], 0
    for wait in steps:
        clock[0] += wait
        full = throttle.is_full
        try:
            throttle.admit("it")
        except RefusedError:
            refused += 1
            assert full
        else:
            times.append(clock[0])
            assert not full
    assert throttle.refused == refused
    return times


def counted(steps, messages):
    """Return the same from a count of all that passed before."""
    now, times = 0, []
    for wait in steps:
        now += wait
        if sum(now - SPAN < time for time in times) < messages:
            times.append(now)
    return times


STEPS = st.lists(st.integers(0, SPAN + 2), max_size=60)


@settings(deadline=None)
@given(steps=STEPS, messages=st.integers(1, 5))
def test_what_passes_is_what_a_naive_count_lets_pass(steps, messages):
    assert passed(steps, messages) == counted(steps, messages)


class Tumbling(Throttle):
    """Broken: begin to count anew at every full span."""

    def _is_full(self, now):
        start = now // self.rate.per_ns * self.rate.per_ns
        self._passed = deque(time for time in self._passed if time >= start)
        return len(self._passed) >= self.rate.messages


class CountsTheRefused(Throttle):
    """Broken: what is refused holds up what comes later."""

    def admit(self, what):
        try:
            super().admit(what)
        except RefusedError:
            self._passed.append(self._now_ns())
            raise


@pytest.mark.parametrize("broken", [Tumbling, CountsTheRefused])
def test_a_count_that_is_wrong_is_found(broken):
    burst = [SPAN - 1, 0, 0, 1, 0, 0, SPAN - 2, 1, 1, 1]
    assert any(passed(burst, messages, broken) != counted(burst, messages) for messages in (1, 2, 3))


@pytest.mark.parametrize("values", [{"messages": 0}, {"messages": 1, "per_ns": 0}])
def test_a_limit_below_one_is_refused(values):
    with pytest.raises(ValueError, match="must be >= 1"):
        RateLimit(**values)


def test_a_venue_that_is_limited_refuses_with_a_reason_logs_it_and_goes_on_when_its_time_has_come(venue, order):
    session = InProcessSession(venue, rate=RateLimit(messages=2))
    for name in ("a", "b"):
        session.submit(order("buy 1 @ 90", name))
    venue.advance(venue.now_ns + 400_000_000)
    with pytest.raises(RefusedError, match=r"order 'c': 2 messages in 1 s are taken; the next in 0\.6 s") as refused:
        session.submit(order("buy 1 @ 90", "c"))
    assert refused.value.refusal is Refusal.RATE_LIMIT
    assert (venue.log[-1].client_order_id, venue.log[-1].refusal) == ("c", Refusal.RATE_LIMIT)
    assert (venue.orders_received, session.query("c")) == (3, None)
    venue.advance(venue.now_ns + 600_000_000)
    session.submit(order("buy 1 @ 90", "c"))


def test_other_sessions_are_not_limited_by_it(venue, order):
    limited, other = InProcessSession(venue, rate=RateLimit(messages=1)), InProcessSession(venue)
    limited.submit(order("buy 1 @ 90"))
    for _ in range(3):
        other.submit(order("buy 1 @ 90"))
