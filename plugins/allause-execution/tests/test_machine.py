"""Place, cancel, replace, fill, disconnect, crash, restart, reconcile in any order, held against a model: the venue."""

import gc
import logging
import re
from collections import Counter
from contextlib import suppress
from decimal import Decimal
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from allause.exceptions import OrderConflictError, OrderDeniedError
from allause.measurement import SystemClock
from allause.models.context import Context
from allause.models.orders import OrderStatus
from allause_execution import Config, TradingExecutionEngine
from allause_execution.routing import intake as intake_module
from allause_execution.sessions import link as link_module

pytestmark = pytest.mark.long

KEYS = tuple(f"k{n}" for n in range(8))
keys = st.sampled_from(KEYS)
words = st.sampled_from(("ack", "ack", "ack", "reject", "lost", "lost", "timeout", "garbled", "crash"))
requests = st.sampled_from(("ack", "ack", "reject", "lost", "timeout"))
quantities = st.integers(1, 6)
quantities_or_none = st.none() | quantities
picks = st.integers(0, 9)
EXITS = ("take_profit", "stop_loss")


@pytest.fixture(autouse=True)
def only_what_is_new_is_collected():
    """Keep what other tests and libraries left out of the collection after each crash, which takes most of the time."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


def machine(scripted):  # noqa: C901  one class, with the fixture's session in it
    class Trading(RuleBasedStateMachine):
        def __init__(self):
            super().__init__()
            self.directory = TemporaryDirectory()
            self.session = scripted(on_submit=self.sending)
            self.session.open_orders = partial(self.compared, self.session.open_orders)
            self.uncompared, self.blind = set(), []
            self.exits = []
            self.asked = {}
            self.halted = False
            self.component = None
            self.start()

        def sending(self, intent):
            """Note an order that leaves a second time though nobody has asked the venue for its orders since."""
            self.blind += {intent.client_order_id} & self.uncompared
            self.uncompared.add(intent.client_order_id)
            if "/" in intent.client_order_id:
                self.session.script = [self.exits.pop() if self.exits else "ack", *self.session.script]

        def compared(self, listing):
            self.uncompared.clear()
            return listing()

        def start(self):
            self.component = TradingExecutionEngine(Config(failures_to_open=10**6, starting_cash=1_000_000))
            logger = logging.getLogger("machine")
            logger.disabled = True
            self.component.start(
                Context(
                    clock=SystemClock(), directory=Path(self.directory.name), seed=1, logger=logger, venue=self.session
                )
            )

        def teardown(self):
            try:
                self.reconcile()
            finally:
                self.component.close()
                self.directory.cleanup()

        @rule(key=keys, quantity=quantities, word=words, bracket=st.booleans(), group=st.sampled_from((None, "g")))
        def place(self, key, quantity, word, bracket, group):
            self.session.script = [word]
            order = {"symbol": "AAPL", "quantity": quantity, "order_type": "limit", "price": 100, "oco_group": group}
            order |= {"take_profit": 110, "stop_loss": 90} if bracket else {}
            try:
                report = self.component.place_order(**order, client_order_id=key)
            except OrderConflictError:
                assert self.asked[key] != order
            except OrderDeniedError as error:
                assert error.reason in {"halted", "not_reconciled", "instrument", "link_down", "oco_group"}  # noqa: PT017  it may come
                assert error.reason != "halted" or self.halted  # noqa: PT017  the same
            else:
                assert self.asked.setdefault(key, order) == order
                assert report.intent.quantity == quantity
            self.session.script = []

        @precondition(lambda self: self.asked)
        @rule(pick=picks, word=requests, crossing=quantities_or_none)
        def cancel(self, pick, word, crossing):
            key = list(self.asked)[pick % len(self.asked)]
            self.session.cancelling = [word]
            self.cross(crossing)
            self.component.cancel_order(client_order_id=key)
            self.straight()

        @rule(key=keys, quantity=quantities, word=requests, crossing=quantities_or_none)
        def replace(self, key, quantity, word, crossing):
            self.session.replacing = [word]
            self.cross(crossing)
            with suppress(KeyError, OrderDeniedError):
                self.component.replace_order(client_order_id=key, quantity=quantity)
            self.straight()

        def cross(self, quantity):
            """Have so much of an order fill inside the venue's next call about it."""

            def fill(key):
                self.session.crossing = lambda _: None
                order = self.session.orders.get(key)
                if order is not None and not order.status.is_terminal:
                    self.session.trade(key, min(quantity, order.quantity - order.filled_qty), 100)

            if quantity is not None:
                self.session.crossing = fill

        def straight(self):
            self.session.replacing, self.session.cancelling = [], []
            self.session.crossing = lambda _: None

        @precondition(lambda self: self.session.working())
        @rule(pick=picks, quantity=quantities, push=st.integers(0, 2), exits=st.lists(words, max_size=2))
        def fill(self, pick, quantity, push, exits):
            self.exits = list(exits)
            order = self.session.working()[pick % len(self.session.working())]
            self.session.trade(order.client_order_id, min(quantity, order.quantity - order.filled_qty), 100, push=push)

        @precondition(lambda self: self.session.on_the_wire)
        @rule()
        def arrive(self):
            self.session.arrive()

        @precondition(lambda self: self.session.connected)
        @rule()
        def disconnect(self):
            self.session.connected = False
            self.session.news.clear()

        @rule()
        def look(self):
            self.component.get_fills()

        @rule()
        def reconcile(self):
            self.component.reconcile()
            report = self.component.reconcile()
            assert report.complete, report
            self.matches_the_venue()

        @rule()
        def crash(self):
            """Drop the engine without close; the journal is opened again."""
            self.component = None
            gc.collect()
            self.start()

        @rule()
        def restart(self):
            self.component.close()
            self.start()

        @precondition(lambda self: not self.halted)
        @rule(words=st.lists(requests, max_size=2))
        def halt(self, words):
            self.halted = True
            self.session.cancelling = list(words)
            self.component.halt(reason="drill")
            self.straight()
            if set(words) & {"reject", "lost"}:
                self.component.reconcile()
            assert self.session.working() == []

        @precondition(lambda self: self.halted)
        @rule()
        def resume(self):
            self.halted = False
            self.component.resume()

        def matches_the_venue(self):
            component, session = self.component, self.session
            told = {fill.trade_id for fill in component.get_fills()}
            assert told == {fill.trade_id for fill in session.trades}
            assert {p.symbol: p.quantity for p in component.get_positions() if p.quantity} == session.positions()
            assert component.get_account().cash == session.cash()
            here = {o.intent.client_order_id for o in component.get_open_orders() if o.status is not OrderStatus.HELD}
            assert here == {order.client_order_id for order in session.working()}

        @invariant()
        def every_intent_was_sent_once_at_most(self):
            sent = Counter(intent.client_order_id for intent in self.session.submitted)
            assert all(sent[key] <= 1 for key in self.asked), sent
            assert self.blind == []
            # an exit that never arrived leaves again under its id, and what was filled too late is closed
            assert {key.partition("/")[0] for key in sent} <= set(self.asked)
            assert {re.sub(r"-\d+$", "", key.partition("/")[2]) for key in sent} <= {"", *EXITS, "close"}

        @invariant()
        def nothing_counts_twice_or_comes_from_nowhere(self):
            fills = self.component._engine.state.fills
            assert set(fills) <= {fill.trade_id for fill in self.session.trades}
            held = sum((f.last_qty if f.side == "buy" else -f.last_qty for f in fills.values()), Decimal(0))
            assert self.component._engine.state.ledger.quantity("AAPL") == held

        @invariant()
        def working_quantity_is_what_the_open_orders_leave(self):
            state = self.component._engine.state
            for side in ("buy", "sell"):
                left = sum(
                    o.remaining for o in state.open.values() if o.intent.side == side and not o.intent.reduce_only
                )
                assert state.working("AAPL", side) == left
            held, price = state.ledger.quantity("AAPL"), state.last_px.get("AAPL", Decimal(7))
            reach = max(abs(held + state.working("AAPL", "buy")), abs(held - state.working("AAPL", "sell")))
            assert state.exposure("AAPL", Decimal(7)) == reach * price

    return Trading


