"""Brackets, stops and replacements over a session that fails on purpose: in the end all is as the venue has it."""

from decimal import Decimal
from random import Random

import attrs
import pytest

from allause.exceptions import OrderDeniedError
from allause.models.orders import OrderStatus
from allause.venue import (
    LATENCY,
    FaultClass,
    FaultScript,
    FaultySession,
    InProcessSession,
    Story,
    Venue,
    discrepancies,
    read_truth,
)
from allause_execution.orders import contingency

pytestmark = pytest.mark.long

#: What a session does by itself; kills and halts are the host's to bring about.
CLASSES = (
    FaultClass.FILLS_LOST_ON_DISCONNECT,
    FaultClass.DUPLICATE_FILL,
    FaultClass.ILLEGAL_TRANSITION,
    FaultClass.SUBMIT_TIMEOUT_FILLS_LATER,
    FaultClass.CANCEL_RACE,
    FaultClass.STATUS_VOCABULARY,
)
LONG, SHORT = "AAPL", "MSFT"  # one way each: of brackets both ways the venue ends the exits where they net out
TURNS = 120
WIDE = Decimal("0.5")


class Run:
    """Trade brackets, stops and replacements through a price that walks, and keep what was asked."""

    def __init__(self, started, seed):
        self.random = Random(seed)
        self.venue = Venue(seed=seed)
        self.price = Decimal(100)
        self.show()
        script = FaultScript.drawn(seed=seed, orders=TURNS // 2, each=3, classes=CLASSES)
        script = attrs.evolve(script, latency=LATENCY if seed % 2 else script.latency, together=1 + seed // 6)
        self.session = FaultySession(InProcessSession(self.venue), script)
        self.component = started(self.session, failures_to_open=1000)
        self.entries = []

    def show(self):
        """Quote around the price, and print a trade, which lets stops trigger."""
        size = Decimal(self.random.randint(2, 6))
        low, high = self.price - Decimal("0.1"), self.price + Decimal("0.1")
        for symbol in (LONG, SHORT):
            self.venue.quote(symbol, low, high, size, size, self.venue.now_ns + 1)
            self.venue.trade(symbol, self.price, Decimal(1), self.venue.now_ns + 1)

    def turn(self, number):
        self.price += self.random.choice((-1, 1)) * Decimal("0.2")
        self.show()
        act = self.random.choice(("bracket", "bracket", "stop", "replace", "look"))
        try:
            if act == "bracket":
                self.bracket(f"b{number}")
            elif act == "stop":
                self.component.place_order(
                    LONG, 3, "stop", side="buy", stop_price=self.price + WIDE, client_order_id=f"s{number}"
                )
            elif act == "replace" and (working := [o for o in self.component.get_open_orders() if is_entry(o)]):
                order = self.random.choice(working)
                self.component.replace_order(
                    client_order_id=order.intent.client_order_id, quantity=(order.quantity or order.intent.quantity) + 1
                )
        except OrderDeniedError:
            pass  # an answer is awaited, or the link is down
        if number % 7 == 0:
            self.component.reconcile()

    def bracket(self, key):
        buys = self.random.random() < 0.5
        sign = 1 if buys else -1
        price = self.price + sign * Decimal("0.1") * self.random.choice((1, -1))
        self.entries.append(key)
        self.component.place_order(
            LONG if buys else SHORT, self.random.randint(2, 9), "limit", side="buy" if buys else "sell", price=price,
            time_in_force="gtc", take_profit=price + sign * WIDE, stop_loss=price - sign * WIDE, client_order_id=key,
        )  # fmt: skip # one order

    def settle(self):
        self.session.settle()
        for _ in range(3):
            self.session.reconnect()
            self.component.reconcile()
            self.component.get_fills()

    def story(self):
        component = self.component
        known = [component.get_order(client_order_id=key) for key in component._engine.state.orders]
        return Story(
            orders=tuple(order for order in known if not never_left(order)),
            fills=component.get_fills(),
            positions=component.get_positions(),
            account=component.get_account(),
        )

    def untold(self):
        """Return the brackets that filled more than works or was closed for them, and are not told as a problem."""
        state, found = self.component._engine.state, []
        problems = self.component.validate_component().problems
        for key in self.entries:
            others = [order for name, order in state.orders.items() if name.startswith(f"{key}/")]
            closed = sum(order.filled for order in others)
            working = max((order.remaining for order in others), default=0)
            bare = key in state.orders and state.orders[key].filled > closed + working
            if bare and not any(problem.startswith(f"bracket {key}: ") for problem in problems):
                found.append(key)
        return found


def never_left(order):
    """An exit that was held to its end."""
    held = order.status in (OrderStatus.HELD, OrderStatus.CANCELED) and order.venue_order_id is None
    return held and "/" in order.intent.client_order_id


def is_entry(order):
    working = (OrderStatus.ACCEPTED, OrderStatus.PARTIALLY_FILLED)
    return "/" not in order.intent.client_order_id and order.intent.take_profit and order.status in working


def all_is_as_the_venue_has_it(started, seed):
    run = Run(started, seed)
    for number in range(1, TURNS):
        run.turn(number)
    run.settle()
    assert discrepancies(run.story(), read_truth(run.venue.log)) == ()
    assert run.untold() == []
    assert len(run.session.injected()) > 6
    return run


@pytest.mark.parametrize("seed", range(12))
def test_brackets_stops_and_replacements_survive_the_faults_of_a_session(started, seed):
    run = all_is_as_the_venue_has_it(started, seed)
    assert any(name.endswith(("/take_profit", "/stop_loss")) for name in run.venue.account().orders)


def no_growth(state, entry, of_entry=contingency._of_entry):
    return (step for step in of_entry(state, entry) if step.act is not contingency.Act.GROW)


def no_release(state, entry, of_entry=contingency._of_entry):
    return (step for step in of_entry(state, entry) if step.act is not contingency.Act.RELEASE)


def no_word(state, entry):
    return Decimal(0)


@pytest.mark.parametrize(
    ("name", "broken"),
    [("_of_entry", no_growth), ("_of_entry", no_release), ("_bare", no_word)],
    ids=["exits do not grow", "exits are never released", "what is left open is not told"],
)
def test_an_engine_that_forgets_what_follows_is_noticed(started, monkeypatch, name, broken):
    monkeypatch.setattr(contingency, name, broken)
    for seed in range(12):
        try:
            all_is_as_the_venue_has_it(started, seed)
        except AssertionError:
            return
    pytest.fail("nobody noticed")
