from decimal import Decimal

import attrs
import pytest

from allause.exceptions import VenueUnknownError
from allause.models.orders import OrderStatus, ReconciliationReport
from allause.venue import (
    DuplicateFill,
    FaultScript,
    FaultySession,
    FillsLostOnDisconnect,
    InProcessSession,
    SubmitTimeoutFillsLater,
    Venue,
)

ORDER = {"symbol": "AAPL", "quantity": 10, "order_type": "market", "client_order_id": "o1"}


def test_nothing_to_do_is_complete(scripted, started):
    component = started(scripted())
    component.place_order(**ORDER)
    report = component.reconcile()
    assert report == ReconciliationReport(complete=True)


def test_a_time_out_that_fills_later_is_filled_exactly_once(scripted, started):
    session = scripted("timeout")
    component = started(session)
    assert component.place_order(**ORDER).status is OrderStatus.UNKNOWN
    fill = session.trade("o1", 10, 100)
    report = component.reconcile()
    assert (report.complete, report.orders_resolved) == (True, ("o1",))
    assert component.get_order(client_order_id="o1").status is OrderStatus.FILLED
    assert (component.get_fills(), len(session.submitted)) == ((fill,), 1)


def test_an_unknown_order_that_works_is_accepted(scripted, started):
    component = started(scripted("timeout"))
    component.place_order(**ORDER)
    component.reconcile()
    assert component.get_order(client_order_id="o1").status is OrderStatus.ACCEPTED


def test_an_unknown_order_the_venue_never_had_is_rejected(scripted, started):
    component = started(scripted("lost"))
    component.place_order(**ORDER)
    assert component.reconcile().complete
    report = component.get_order(client_order_id="o1")
    assert (report.status, report.reason) == (OrderStatus.REJECTED, "never reached the venue")


def test_fills_lost_while_disconnected_are_recovered_over_a_new_link(scripted, started):
    session = scripted()
    component = started(session)
    component.place_order(**ORDER)
    session.connected = False
    lost = session.trade("o1", 10, 100)
    assert component.get_fills() == ()
    report = component.reconcile()
    assert (report.complete, report.fills_recovered, session.reconnects) == (True, (lost.trade_id,), 1)
    assert component.get_order(client_order_id="o1").status is OrderStatus.FILLED


def test_a_venue_that_does_not_answer_gives_an_incomplete_report_and_changes_nothing(scripted, started):
    session = scripted("timeout")
    component = started(session)
    component.place_order(**ORDER)

    def silent():
        raise VenueUnknownError("no answer in time")

    session.fills = silent
    report = component.reconcile()
    assert not report.complete
    assert "no answer in time" in report.drift[0]
    assert component.get_order(client_order_id="o1").status is OrderStatus.UNKNOWN


def test_orders_of_others_are_named_and_left_alone(scripted, started, intent):
    session = scripted()
    component = started(session)
    session.submit(intent(client_order_id="foreign"))
    assert component.reconcile().external_orders == ("foreign",)
    assert component.get_open_orders() == ()


def test_a_position_changed_outside_is_told_as_drift(scripted, started, intent):
    session = scripted()
    component = started(session)
    session.submit(intent(client_order_id="foreign"))
    session.trade("foreign", 10, 50)
    report = component.reconcile()
    assert not report.complete
    assert report.drift == (
        "position in AAPL is 0 here and 10 at the venue",
        "cash is 1000000 here and 999500 at the venue",
    )
    assert component.get_positions() == ()


def test_an_order_the_venue_has_forgotten_is_told_as_drift(scripted, started):
    session = scripted()
    component = started(session)
    component.place_order(**ORDER)
    session.orders.clear()
    report = component.reconcile()
    assert report.drift == ("order o1 is accepted here and the venue does not know it",)


def test_an_order_that_ended_here_and_works_there_is_told_as_drift(scripted, started):
    session = scripted()
    component = started(session)
    component.place_order(**ORDER)
    component.cancel_order(client_order_id="o1")
    session.orders["o1"] = attrs.evolve(session.orders["o1"], status=OrderStatus.ACCEPTED)
    assert component.reconcile().drift == ("order o1 works at the venue and is canceled here",)


def test_a_fill_the_venue_counts_and_does_not_tell_is_drift(scripted, started):
    session = scripted()
    component = started(session)
    component.place_order(**ORDER)
    session.trade("o1", 4, 100, push=0)
    session.trades.clear()
    assert component.reconcile().drift == ("order o1: the venue filled 4, 0 is counted here",)


def test_what_was_pushed_before_a_comparison_broke_off_is_counted(scripted, started, monkeypatch):
    session = scripted()
    component = started(session)
    component.place_order(**ORDER)
    session.trade("o1", 4, 100)
    monkeypatch.setattr(session, "fills", lost)
    assert not component.reconcile().complete
    assert component.get_order(client_order_id="o1").filled_qty == 4
    assert [fill.last_qty for fill in component.get_fills()] == [4]


def lost():
    raise VenueUnknownError("the link is down")


def test_starting_cash_is_the_venues_when_none_is_configured(scripted, started):
    assert started(scripted(cash=Decimal("2500.5"))).get_account().starting_cash == Decimal("2500.5")


@pytest.mark.parametrize(
    "fault",
    [FillsLostOnDisconnect(order_index=2), DuplicateFill(order_index=2), SubmitTimeoutFillsLater(order_index=2)],
    ids=lambda f: type(f).__name__,
)
def test_each_fault_of_the_exam_venue_is_survived(started, fault):
    venue = Venue(seed=1)
    venue.quote("AAPL", Decimal(99), Decimal(101), Decimal(1000), Decimal(1000), ts=0)
    session = FaultySession(InProcessSession(venue), FaultScript(faults=(fault,), seed=1))
    component = started(session)
    for number in range(6):
        component.place_order("AAPL", 5, "market", client_order_id=f"o{number}")
    component.reconcile()
    assert component.reconcile().complete
    assert [fill.trade_id for fill in component.get_fills()] == [fill.trade_id for fill in venue.fills()]
    assert {p.symbol: p.quantity for p in component.get_positions()} == venue.positions()
    assert len(session.injected()) == 1
