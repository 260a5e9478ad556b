from decimal import Decimal

import attrs
import pytest

from allause.models.orders import OrderStatus, Side
from allause_execution.orders import state as state_module
from allause_execution.orders.kept import keep_fill
from allause_execution.routing import intake as intake_module

ORDER = {"symbol": "AAPL", "quantity": 10, "order_type": "market", "client_order_id": "o1"}


def repeated_delivery_counts_once(session, component):
    component.place_order(**ORDER)
    fill = session.trade("o1", 4, 100, push=2)
    session.news.append(fill)
    component.reconcile()
    assert component.get_fills() == (fill,)
    assert component.get_order(client_order_id="o1").filled_qty == 4
    assert component.get_positions()[0].quantity == 4
    assert component.get_account().cash == 1_000_000 - 400


def test_a_fill_delivered_by_push_and_by_reconciliation_counts_once(scripted, started):
    session = scripted()
    component = started(session)
    repeated_delivery_counts_once(session, component)
    assert component.get_performance_stats().details["repeated_fills"] == 2


def test_an_engine_that_applies_repeated_fills_is_noticed(scripted, started, monkeypatch):
    monkeypatch.setattr(state_module, "objection", lambda order, fill, counted: "")

    def take_every_fill(self, fill, *, asked):
        return self.record(
            intake_module.Event(
                kind=intake_module.EventKind.PARTIAL_FILL,
                ts=1,
                client_order_id=fill.client_order_id,
                fill=keep_fill(fill),
            )
        )

    monkeypatch.setattr(intake_module.Intake, "_take_fill", take_every_fill)
    session = scripted()
    with pytest.raises(AssertionError):
        repeated_delivery_counts_once(session, started(session))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"last_qty": Decimal(11)}, "overfills"),
        ({"last_qty": Decimal(0)}, "has quantity 0"),
        ({"last_qty": Decimal(-1)}, "has quantity -1"),
        ({"last_px": Decimal("NaN")}, "price NaN"),
        ({"symbol": "MSFT"}, "buy of MSFT, the order a buy of AAPL"),
        ({"side": "sell"}, "sell of AAPL"),
        ({"client_order_id": "strange"}, "no such order was placed here"),
        ({"last_qty": 4.0}, "cannot be read"),
        ({"trade_id": []}, "cannot be read"),
        ({"venue_order_id": 17}, "cannot be read"),
        ({"ts_event": 1.5}, "cannot be read"),
        ({"last_qty": 4.5}, "found Fill("),
    ],
    ids=str,
)
def test_a_fill_that_cannot_be_is_recorded_and_not_applied(scripted, started, change, told):
    session = scripted()
    component = started(session)
    component.place_order(**ORDER)
    good = session.trade("o1", 4, 100, push=0)
    session.news += [attrs.evolve(good, **change)] * 2
    assert component.get_fills() == ()
    assert component.get_order(client_order_id="o1").status is OrderStatus.ACCEPTED
    (problem,) = component.validate_component().problems
    assert told in problem


def test_a_fill_whose_side_is_a_text_is_given_with_the_word_of_the_vocabulary(scripted, started):
    session = scripted()
    component = started(session)
    component.place_order(**ORDER)
    session.news.append(attrs.evolve(session.trade("o1", 4, 100, push=0), side="buy"))
    (fill,) = component.get_fills()
    assert fill.side is Side.BUY


def test_a_trade_id_told_with_other_figures_is_recorded_and_not_applied(scripted, started):
    session = scripted()
    component = started(session)
    component.place_order(**ORDER)
    fill = session.trade("o1", 4, 100)
    session.news.append(attrs.evolve(fill, last_px=Decimal(101)))
    assert component.get_fills() == (fill,)
    assert "was counted before" in component.validate_component().problems[0]


def test_a_stale_acknowledgement_after_a_partial_fill_changes_nothing(scripted, started):
    session = scripted()
    component = started(session)
    component.place_order(**ORDER)
    stale = session.orders["o1"]
    session.trade("o1", 4, 100)
    session.news.append(stale)
    assert component.get_order(client_order_id="o1").status is OrderStatus.PARTIALLY_FILLED
    assert "accepted may not follow partially_filled" in component.validate_component().problems[0]


@pytest.mark.parametrize("pushed", ["nonsense", None, 5], ids=repr)
def test_a_push_that_is_no_record_is_recorded_as_illegal(scripted, started, pushed):
    session = scripted()
    component = started(session)
    session.news.append(pushed)
    assert component.get_fills() == ()
    assert "cannot be read" in component.validate_component().problems[0]


@pytest.mark.parametrize("status", ["denied", "submitted", "unknown", None], ids=repr)
def test_a_status_that_no_venue_has_is_recorded_as_illegal(scripted, started, status):
    session = scripted()
    component = started(session)
    component.place_order(**ORDER)
    session.news.append(attrs.evolve(session.orders["o1"], status=status))
    assert component.get_order(client_order_id="o1").status is OrderStatus.ACCEPTED
    assert "which it cannot have" in component.validate_component().problems[0]


@pytest.mark.parametrize("status", [OrderStatus.CANCELED, OrderStatus.EXPIRED])
def test_an_order_that_the_venue_ends_is_ended_here(scripted, started, status):
    session = scripted()
    component = started(session)
    component.place_order(**ORDER)
    session.news.append(attrs.evolve(session.orders["o1"], status=status, reason="end of day"))
    report = component.get_order(client_order_id="o1")
    assert (report.status, report.reason) == (status, "end of day")
    assert component.get_open_orders() == ()


def test_a_fill_told_after_the_cancel_still_counts(scripted, started):
    session = scripted()
    component = started(session)
    component.place_order(**ORDER)
    session.trade("o1", 4, 100, push=0)
    assert component.cancel_order(client_order_id="o1").status is OrderStatus.CANCELED
    session.news += session.trades
    report = component.get_order(client_order_id="o1")
    assert (report.status, report.filled_qty) == (OrderStatus.CANCELED, 4)


def test_a_pushed_fill_of_an_unknown_order_counts_and_leaves_it_unknown(scripted, started):
    session = scripted("timeout")
    component = started(session)
    component.place_order(**ORDER)
    session.trade("o1", 10, 100)
    report = component.get_order(client_order_id="o1")
    assert (report.status, report.filled_qty) == (OrderStatus.UNKNOWN, 10)


def test_average_price_is_weighted_by_quantity(scripted, started):
    session = scripted()
    component = started(session)
    component.place_order(**ORDER)
    session.trade("o1", 1, 100)
    session.trade("o1", 3, 104)
    assert component.get_order(client_order_id="o1").avg_px == 103
