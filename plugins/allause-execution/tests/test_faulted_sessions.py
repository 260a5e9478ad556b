"""Sessions that lose, refuse and cut while the market moves inside their calls: in the end all is as at the venue."""

from contextlib import suppress
from decimal import Decimal
from random import Random

import pytest

from allause.exceptions import OrderDeniedError, VenueError, VenueUnknownError
from allause.models.orders import OrderStatus
from allause.venue import InProcessSession, Venue
from allause_execution.orders.events import Event, EventKind
from allause_execution.orders.kept import keep_fill
from allause_execution.routing.intake import Intake

pytestmark = pytest.mark.long

SYMBOLS = ("AAPL", "MSFT", "IBM")
PRICES = (97, 98, 99, 100, 101, 102, 103)
TURNS = 60


class Market:
    """A venue whose quotes jump, and the wires to it."""

    def __init__(self, seed):
        self.random = Random(seed)
        self.venue = Venue(seed=seed)
        self.fails = False
        self.wires = []
        self.late = []  # orders that are on their way still
        for symbol in SYMBOLS:
            self.quote(symbol)

    def quote(self, symbol=None):
        bid, size = self.random.choice((98, 99, 100, 101, 102)), self.random.randint(1, 30)
        symbol = symbol or self.random.choice(SYMBOLS)
        self.venue.quote(symbol, Decimal(bid), Decimal(bid + 1), Decimal(size), Decimal(size), self.venue.now_ns + 1)

    def connect(self):
        self.wires.append(Wire(self))
        return self.wires[-1]

    def arrive(self):
        """Let the late orders come out of the wire, as far as the venue takes them."""
        late, self.late = self.late, []
        for intent in late:
            with suppress(VenueError):
                self.venue.submit(intent)

    def quiet(self):
        self.arrive()
        self.fails = False
        for wire in self.wires:
            wire.cut = False


class Wire(InProcessSession):
    """A session that fails while its market says so."""

    def __init__(self, market):
        super().__init__(market.venue)
        self.market = market
        self.cut = False

    def request(self, send):
        if self.cut:
            raise VenueUnknownError("the wire is cut")
        if not self.market.fails:
            return send()
        chance = self.market.random.random()
        if chance < 0.06:
            raise VenueUnknownError("lost on its way there")
        if chance < 0.10:
            raise VenueError("too many messages")
        if self.market.random.random() < 0.3:
            self.market.quote()
        answer = send()
        if self.market.random.random() < 0.2:
            self.market.quote()
        if chance < 0.20:
            self.cut = chance > 0.16
            if self.cut:
                super().poll()  # what was pushed is gone with it
            raise VenueUnknownError("lost on its way back")
        return answer

    def submit(self, intent):
        if self.market.fails and self.market.random.random() < 0.05:
            self.market.late.append(intent)
            raise VenueUnknownError("late")
        return self.request(lambda: InProcessSession.submit(self, intent))

    def cancel(self, key):
        return self.request(lambda: InProcessSession.cancel(self, key))

    def replace(self, *terms):
        return self.request(lambda: InProcessSession.replace(self, *terms))

    def reconnect(self):
        if self.market.fails and self.market.random.random() < 0.3:
            raise VenueUnknownError("down still")
        self.cut = False

    def ask(self, name, *arguments):
        if self.cut or (self.market.fails and self.market.random.random() < 0.02):
            raise VenueUnknownError("no answer")
        return getattr(InProcessSession, name)(self, *arguments)

    def poll(self):
        return self.ask("poll")

    def query(self, key):
        return self.ask("query", key)

    def open_orders(self):
        return self.ask("open_orders")

    def fills(self):
        return self.ask("fills")

    def positions(self):
        return self.ask("positions")

    def cash(self):
        return self.ask("cash")

    def instrument(self, symbol):
        return self.ask("instrument", symbol)


class Trader:
    """Place, change and end orders over several sessions, and start anew now and then."""

    def __init__(self, market, started, clock, sessions):
        self.market, self.random, self.clock = market, market.random, clock
        first = market.connect()
        self.start = lambda: started(first, clock=clock, sessions=sessions, failures_to_open=2, connect=market.connect)
        self.component = self.start()
        self.keys = []
        market.fails = True

    def turn(self, number):
        self.clock.advance(self.random.choice((0, 0, 0.1, 1, 7)))
        act = self.random.choices(
            (
                self.place,
                self.cancel,
                self.replace,
                self.market.quote,
                self.market.arrive,
                self.look,
                self.restart,
                self.halt,
            ),
            (35, 15, 12, 23, 4, 10, 3, 2),
        )[0]
        with suppress(OrderDeniedError, KeyError):  # a link is down, an answer is awaited, or it was denied before
            act(number) if act == self.place else act()

    def place(self, number):
        side, price = self.random.choice((("buy", 1), ("sell", -1))), self.random.choice(PRICES)
        bracket = {"take_profit": price + 3 * side[1], "stop_loss": price - 3 * side[1]}
        more = self.random.choice(({}, {}, {"oco_group": f"g{number // 4}"}, bracket))
        self.keys.append(f"k{number}")
        self.component.place_order(
            self.random.choice(SYMBOLS), self.random.randint(1, 20), "limit", side=side[0], price=price,
            client_order_id=self.keys[-1], time_in_force="gtc", **more,
        )  # fmt: skip # one order

    def recent(self):
        return self.random.choice(self.keys[-5:] or ["none"])

    def cancel(self):
        self.component.cancel_order(client_order_id=self.recent())

    def replace(self):
        change = self.random.choice(({"quantity": self.random.randint(1, 30)}, {"price": self.random.choice(PRICES)}))
        self.component.replace_order(client_order_id=self.recent(), **change)

    def look(self):
        self.random.choice((self.component.get_open_orders, self.component.reconcile))()

    def restart(self):
        self.component.close()
        self.component = self.start()

    def halt(self):
        self.component.halt(reason="drill")
        self.component.resume()


def all_is_as_at_the_venue(started, clock, seed, sessions):
    market = Market(seed)
    trader = Trader(market, started, clock, sessions)
    for number in range(TURNS):
        trader.turn(number)
    market.quiet()
    component, venue = trader.component, market.venue
    for _ in range(4):
        clock.advance(100)
        component.reconcile()
        component.get_open_orders()
    assert component.reconcile().complete
    assert [p for p in component.validate_component().problems if "no exit works" not in p] == []
    assert {p.symbol: p.quantity for p in component.get_positions() if p.quantity} == dict(venue.positions())
    assert {fill.trade_id for fill in component.get_fills()} == {fill.trade_id for fill in venue.fills()}
    here = {o.intent.client_order_id for o in component.get_open_orders() if o.status is not OrderStatus.HELD}
    assert here == {order.client_order_id for order in venue.orders(working=True)}
    component.halt(reason="the end")
    assert venue.orders(working=True) == ()


@pytest.mark.parametrize("sessions", [1, 3])
@pytest.mark.parametrize("seed", range(6))
def test_all_is_as_at_the_venue_in_the_end(started, clock, seed, sessions):
    all_is_as_at_the_venue(started, clock, seed, sessions)


def test_an_engine_that_counts_every_telling_of_a_fill_is_noticed(started, clock, monkeypatch):
    def count(self, fill, *, asked):
        counted = Event(EventKind.PARTIAL_FILL, self.now(), fill.client_order_id, fill=keep_fill(fill))
        return self.record(counted) is not None

    monkeypatch.setattr(Intake, "_take_fill", count)
    with pytest.raises(AssertionError):
        all_is_as_at_the_venue(started, clock, 0, 3)
