import signal
import subprocess
import sys
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from decimal import Decimal
from threading import Event, Thread, get_ident

import pytest

from allause.exceptions import OrderDeniedError
from allause.models.orders import OrderStatus, Side
from allause_execution import Config, TradingExecutionEngine
from allause_execution.engine import Engine
from allause_execution.opening import open_engine

pytestmark = pytest.mark.long

IN_FLIGHT = 64
SYMBOLS = ("AAPL", "MSFT", "GOOG", "AMZN")


def burst(component, orders):
    """Place orders from many threads, each thread those of one symbol in turn, and return what came of each."""

    def place(worker):
        symbol = SYMBOLS[worker % len(SYMBOLS)]
        placed = []
        for number in range(orders // IN_FLIGHT):
            key = f"{worker}-{number}"
            placed.append(component.place_order(symbol, 1, "limit", price=100, client_order_id=key).intent)
        return placed

    with ThreadPoolExecutor(IN_FLIGHT) as pool:
        return list(pool.map(place, range(IN_FLIGHT)))


def nothing_is_lost_and_each_worker_keeps_its_order(session, component, orders=1000):
    placed = burst(component, orders)
    assert len(session.submitted) == sum(map(len, placed)) == orders // IN_FLIGHT * IN_FLIGHT
    for worker, intents in enumerate(placed):
        mine = [i for i in session.submitted if i.client_order_id.startswith(f"{worker}-")]
        assert mine == intents
    assert {o.status for o in component.get_open_orders()} == {OrderStatus.ACCEPTED}
    assert component._engine._leaving == {}
    assert component.validate_component().valid


@pytest.mark.parametrize("orders", [2000, pytest.param(10_000, marks=pytest.mark.exam)])
@pytest.mark.parametrize("durable", [True, False], ids=["journalled", "simulation"])
def test_orders_of_many_threads_all_arrive_once_in_the_order_of_each(scripted, started, durable, orders):
    session = scripted()
    component = started(session, durable=durable, orders_per_commit=IN_FLIGHT)
    nothing_is_lost_and_each_worker_keeps_its_order(session, component, orders)


def test_an_engine_without_a_wire_is_noticed(scripted, started):
    """Two calls at once in one session: the session notices."""

    class Open:
        def __enter__(self):
            return self

        def __exit__(self, *_):
            return None

        acquire = __enter__

        def release(self):
            return None

    session = scripted()
    inside, met = [], []

    def watch(_intent=None, poll=session.poll):
        inside.append(get_ident())
        met.append(len(set(inside)) > 1)
        Event().wait(0.0005)
        inside.remove(get_ident())
        return poll() if _intent is None else None

    def place(number):
        component.place_order("AAPL", 1, "market", client_order_id=f"w{number}")
        component.get_fills()

    session.on_submit, session.poll = watch, watch
    component = started(session, durable=False)
    with ThreadPoolExecutor(IN_FLIGHT) as pool:
        list(pool.map(place, range(256)))
        assert not any(met)
        component._engine.pool.links[0].wire = Open()
        list(pool.map(place, range(256, 512)))
    assert any(met)


def test_a_slow_venue_makes_callers_wait_and_memory_stays_bounded(scripted, started):
    session = scripted(on_submit=lambda intent: Event().wait(0.001))
    component = started(session, durable=False)
    burst(component, IN_FLIGHT)
    tracemalloc.start()
    burst(component, IN_FLIGHT)  # the same ids: nothing new is kept
    before = tracemalloc.get_traced_memory()[0]
    for _ in range(5):
        burst(component, IN_FLIGHT)
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert grown < 200_000
    assert len(session.submitted) == IN_FLIGHT


def halt_under_load_lets_nothing_leave(session, component):
    stop, attempts = Event(), []

    def place(worker):
        while not stop.is_set():
            attempts.append(worker)
            with suppress_denied("halted"):
                component.place_order("AAPL", 1, "limit", price=100, client_order_id=f"{worker}-{len(attempts)}")

    def until(condition):
        while not condition():
            assert any(thread.is_alive() for thread in threads)
            stop.wait(0.001)

    threads = [Thread(target=place, args=(n,)) for n in range(16)]
    for thread in threads:
        thread.start()
    try:
        until(lambda: len(session.submitted) >= 300)
        component.halt(reason="drill")
        left, tried = len(session.submitted), len(attempts)
        until(lambda: len(attempts) >= tried + 200)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert len(session.submitted) == left
    assert session.open_orders() == ()
    assert component.get_open_orders() == ()


@contextmanager
def suppress_denied(reason):
    try:
        yield
    except OrderDeniedError as error:
        if error.reason != reason:
            raise


def test_a_halt_under_load_lets_nothing_leave_and_cancels_what_is_open(scripted, started):
    session = scripted()
    halt_under_load_lets_nothing_leave(session, started(session, orders_per_commit=64))


def test_a_halt_that_is_looked_at_too_early_is_noticed(scripted, started, monkeypatch):
    def halt(self, reason):
        with self.pool.all_wires():
            self._desk.cancel_all(self.pool.links[0])

    monkeypatch.setattr(Engine, "halt", halt)
    session = scripted()
    with pytest.raises(AssertionError):
        halt_under_load_lets_nothing_leave(session, started(session, durable=False))


KILLED = """
import os, signal, sys, threading
from decimal import Decimal
from pathlib import Path
from allause_execution import Config, TradingExecutionEngine
from allause.exceptions import OrderDeniedError

component = TradingExecutionEngine(Config(directory=Path(sys.argv[1]), orders_per_commit=64))

def place(worker):
    for number in range(10**6):
        try:
            component.place_order("AAPL", 1, "limit", price=100, client_order_id=f"{worker}-{number}")
        except OrderDeniedError:
            return

threads = [threading.Thread(target=place, args=(n,), daemon=True) for n in range(8)]
for thread in threads:
    thread.start()
while len(component._engine.state.orders) < 100:
    pass
component.halt(reason="drill")
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_halt_under_load_survives_a_kill_right_after_it(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path)], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    component = TradingExecutionEngine(Config(directory=tmp_path))
    with pytest.raises(OrderDeniedError, match=r"halted \(drill\)"):
        component.place_order("AAPL", 1, "market")
    component.close()


def test_a_kill_between_the_halt_and_its_cancels_is_finished_by_the_restart(scripted, started):
    session = scripted()
    first = started(session)
    first.place_order("AAPL", 1, "limit", price=100, client_order_id="o1")
    first._engine._desk.cancel_all = lambda link: None  # as if killed before
    first.halt(reason="drill")
    first.close()
    assert len(session.open_orders()) == 1
    second = started(session)
    assert session.open_orders() == ()
    assert second.get_order(client_order_id="o1").status is OrderStatus.CANCELED


def test_fills_from_many_threads_add_up(scripted):
    session = scripted()
    component = TradingExecutionEngine()
    component._opened = open_engine(Config(), session=session)
    for symbol in SYMBOLS:
        component.place_order(symbol, 1000, "limit", price=100, client_order_id=symbol)

    def read(worker):
        for _ in range(50):
            if worker == 0:
                for symbol in SYMBOLS:
                    session.trade(symbol, 1, 100)
            component.get_fills()
            component.get_account()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(read, range(8)))
    assert len(component.get_fills()) == 200
    assert component.get_account().cash == 1_000_000 - 200 * 100
    assert {p.symbol: p.quantity for p in component.get_positions()} == dict.fromkeys(SYMBOLS, Decimal(50))
    assert all(fill.side is Side.BUY for fill in component.get_fills())
