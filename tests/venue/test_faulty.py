"""What the faulty session does, and what it says it did."""

from decimal import Decimal

import pytest

from allause.exceptions import VenueError, VenueUnknownError
from allause.models import OrderStatus
from allause.venue import (
    CancelRace,
    DuplicateFill,
    FaultScript,
    FaultySession,
    FillsLostOnDisconnect,
    InProcessSession,
    Race,
    ReplaceRace,
    SubmitTimeoutFillsLater,
)


def _faulty(venue, *faults):
    return FaultySession(InProcessSession(venue), FaultScript(faults=faults))


def _ids(events):
    return [event.trade_id for event in events]


def _burst(venue, order):
    for price in ("100.02", "100.03", "100.04"):
        venue.submit(order(f"sell 10 @ {price}"), "other")


def test_session_without_faults_loses_nothing(venue, order):
    session = _faulty(venue)
    session.submit(order("buy 5", "a"))
    assert _ids(session.poll()) == _ids(session.fills())
    assert session.injected() == ()


def test_link_is_cut_inside_a_burst_of_fills(venue, order):
    _burst(venue, order)
    session = _faulty(venue, FillsLostOnDisconnect(order_index=0, fills_before=2))
    assert session.submit(order("buy 130 @ 101", "a")).status is OrderStatus.ACCEPTED
    every = _ids(venue.fills())
    assert _ids(session.poll()) == every[:2]
    assert session.injected()[0].trade_ids == tuple(every[2:])


@pytest.mark.parametrize(
    "call",
    [
        lambda session, order: session.submit(order("buy 1")),
        lambda session, order: session.cancel("a"),
        lambda session, order: session.poll(),
        lambda session, order: session.query("a"),
        lambda session, order: session.open_orders(),
        lambda session, order: session.fills(),
        lambda session, order: session.positions(),
        lambda session, order: session.cash(),
    ],
)
def test_every_call_over_a_cut_link_has_an_unknown_outcome_until_reconnect(venue, order, call):
    session = _faulty(venue, FillsLostOnDisconnect(order_index=0))
    session.submit(order("buy 5", "a"))
    received = venue.orders_received
    with pytest.raises(VenueUnknownError, match="reconnect"):
        call(session, order)
    assert venue.orders_received == received
    session.reconnect()
    assert session.query("a").status is OrderStatus.FILLED


def test_what_is_pushed_over_a_cut_link_is_never_delivered(venue, order):
    session = _faulty(venue, FillsLostOnDisconnect(order_index=1))
    session.submit(order("buy 5 @ 90", "resting"))
    session.submit(order("buy 5", "a"))
    venue.quote("AAA", 80, 85, 10, 10, ts=2_000)
    session.reconnect()
    assert session.poll() == ()
    assert session.injected()[0].trade_ids == tuple(_ids(venue.fills()))
    assert len(venue.fills()) == 2


def test_after_reconnect_fills_are_delivered_again(venue, order):
    session = _faulty(venue, FillsLostOnDisconnect(order_index=0))
    session.submit(order("buy 5", "a"))
    session.reconnect()
    session.submit(order("buy 5", "b"))
    assert [event.client_order_id for event in session.poll()] == ["b"]


def test_fill_is_delivered_twice_at_once(venue, order):
    session = _faulty(venue, DuplicateFill(order_index=1))
    session.submit(order("buy 5", "a"))
    session.submit(order("buy 5", "b"))
    assert [event.client_order_id for event in session.poll()] == ["a", "b", "b"]
    assert (session.injected()[0].client_order_id, session.pending()) == ("b", ())


def test_fill_is_delivered_again_after_reconnect(venue, order):
    session = _faulty(venue, DuplicateFill(order_index=0, after_reconnect=True))
    session.submit(order("buy 5", "a"))
    first = session.poll()
    assert (session.injected(), len(session.pending())) == ((), 1)
    session.reconnect()
    assert session.poll() == first
    assert session.injected()[0].trade_ids == (first[0].trade_id,)


def test_order_whose_answer_was_lost_is_known_at_once_and_fills_later(venue, order):
    session = _faulty(venue, SubmitTimeoutFillsLater(order_index=0, calls_later=2))
    with pytest.raises(VenueUnknownError, match="'a' in time"):
        session.submit(order("buy 5", "a"))
    assert session.query("a").status is OrderStatus.ACCEPTED
    assert _ids(session.poll()) == _ids(venue.fills()) != []


def test_settle_lets_a_late_order_trade_without_further_calls(venue, order):
    session = _faulty(venue, SubmitTimeoutFillsLater(order_index=0, calls_later=100))
    with pytest.raises(VenueUnknownError):
        session.submit(order("buy 5", "a"))
    session.settle()
    assert len(venue.fills()) == 1


def test_refused_order_leaves_the_fault_for_the_next(venue, order):
    session = _faulty(venue, SubmitTimeoutFillsLater(order_index=0))
    with pytest.raises(VenueError, match="does not list") as refused:
        session.submit(order("buy 5", symbol="ZZZ"))
    assert not isinstance(refused.value, VenueUnknownError)
    with pytest.raises(VenueUnknownError):
        session.submit(order("buy 5", "b"))
    assert session.injected()[0].client_order_id == "b"


def test_one_order_is_hit_by_one_fault_only(venue, order):
    session = _faulty(venue, SubmitTimeoutFillsLater(order_index=0, calls_later=1), DuplicateFill(order_index=0))
    with pytest.raises(VenueUnknownError):
        session.submit(order("buy 5", "a"))
    assert len(session.poll()) == 1
    session.submit(order("buy 5", "b"))
    assert [fault.client_order_id for fault in session.injected()] == ["a", "b"]


def test_one_order_is_hit_by_as_many_faults_as_the_script_allows(venue, order):
    faults = (
        ReplaceRace(order_index=0, race=Race.ANSWER_LOST),
        CancelRace(order_index=0, race=Race.SAID_TO_BE_UNKNOWN),
        CancelRace(order_index=0, race=Race.ANSWER_LOST),
    )
    session = FaultySession(InProcessSession(venue), FaultScript(faults=faults, together=2))
    for name in ("a", "b"):
        session.submit(order("buy 5 @ 90", name))
    with pytest.raises(VenueUnknownError):
        session.replace("a", Decimal(7), Decimal(90), None)
    with pytest.raises(VenueError, match="unknown order"):
        session.cancel("a")
    assert session.cancel("a").status is OrderStatus.CANCELED
    with pytest.raises(VenueUnknownError):
        session.cancel("b")
    assert [fault.client_order_id for fault in session.injected()] == ["a", "a", "b"]


def test_fault_that_did_not_happen_stays_pending(venue, order):
    fault = DuplicateFill(order_index=0)
    session = _faulty(venue, fault)
    session.submit(order("buy 5 @ 90"))
    assert (session.injected(), session.pending()) == ((), (fault,))


def test_fill_that_comes_with_a_later_quote_can_be_the_one_lost(venue, order):
    session = _faulty(venue, FillsLostOnDisconnect(order_index=0))
    session.submit(order("buy 5 @ 90", "a"))
    venue.quote("AAA", Decimal(80), Decimal(85), Decimal(10), Decimal(10), ts=2_000)
    with pytest.raises(VenueUnknownError):
        session.poll()
    assert session.injected()[0].ts == 2_000
