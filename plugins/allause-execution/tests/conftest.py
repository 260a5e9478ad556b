"""A venue session whose answers are scripted, and engines on it."""

import logging
import sys
from contextlib import contextmanager
from decimal import Decimal
from itertools import count
from time import monotonic, sleep

import attrs
import pytest

from allause.exceptions import VenueError, VenueUnknownError
from allause.measurement import SystemClock
from allause.models.context import Context
from allause.models.orders import Fill, OrderIntent, OrderStatus, OrderType, Side, TimeInForce
from allause.models.venue import VenueOrder
from allause_execution import Config, TradingExecutionEngine


def acknowledged(intent, venue_order_id):
    return VenueOrder(
        venue_order_id=venue_order_id,
        client_order_id=intent.client_order_id,
        symbol=intent.symbol,
        side=intent.side,
        quantity=intent.quantity,
        price=intent.price,
        stop_price=intent.stop_price,
        filled_qty=Decimal(0),
        status=OrderStatus.ACCEPTED,
    )


def executed(order, trade_id, quantity, price, fee=Decimal(0)):
    return Fill(
        trade_id=trade_id,
        client_order_id=order.client_order_id,
        venue_order_id=order.venue_order_id,
        symbol=order.symbol,
        side=order.side,
        last_qty=quantity,
        last_px=price,
        fee=fee,
    )


class ScriptedSession:
    """Keep real books; each submit takes the next word of the script: ack, reject, lost, timeout, garbled, crash."""

    def __init__(self, *script, cash=Decimal(1_000_000), on_submit=None):
        self.script = list(script)
        self.on_submit = on_submit or (lambda intent: None)
        self.submitted = []
        self.orders = {}
        self.on_the_wire = {}  # lost on its way
        self.trades = []
        self.news = []
        self.connected = True
        self.reconnects = 0
        self.start_cash = cash
        self.replacing = []
        self.cancelling = []
        self.crossing = lambda key: None  # happens at the venue before a cancel or replacement of that order
        self.listed = {}
        self.asked = []

    def _link(self):
        if not self.connected:
            raise VenueUnknownError("link is down")

    def submit(self, intent):
        self._link()
        self.submitted.append(intent)
        self.on_submit(intent)
        word = self.script.pop(0) if self.script else "ack"
        if word == "reject":
            raise VenueError("market closed")
        if word == "lost":
            self.on_the_wire[intent.client_order_id] = intent
            raise VenueUnknownError("no answer in time")
        if intent.client_order_id in self.orders:
            raise VenueError("duplicate client order id")
        order = self.take(intent)
        if word == "timeout":
            raise VenueUnknownError("no answer in time")
        if word == "crash":
            raise OSError("connection reset")
        return attrs.evolve(order, client_order_id="somebody-else") if word == "garbled" else order

    def take(self, intent):
        order = self.orders[intent.client_order_id] = acknowledged(intent, f"v{len(self.orders) + 1}")
        return order

    def arrive(self):
        """Let what was lost on its way come out of the wire at last."""
        for key, intent in self.on_the_wire.items():
            if key not in self.orders:
                self.take(intent)
        self.on_the_wire = {}

    def trade(self, key, quantity, price, *, push=1, trade_id=None, fee=Decimal(0)):
        order = self.orders[key]
        fill = executed(order, trade_id or f"t{len(self.trades) + 1}", Decimal(quantity), Decimal(price), fee)
        self.trades.append(fill)
        filled = order.filled_qty + fill.last_qty
        status = OrderStatus.FILLED if filled == order.quantity else OrderStatus.PARTIALLY_FILLED
        self.orders[key] = attrs.evolve(order, filled_qty=filled, status=status)
        self.news += [fill] * push * self.connected
        return fill

    def cancel(self, key):
        self._link()
        self.crossing(key)
        word = self.cancelling.pop(0) if self.cancelling else "ack"
        if word == "reject":
            raise VenueError("too many messages")
        if word == "lost":
            raise VenueUnknownError("no answer in time")
        order = self.orders.get(key)
        if order is None or order.status.is_terminal:
            raise VenueError("no such working order")
        self.orders[key] = attrs.evolve(order, status=OrderStatus.CANCELED)
        if word == "timeout":
            raise VenueUnknownError("no answer in time")
        return self.orders[key]

    def replace(self, key, quantity, price, stop_price):
        self._link()
        self.crossing(key)
        order = self.orders.get(key)
        if order is None or order.status.is_terminal:
            raise VenueError("no such working order")
        word = self.replacing.pop(0) if self.replacing else "ack"
        if word == "reject":
            raise VenueError("price out of range")
        if word == "lost":
            raise VenueUnknownError("no answer in time")
        terms = {"quantity": quantity, "price": price, "stop_price": stop_price}
        if quantity == order.filled_qty:
            terms["status"] = OrderStatus.FILLED
        elif quantity < order.filled_qty:  # what has filled cannot be taken back; the exam venue does the same
            terms = {"status": OrderStatus.CANCELED}
        self.orders[key] = attrs.evolve(order, **terms)
        if word == "timeout":
            raise VenueUnknownError("no answer in time")
        return self.orders[key]

    def instrument(self, symbol):
        self._link()
        self.asked.append(symbol)
        return self.listed.get(symbol)

    def push(self, key, status):
        self.orders[key] = attrs.evolve(self.orders[key], status=status)
        self.news.append(self.orders[key])

    def poll(self):
        self._link()
        news, self.news = tuple(self.news), []
        return news

    def query(self, key):
        self._link()
        return self.orders.get(key)

    def open_orders(self):
        self._link()
        return tuple(self.working())

    def working(self):
        return [order for order in self.orders.values() if not order.status.is_terminal]

    def fills(self):
        self._link()
        return tuple(self.trades)

    def positions(self):
        self._link()
        held = {}
        for fill in self.trades:
            signed = fill.last_qty if fill.side is Side.BUY else -fill.last_qty
            held[fill.symbol] = held.get(fill.symbol, Decimal(0)) + signed
        return {symbol: quantity for symbol, quantity in held.items() if quantity}

    def cash(self):
        self._link()
        paid = (f.last_qty * f.last_px * (1 if f.side is Side.BUY else -1) + f.fee for f in self.trades)
        return self.start_cash - sum(paid, Decimal(0))

    def reconnect(self):
        self.connected = True
        self.reconnects += 1


