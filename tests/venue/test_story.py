"""Stories held against the truth: an honest desk recovers from every fault, broken desks do not."""

from contextlib import suppress
from decimal import Decimal

import attrs
import pytest

from allause.exceptions import VenueError, VenueUnknownError
from allause.models import Account, Fill, OrderReport, OrderStatus, Position, Side
from allause.venue import (
    FaultClass,
    FaultScript,
    FaultySession,
    InProcessSession,
    Story,
    Venue,
    discrepancies,
    read_truth,
    recovery,
)

_CASH = Decimal(1_000_000)
#: The classes that a desk this small can meet; the others are the business of the workflow's tests.
KNOWN = (FaultClass.FILLS_LOST_ON_DISCONNECT, FaultClass.DUPLICATE_FILL, FaultClass.SUBMIT_TIMEOUT_FILLS_LATER)


class Desk:
    """Place orders through a session and keep the books: the least that recovers."""

    def __init__(self, session):
        self.session = session
        self.intents, self.status, self.counted, self.seen = {}, {}, [], set()

    def place(self, intent):
        self.intents[intent.client_order_id] = intent
        try:
            self.status[intent.client_order_id] = self.session.submit(intent).status
        except VenueUnknownError:
            self.lost_answer(intent)
        except VenueError:
            self.status[intent.client_order_id] = OrderStatus.REJECTED
        self.listen()

    def lost_answer(self, intent):
        self.status[intent.client_order_id] = OrderStatus.UNKNOWN

    def listen(self):
        try:
            for event in self.session.poll():
                self.hear(event)
        except VenueUnknownError:
            self.link_down()

    def link_down(self):
        try:
            self.session.reconnect()
        except VenueUnknownError:
            return  # later
        self.reconcile()

    def hear(self, event):
        if isinstance(event, Fill):
            self.count(event)
        else:
            self.status[event.client_order_id] = event.status

    def count(self, fill):
        if fill.trade_id not in self.seen:
            self.seen.add(fill.trade_id)
            self.counted.append(fill)

    def reconcile(self):
        for fill in self.session.fills():
            self.count(fill)
        for name in self.intents:
            order = self.session.query(name)
            self.status[name] = OrderStatus.REJECTED if order is None else order.status

    def finish(self):
        self.listen()
        self.session.reconnect()
        self.listen()
        self.reconcile()

    def story(self):
        held, cash, fees, filled = {}, _CASH, Decimal(0), {}
        for fill in self.counted:
            sign = 1 if fill.side is Side.BUY else -1
            held[fill.symbol] = held.get(fill.symbol, Decimal(0)) + sign * fill.last_qty
            cash -= sign * fill.last_qty * fill.last_px + fill.fee
            fees += fill.fee
            filled[fill.client_order_id] = filled.get(fill.client_order_id, Decimal(0)) + fill.last_qty
        orders = [
            OrderReport(intent=intent, status=self.status[name], filled_qty=filled.get(name, Decimal(0)))
            for name, intent in self.intents.items()
        ]
        positions = [
            Position(symbol=symbol, quantity=quantity, avg_px=None, realized_pnl=Decimal(0))
            for symbol, quantity in held.items()
        ]
        account = Account(currency="USD", starting_cash=_CASH, cash=cash, realized_pnl=Decimal(0), fees=fees)
        return Story(orders=tuple(orders), fills=tuple(self.counted), positions=tuple(positions), account=account)


class CountsRepeatedFills(Desk):
    def count(self, fill):
        self.counted.append(fill)

    def reconcile(self):
        pass


class ForgetsLostFills(Desk):
    def reconcile(self):
        pass


class TakesUnknownAsRejected(Desk):
    def lost_answer(self, intent):
        self.status[intent.client_order_id] = OrderStatus.REJECTED

    def hear(self, event):
        if self.status.get(event.client_order_id) is not OrderStatus.REJECTED:
            super().hear(event)

    def reconcile(self):
        pass


class SendsAgain(Desk):
    def lost_answer(self, intent):
        try:
            self.session.submit(intent)
        except VenueError:
            self.status[intent.client_order_id] = OrderStatus.UNKNOWN


class SendsAgainUnderANewName(Desk):
    def lost_answer(self, intent):
        super().lost_answer(intent)
        try:
            self.session.submit(attrs.evolve(intent, client_order_id=intent.client_order_id + "-again"))
        except VenueUnknownError:
            return


class DoesNothing(Desk):
    def place(self, intent):
        self.intents[intent.client_order_id] = intent
        self.status[intent.client_order_id] = OrderStatus.ACCEPTED
        try:
            self.session.submit(intent)
        except VenueUnknownError:
            with suppress(VenueUnknownError):
                self.session.reconnect()

    def finish(self):
        self.session.reconnect()


