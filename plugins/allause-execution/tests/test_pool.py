import asyncio
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from random import Random
from threading import Event

import pytest

from allause.exceptions import ConfigurationError, OrderDeniedError, VenueError, VenueUnknownError
from allause.models.orders import OrderStatus
from allause_execution import Config, TradingExecutionEngine
from allause_execution.sessions.breaker import Breaker

ORDER = {"symbol": "AAPL", "quantity": 1, "order_type": "limit", "price": 100}


class Shared:
    """One account behind several sessions, each with a wire of its own to cut."""

    def __init__(self, account):
        self.account = account
        self.sessions = []

    def connect(self):
        self.sessions.append(Wire(self.account))
        return self.sessions[-1]


class Wire:
    def __init__(self, account):
        self._account = account
        self.connected = True
        self.can_reconnect = True
        self.used = Counter()
        self.closed = False

    def reconnect(self):
        if not self.can_reconnect:
            raise VenueError("the session is gone")
        self.connected = True

    def close(self):
        self.closed = True

    def __getattr__(self, name):
        def call(*arguments):
            if not self.connected:
                raise VenueUnknownError("wire is cut")
            self.used[name] += 1
            return getattr(self._account, name)(*arguments)

        return call


@pytest.fixture
def shared(scripted):
    return Shared(scripted())


def test_an_instrument_keeps_its_session_and_the_instruments_share_them(shared, started):
    component = started(shared.connect(), connect=shared.connect, sessions=4)
    for symbol in "ABCDEFGHIJKLMNOP":
        for _ in range(3):
            component.place_order(**ORDER | {"symbol": symbol})
    submits = [wire.used["submit"] for wire in shared.sessions]
    assert len(submits) == 4
    assert all(count and count % 3 == 0 for count in submits)
    assert sum(submits) == 48


def test_one_session_is_used_unless_more_are_asked_for(shared, started):
    started(shared.connect(), connect=shared.connect)
    assert len(shared.sessions) == 1


def test_sessions_are_reused_and_the_figure_says_so(shared, started):
    component = started(shared.connect(), connect=shared.connect, sessions=2)
    for _ in range(500):
        component.place_order(**ORDER)
    details = component.get_performance_stats().details
    assert details["session_reuse"] == 1
    assert details["session_calls"] > 1000
    shared.sessions[0].connected = shared.sessions[1].connected = False
    component.get_fills()
    component.reconcile()
    assert 0.99 < component.get_performance_stats().details["session_reuse"] < 1


def test_sessions_opened_here_are_closed_and_the_hosts_is_not(shared, started):
    component = started(shared.connect(), connect=shared.connect, sessions=3)
    component.close()
    assert [wire.closed for wire in shared.sessions] == [False, True, True]


def raising(error):
    def call(*_arguments, **_named):
        raise error

    return call


def test_each_session_is_closed_although_another_cannot_be(shared, context):
    component = TradingExecutionEngine(Config(sessions=3))
    component.start(context=context(shared.connect(), connect=shared.connect))
    shared.sessions[1].close = raising(OSError("not connected"))
    with pytest.raises(OSError, match="not connected"):
        component.close()
    assert shared.sessions[2].closed


def test_a_start_that_cannot_open_all_sessions_closes_those_it_did(shared, started):
    def connect():
        if len(shared.sessions) == 3:
            raise ConnectionRefusedError("too many")
        return shared.connect()

    with pytest.raises(ConfigurationError, match=r"^sessions: expected 5, 3 could be opened: too many") as caught:
        started(shared.connect(), connect=connect, sessions=5)
    assert caught.value.path == "sessions"
    assert [wire.closed for wire in shared.sessions] == [False, True, True]
    started(shared.connect())  # the journal is free