class ForgetfulSession:
    """Fill every order at once and keep nothing, so that what is kept is the engine's."""

    def __init__(self):
        self.number = 0
        self.news = ()

    def submit(self, intent):
        self.number += 1
        order = acknowledged(intent, f"V0-{self.number}")
        self.news += (executed(order, f"T0-{self.number}", intent.quantity, Decimal(100)),)
        return order

    def poll(self):
        news, self.news = self.news, ()
        return news

    def fills(self):
        return ()

    def open_orders(self):
        return ()

    def positions(self):
        return {}

    def cash(self):
        return Decimal(1_000_000)


class ManualClock:
    """Stand still until it is told otherwise; wall time steps as the test likes, the other side never back."""

    def __init__(self):
        self.wall, self.elapsed = 1_700_000_000_000_000_000, 1_000_000_000

    def now_ns(self):
        return self.wall

    def monotonic_ns(self):
        return self.elapsed

    def advance(self, seconds, wall=None):
        self.elapsed += round(seconds * 1e9)
        self.wall += round((seconds if wall is None else wall) * 1e9)


class Metrics:
    """Keep the last value of each metric."""

    def __init__(self):
        self.last = {}

    def record(self, name, value, labels=None):
        self.last[name] = value


@pytest.fixture(scope="session")
def until():
    """Wait for what another thread does: ``until(lambda: done)``; in vain it fails."""

    def until(came):
        end = monotonic() + 60
        while not came():
            assert monotonic() < end
            sleep(0)  # lets another thread run

    return until


@pytest.fixture(scope="session")
def interrupting():
    """Have this thread interrupted where Python looks for signals: ``with interrupting(3, turns)`` after three places.

    Places are the calls of functions in these modules, and the returns from what they call.
    """

    @contextmanager
    def interrupting(places, *modules):
        left, files = count(places, -1), {module.__file__ for module in modules}

        def profile(frame, event, _argument):
            if frame.f_code.co_filename in files and event in ("call", "c_return") and next(left) == 0:
                raise KeyboardInterrupt

        sys.setprofile(profile)
        try:
            yield
        finally:
            sys.setprofile(None)

    return interrupting


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def metrics():
    return Metrics()


@pytest.fixture
def scripted():
    """The session class: ``scripted("ack", "timeout")``."""
    return ScriptedSession


@pytest.fixture
def forgetful():
    return ForgetfulSession()


@pytest.fixture
def context(tmp_path):
    """Make what the host hands over: ``context(session)``; the same directory each time."""

    def make(session=None, directory=tmp_path, clock=None, **more):
        return Context(
            clock=clock or SystemClock(),
            directory=directory,
            seed=7,
            logger=logging.getLogger("test"),
            venue=session,
            **more,
        )

    return make


@pytest.fixture
def started(context):
    """Make a started component: ``started(session, max_quantity=5)``; closed after the test."""
    made = []

    def make(session=None, *, clock=None, metrics=None, connect=None, **options):
        component = TradingExecutionEngine(Config(**options))
        made.append(component)
        component.start(context=context(session, clock=clock, metrics=metrics, connect=connect))
        return component

    yield make
    for component in made:
        component.close()


@pytest.fixture
def intent():
    """Make an intent: ``intent(quantity=5)``."""

    def make(**changes):
        values = {
            "client_order_id": "o1",
            "symbol": "AAPL",
            "side": Side.BUY,
            "quantity": Decimal(10),
            "order_type": OrderType.MARKET,
            "price": None,
            "time_in_force": TimeInForce.DAY,
        }
        return OrderIntent(**(values | changes))

    return make
