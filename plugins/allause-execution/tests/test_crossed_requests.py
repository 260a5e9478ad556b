"""A cancel meets a replacement whose answer is missing: whatever became of either, every fill counts."""

from decimal import Decimal

import attrs
import pytest

from allause.models.orders import OrderStatus
from allause.venue import CancelRace, FaultScript, FaultySession, InProcessSession, Race, ReplaceRace, Venue
from allause_execution.routing.intake import Intake

ORDER = {"symbol": "AAPL", "quantity": 10, "order_type": "limit", "price": 99, "client_order_id": "o1"}


@pytest.fixture
def session(scripted):
    return scripted()


@pytest.fixture
def replaced(session, started):
    """Make a component whose order was enlarged to 20, or not, without an answer: ``replaced("timeout")``."""

    def make(word, **options):
        component = started(session, **options)
        component.place_order(**ORDER)
        session.replacing = [word]
        assert component.replace_order(client_order_id="o1", quantity=20).status is OrderStatus.PENDING_REPLACE
        return component

    return make


def agrees(component, session):
    component.reconcile()
    assert component.reconcile().complete
    assert {p.symbol: p.quantity for p in component.get_positions() if p.quantity} == session.positions()
    assert component.validate_component().problems == ()


def stands(component):
    report = component.get_order(client_order_id="o1")
    return report.status, report.filled_qty, report.quantity_in_force


@pytest.mark.parametrize("cancelling", ["reject", "lost"])
@pytest.mark.parametrize(("word", "quantity"), [("timeout", 20), ("lost", 10)], ids=["replaced", "not replaced"])
def test_an_order_whose_cancel_failed_has_the_terms_of_the_venue(replaced, session, word, quantity, cancelling):
    component = replaced(word)
    session.cancelling = [cancelling]
    component.cancel_order(client_order_id="o1")
    if cancelling == "lost":
        assert component.reconcile().complete
    assert stands(component) == (OrderStatus.ACCEPTED, 0, quantity)
    session.trade("o1", 10, 99)
    filled = OrderStatus.FILLED if quantity == 10 else OrderStatus.PARTIALLY_FILLED
    assert stands(component) == (filled, 10, quantity)
    if quantity == 20:
        session.trade("o1", 10, 99)
        assert stands(component) == (OrderStatus.FILLED, 20, 20)
    agrees(component, session)


def test_fills_that_cross_the_cancel_count_up_to_the_terms_of_the_venue(replaced, session):
    component = replaced("timeout")
    session.crossing = lambda key: session.trade(key, 15, 99)
    assert component.cancel_order(client_order_id="o1").status is OrderStatus.CANCELED
    assert stands(component) == (OrderStatus.CANCELED, 15, 20)
    agrees(component, session)


def test_fills_that_cross_the_cancels_of_a_halt_count(replaced, session):
    component = replaced("timeout")
    session.trade("o1", 12, 99, push=0)
    component.halt(reason="drill")
    assert stands(component)[0] is OrderStatus.CANCELED
    agrees(component, session)
    assert stands(component) == (OrderStatus.CANCELED, 12, 20)


def test_fills_told_after_the_venue_ended_a_replaced_order_count(replaced, session, started):
    component = replaced("timeout")
    session.trade("o1", 15, 99, push=0)
    session.push("o1", OrderStatus.EXPIRED)
    assert stands(component)[:2] == (OrderStatus.EXPIRED, 0)
    session.news.append(session.trades[0])
    assert stands(component) == (OrderStatus.EXPIRED, 15, 20)  # so much it could not fill before
    component.close()
    again = started(session)
    assert stands(again) == (OrderStatus.EXPIRED, 15, 20)
    agrees(again, session)


def test_a_cancel_whose_refusal_tells_nothing_leaves_the_replacement_pending(replaced, session):
    component = replaced("timeout")
    query, session.query = session.query, lambda key: None
    session.cancelling = ["reject"]
    assert component.cancel_order(client_order_id="o1").status is OrderStatus.PENDING_CANCEL
    assert not component.reconcile().complete
    session.query = query
    agrees(component, session)
    assert stands(component) == (OrderStatus.ACCEPTED, 0, 20)


def test_a_comparison_that_cannot_read_the_terms_is_not_complete(replaced, session):
    component = replaced("timeout")
    whole = session.orders["o1"]
    session.orders["o1"] = attrs.evolve(whole, status=OrderStatus.UNKNOWN)
    report = component.reconcile()
    assert not report.complete
    assert "whether it was replaced is not known" in report.drift[0]
    session.orders["o1"] = whole
    assert component.reconcile().complete


def two_faults_at_one_order(started, race, *, filled):
    """Lose the answer to a replacement, and let its cancel meet another fault, at the exam venue."""
    venue = Venue(seed=7)
    venue.quote("AAPL", Decimal(100), Decimal(101), Decimal(100), Decimal(100), ts=1000)
    faults = (ReplaceRace(order_index=0, race=Race.ANSWER_LOST), CancelRace(order_index=0, race=race))
    session = FaultySession(InProcessSession(venue), FaultScript(faults=faults, together=2))
    component = started(session)
    component.place_order(**ORDER | {"time_in_force": "gtc"})
    component.replace_order(client_order_id="o1", quantity=20)
    component.cancel_order(client_order_id="o1")
    assert len(session.injected()) == len(faults)
    for ts in (3000, 3001):
        venue.quote("AAPL", Decimal(98), Decimal(99), Decimal(1), Decimal(10), ts=ts)
    assert stands(component)[1] == filled
    agrees(component, session)


RACES = {Race.FILLED: 20, Race.PARTLY_FILLED: 10, Race.ANSWER_LOST: 0, Race.SAID_TO_BE_UNKNOWN: 20}


@pytest.mark.parametrize(("race", "filled"), RACES.items())
def test_an_order_survives_two_faults_of_the_exam_venue(started, race, filled):
    two_faults_at_one_order(started, race, filled=filled)


def test_an_engine_that_lets_go_of_what_was_asked_at_a_cancel_is_noticed(started, monkeypatch):
    take_terms = Intake._take_terms

    def let_go(self, order, found, why):
        if order.status is OrderStatus.PENDING_CANCEL:
            order.asked = None
            return False
        return take_terms(self, order, found, why)

    monkeypatch.setattr(Intake, "_take_terms", let_go)
    with pytest.raises(AssertionError):
        two_faults_at_one_order(started, Race.SAID_TO_BE_UNKNOWN, filled=20)