def test_a_start_that_fails_later_closes_the_sessions_too(shared, started, monkeypatch):
    monkeypatch.setattr("allause_execution.opening._compare", raising(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        started(shared.connect(), connect=shared.connect, sessions=2)
    assert [wire.closed for wire in shared.sessions] == [False, True]


def test_a_session_in_place_of_a_lost_one_is_closed_at_the_end_and_the_lost_one_at_once(shared, started):
    component = started(shared.connect(), connect=shared.connect, sessions=2)
    for lost in (1, 2):
        shared.sessions[lost].connected = shared.sessions[lost].can_reconnect = False
        component.get_fills()
        component.reconcile()
        assert [wire.closed for wire in shared.sessions] == [False, *[True] * lost, False]
    component.close()
    assert [wire.closed for wire in shared.sessions] == [False, True, True, True]


def test_a_session_that_cannot_come_back_is_replaced(shared, started):
    component = started(shared.connect(), connect=shared.connect)
    component.place_order(**ORDER)
    shared.sessions[0].connected = shared.sessions[0].can_reconnect = False
    component.get_fills()
    assert component.reconcile().complete
    assert len(shared.sessions) == 2
    assert component.place_order(**ORDER).status is OrderStatus.ACCEPTED


def test_a_lost_link_is_opened_and_compared_before_the_next_order_leaves(scripted, started):
    session = scripted("timeout")
    component = started(session)
    component.place_order(**ORDER, client_order_id="a")
    session.connected = False
    assert component.place_order(**ORDER, client_order_id="b").status is OrderStatus.ACCEPTED
    assert component.get_order(client_order_id="a").status is OrderStatus.ACCEPTED
    assert (session.reconnects, len(session.submitted)) == (1, 2)


def dead_link_is_left_alone(scripted, started, clock):
    session = scripted()
    component = started(session, clock=clock, failures_to_open=3)
    component.place_order(**ORDER)
    session.connected = False
    tried = []
    session.reconnect = lambda: tried.append(clock.elapsed)
    assert component.place_order(**ORDER, client_order_id="lost").status is OrderStatus.UNKNOWN
    for _ in range(20):
        with pytest.raises(OrderDeniedError) as caught:
            component.place_order(**ORDER)
    assert caught.value.reason == "link_down"
    assert len(tried) < 5
    return session, component, tried


def test_a_link_that_fails_again_and_again_is_left_alone_and_no_order_is_lost_on_it(scripted, started, clock):
    session, component, tried = dead_link_is_left_alone(scripted, started, clock)
    clock.advance(61)
    before = len(tried)
    with pytest.raises(OrderDeniedError):
        component.place_order(**ORDER)
    assert len(tried) > before
    session.connected = True
    clock.advance(121)
    assert component.place_order(**ORDER).status is OrderStatus.ACCEPTED
    assert component.get_order(client_order_id="lost").status is OrderStatus.REJECTED
    assert len(session.submitted) == 2


def test_a_link_without_a_breaker_is_noticed(scripted, started, clock, monkeypatch):
    monkeypatch.setattr(Breaker, "is_open", property(lambda self: False))
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        dead_link_is_left_alone(scripted, started, clock)


def test_cancels_are_tried_on_a_link_that_is_left_alone(scripted, started, clock):
    session = scripted()
    component = started(session, clock=clock, failures_to_open=1)
    component.place_order(**ORDER, client_order_id="a")
    session.connected = False
    component.get_fills()
    session.connected = True
    assert component.cancel_order(client_order_id="a").status is OrderStatus.CANCELED


def test_the_other_sessions_take_over_the_instruments_of_a_dead_one(shared, started, clock):
    component = started(shared.connect(), connect=shared.connect, sessions=2, clock=clock, failures_to_open=1)
    symbols = "ABCDEFGH"
    shared.sessions[0].connected = shared.sessions[0].can_reconnect = False
    shared.connect = None
    component._engine.pool.links[0]._replace = None
    component.get_fills()
    for symbol in symbols:
        assert component.place_order(**ORDER | {"symbol": symbol}).status is OrderStatus.ACCEPTED
    assert shared.sessions[1].used["submit"] == len(symbols)


def test_a_session_is_sent_no_more_than_it_takes_in_a_second(scripted, started, clock):
    component = started(scripted(), clock=clock, messages_per_second=2)
    for _ in range(2):
        component.place_order(**ORDER)
    with pytest.raises(OrderDeniedError) as caught:
        component.place_order(**ORDER)
    assert caught.value.reason == "messages_per_second"
    clock.advance(1)
    assert component.place_order(**ORDER).status is OrderStatus.ACCEPTED


@pytest.fixture
def held_up(scripted):
    """A session that holds up the next order until it is let go."""
    session = scripted()
    session.came, session.let_go = Event(), Event()

    def wait(intent):
        session.came.set()
        assert session.let_go.wait(60)

    session.hold_up = lambda: setattr(session, "on_submit", wait)
    return session


def test_orders_that_waited_leave_no_faster_than_the_session_takes_them(held_up, started, clock):
    component = started(held_up, clock=clock, messages_per_second=3)
    component.place_order(**ORDER)
    clock.advance(1)
    held_up.hold_up()

    async def outcomes():
        first = [asyncio.create_task(component.aplace_order(**ORDER)) for _ in range(3)]
        await asyncio.to_thread(held_up.came.wait)
        clock.advance(1)
        second = [asyncio.create_task(component.aplace_order(**ORDER)) for _ in range(3)]
        await asyncio.sleep(0)  # they are let in
        held_up.let_go.set()
        return await asyncio.gather(*first, *second, return_exceptions=True)

    found = asyncio.run(outcomes())
    denied = [one.reason for one in found if isinstance(one, OrderDeniedError)]
    assert denied == ["messages_per_second"] * 2
    assert len(held_up.submitted) == 1 + 1 + 3  # in three seconds
    assert component.reconcile().complete
    assert len(component.get_open_orders()) == 5


def test_of_an_order_and_a_replacement_that_waited_one_leaves_in_a_second(held_up, started, clock, until):
    component = started(held_up, clock=clock, messages_per_second=1)
    component.place_order(**ORDER, client_order_id="o1")
    clock.advance(1)
    held_up.hold_up()
    orders = component._engine.state.orders

    def replace():
        return component._engine._amending.replace("o1", None, Decimal(99), None)  # which asks for no news first

    with ThreadPoolExecutor(3) as threads:
        asked = [threads.submit(component.place_order, **ORDER)]
        assert held_up.came.wait(60)
        clock.advance(1)
        asked.append(threads.submit(component.place_order, **ORDER, client_order_id="o2"))
        until(lambda: "o2" in orders)
        clock.advance(1)
        asked.append(threads.submit(replace))
        until(lambda: orders["o1"].status is OrderStatus.PENDING_REPLACE)
        held_up.let_go.set()
        denied = [error.reason for each in asked if (error := each.exception()) is not None]
    assert denied == ["messages_per_second"]
    assert component.reconcile().complete
    assert ("o2" in orders) is (component.get_order("o1").price is None)


def test_pauses_grow_are_bounded_and_differ(clock):
    def pauses(seed):
        breaker = Breaker(1, clock.monotonic_ns, Random(seed))
        lengths = []
        for _ in range(12):
            breaker.failed()
            lengths.append((breaker._until - clock.elapsed) / 1e9)
        return lengths

    one, other = pauses(1), pauses(2)
    assert one != other
    for lengths in (one, other):
        assert all(0.5 * 2**n <= length <= 2**n for n, length in enumerate(lengths[:6]))
        assert all(30 <= length <= 60 for length in lengths[7:])


def denied(component, **changes):
    with pytest.raises(OrderDeniedError) as caught:
        component.place_order(**ORDER | changes)
    return caught.value.reason


@pytest.mark.parametrize("cut", [VenueUnknownError("no answer"), ConnectionResetError("reset by peer")], ids=repr)
def test_a_link_that_is_cut_at_the_first_order_of_a_symbol_is_opened_again(scripted, started, cut):
    session = scripted()
    component = started(session)
    instrument = session.instrument

    def cut_once(symbol):
        session.instrument = instrument
        raise cut

    session.instrument = cut_once
    assert denied(component) == "instrument"
    component.place_order(**ORDER)
    assert (session.reconnects, len(session.submitted)) == (1, 1)


def test_a_venue_that_will_not_say_what_it_asks_is_not_a_lost_link(scripted, started):
    session = scripted()
    component = started(session)

    def refuse(symbol):
        raise VenueError("not now")

    session.instrument = refuse
    assert denied(component) == denied(component) == "instrument"
    assert session.reconnects == 0