def _exam(desk_class, order, seed=3, orders=40):
    venue = Venue(seed=seed, fee_rate=Decimal("0.0001"))
    script = FaultScript.drawn(seed=seed, orders=orders, each=3, classes=KNOWN)
    session = FaultySession(InProcessSession(venue), script)
    desk = desk_class(session)
    for number in range(orders):
        venue.quote(f"S{number}", 99, 100, 50, 50, ts=number)
        if number % 2:
            venue.submit(order("sell 5 @ 100", f"other{number}", symbol=f"S{number}"), "other")
        desk.place(order("buy 60 @ 100" if number % 3 else "sell 5", f"c{number}", symbol=f"S{number}"))
    session.settle()
    desk.finish()
    true = read_truth(venue.log)
    story = desk.story()
    return discrepancies(story, true), [recovery(fault, story, true) for fault in session.injected()], session


def _assert_recovered(desk_class, order, seed=3):
    differences, recoveries, session = _exam(desk_class, order, seed)
    assert session.pending() == ()
    assert [r.evidence for r in recoveries if not r.recovered] == []
    assert differences == ()


@pytest.mark.parametrize("seed", range(6))
def test_honest_desk_recovers_from_every_fault(order, seed):
    _assert_recovered(Desk, order, seed)


@pytest.mark.parametrize(
    "desk", [CountsRepeatedFills, ForgetsLostFills, TakesUnknownAsRejected, SendsAgain, SendsAgainUnderANewName]
)
def test_broken_desk_does_not(order, desk):
    with pytest.raises(AssertionError):
        _assert_recovered(desk, order)


@pytest.mark.parametrize(
    ("desk", "fault_class"),
    [
        (CountsRepeatedFills, FaultClass.DUPLICATE_FILL),
        (ForgetsLostFills, FaultClass.FILLS_LOST_ON_DISCONNECT),
        (TakesUnknownAsRejected, FaultClass.SUBMIT_TIMEOUT_FILLS_LATER),
        (SendsAgain, FaultClass.SUBMIT_TIMEOUT_FILLS_LATER),
    ],
)
def test_no_fault_of_the_class_a_desk_is_blind_to_counts_as_recovered(order, desk, fault_class):
    verdicts = [r.recovered for r in _exam(desk, order)[1] if r.fault.fault_class is fault_class]
    assert len(verdicts) == 3
    assert verdicts.count(True) <= (fault_class is FaultClass.SUBMIT_TIMEOUT_FILLS_LATER)  # one was never sent


def test_desk_that_does_nothing_recovers_from_nothing(order):
    recoveries = _exam(DoesNothing, order)[1]
    assert len(recoveries) >= 3
    assert not any(r.recovered for r in recoveries)


def test_same_seed_injects_the_same_faults(order):
    assert _exam(Desk, order)[2].injected() == _exam(Desk, order)[2].injected()


@pytest.fixture
def told(order):
    """Return a true story, and the truth."""
    venue = Venue()
    venue.quote("AAA", 99, 100, 50, 50, ts=1)
    desk = Desk(InProcessSession(venue))
    desk.place(order("buy 5", "a"))
    desk.finish()
    return desk.story(), read_truth(venue.log)


def _with_fill(story, **changes):
    return attrs.evolve(story, fills=(attrs.evolve(story.fills[0], **changes),))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda s: attrs.evolve(s, fills=()), "execution T0-2 of order a: missing"),
        (lambda s: attrs.evolve(s, fills=s.fills * 2), "counted 2 times"),
        (lambda s: _with_fill(s, last_px=Decimal(99)), "told otherwise"),
        (lambda s: _with_fill(s, trade_id="T9"), "execution T9 of order a: unknown to the venue"),
        (lambda s: attrs.evolve(s, orders=()), "order a: the venue has it, filled; the component does not"),
        (
            lambda s: attrs.evolve(s, orders=(attrs.evolve(s.orders[0], status=OrderStatus.UNKNOWN),)),
            "order a: unknown by the component, filled by the venue",
        ),
        (
            lambda s: attrs.evolve(s, orders=(attrs.evolve(s.orders[0], filled_qty=Decimal(4)),)),
            "order a: 4 filled by the component, 5 by the venue",
        ),
        (lambda s: attrs.evolve(s, positions=()), "position in AAA: 0 by the component, 5 by the venue"),
        (
            lambda s: attrs.evolve(s, account=attrs.evolve(s.account, cash=_CASH)),
            "cash: moved by 0 by the component, by -500 by the venue",
        ),
        (lambda s: attrs.evolve(s, account=attrs.evolve(s.account, fees=Decimal(1))), "fees: 1 by the component"),
    ],
)
def test_false_story_is_contradicted_in_words(told, change, sentence):
    story, true = told
    assert discrepancies(story, true) == ()
    assert any(sentence in text for text in discrepancies(change(story), true))


def test_order_invented_by_the_component_is_contradicted(told, order):
    story, true = told
    invented = OrderReport(intent=order("buy 5", "b"), status=OrderStatus.ACCEPTED)
    (sentence,) = discrepancies(attrs.evolve(story, orders=(*story.orders, invented)), true)
    assert sentence == "order b: accepted by the component, unknown to the venue"