FULL = {"deadline": None, "suppress_health_check": list(HealthCheck), "derandomize": True}


@pytest.mark.parametrize("examples", [40, pytest.param(300, marks=pytest.mark.exam)])
def test_the_engine_agrees_with_the_venue_whatever_happens(scripted, examples):
    run_state_machine_as_test(
        machine(scripted), settings=settings(max_examples=examples, stateful_step_count=30, **FULL)
    )


def forget_what_was_counted(self, fill, *, asked):
    return self.tell(intake_module.EventKind.ACCEPTED, fill.client_order_id) is not None


def take_unknown_for_rejected(self, trouble):
    self.trouble = ""


def stick_to_a_guess(self, order, told):
    return None


SUBMIT = link_module.Link.submit


def send_again_when_unknown(self, intent):
    answer = SUBMIT(self, intent)
    return SUBMIT(self, intent) if answer.kind is intake_module.EventKind.UNKNOWN and not answer.order else answer


def send_an_exit_again_when_unknown(self, intent):
    return send_again_when_unknown(self, intent) if "/" in intent.client_order_id else SUBMIT(self, intent)


BROKEN = {
    "forgets fills": (intake_module.Intake, "_take_fill", forget_what_was_counted),
    "forgets lost links": (link_module.Link, "_lost", take_unknown_for_rejected),
    "sends again": (link_module.Link, "submit", send_again_when_unknown),
    "sends an exit again": (link_module.Link, "submit", send_an_exit_again_when_unknown),
    "sticks to a guess": (intake_module.Intake, "_reopen", stick_to_a_guess),
}
PLACE = {"key": "k0", "quantity": 2, "word": "ack", "bracket": False, "group": None}
FILL = {"pick": 0, "quantity": 2, "push": 1, "exits": ["lost"]}
# the shortest way to what each of them does: a search comes there too, after more or fewer examples on each Python
STORIES = {
    "forgets fills": [("place", PLACE), ("fill", FILL), ("look", {}), ("reconcile", {})],
    "forgets lost links": [("place", PLACE), ("fill", FILL | {"push": 0}), ("disconnect", {}), ("look", {})],
    "sends again": [("place", PLACE | {"word": "lost"})],
    "sends an exit again": [("place", PLACE | {"bracket": True}), ("fill", FILL), ("look", {})],
    "sticks to a guess": [("place", PLACE | {"word": "lost"}), ("reconcile", {}), ("arrive", {}), ("reconcile", {})],
}


def play(trading, story):
    """Have a machine take the steps of a story, its invariants held after each, as a search would."""
    table = trading()
    try:
        for step, values in story:
            getattr(table, step)(**values)
            table.every_intent_was_sent_once_at_most()
            table.nothing_counts_twice_or_comes_from_nowhere()
            table.working_quantity_is_what_the_open_orders_leave()
    finally:
        table.teardown()


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_engine_disagrees(scripted, monkeypatch, name):
    play(machine(scripted), STORIES[name])
    monkeypatch.setattr(*BROKEN[name])
    with pytest.raises(AssertionError):
        play(machine(scripted), STORIES[name])


@pytest.mark.exam
@pytest.mark.parametrize("name", BROKEN)
def test_a_search_finds_a_broken_engine(scripted, monkeypatch, name):
    monkeypatch.setattr(*BROKEN[name])
    with pytest.raises(Exception):  # noqa: B017, PT011  whatever shows it first
        run_state_machine_as_test(
            machine(scripted),
            settings=settings(
                max_examples=2000,
                stateful_step_count=30,
                phases=[Phase.generate],
                print_blob=False,
                report_multiple_bugs=False,
                **FULL,
            ),
        )
