"""What is recorded of an order that the venue takes: its acknowledgement, unless an execution says so at once."""

import attrs
import pytest

from allause.models.orders import OrderStatus
from allause_execution.journal import NAME, Reading, decoded
from allause_execution.orders.events import EventKind

ORDER = {"symbol": "AAPL", "quantity": 10, "order_type": "market"}
ACCEPTED, PARTIAL_FILL, FILL = EventKind.ACCEPTED, EventKind.PARTIAL_FILL, EventKind.FILL


def trading_at_once(session, *trades, **answer):
    """Have each order traded before its acknowledgement, which says ``answer``, is read."""
    take = session.take

    def take_and_trade(intent):
        order = take(intent)
        for trade in trades:
            session.trade(intent.client_order_id, **trade)
        return attrs.evolve(order, **answer)

    session.take = take_and_trade
    return session


def recorded(directory, key):
    """Return the kinds of an order's events after its intent."""
    kinds = [event.kind for _, event in decoded(Reading(directory / NAME)) if event.client_order_id == key]
    assert kinds[0] is EventKind.INTENT
    return kinds[1:]


@pytest.mark.parametrize(
    ("quantities", "kinds", "status"),
    [
        ((), [ACCEPTED], OrderStatus.ACCEPTED),
        ((10,), [FILL], OrderStatus.FILLED),
        ((4,), [PARTIAL_FILL], OrderStatus.PARTIALLY_FILLED),
        ((4, 6), [PARTIAL_FILL, FILL], OrderStatus.FILLED),
        ((11,), [ACCEPTED], OrderStatus.ACCEPTED),  # it cannot be one of this order's, so it says nothing
    ],
)
def test_an_execution_that_counts_stands_for_the_acknowledgement(
    scripted, started, tmp_path, quantities, kinds, status
):
    session = trading_at_once(scripted(), *({"quantity": quantity, "price": 100} for quantity in quantities))
    component = started(session)
    report = component.place_order(**ORDER, client_order_id="o1")
    assert (report.status, report.venue_order_id) == (status, "v1")
    component.close()
    assert [kind for kind in recorded(tmp_path, "o1") if kind is not EventKind.ILLEGAL] == kinds
    assert started(session).get_order(client_order_id="o1") == report


def test_an_acknowledgement_with_a_reason_is_recorded(scripted, started, tmp_path):
    component = started(trading_at_once(scripted(), {"quantity": 4, "price": 100}, reason="queued behind an auction"))
    component.place_order(**ORDER, client_order_id="o1")
    component.close()
    assert recorded(tmp_path, "o1") == [ACCEPTED, PARTIAL_FILL]


def test_an_execution_of_another_order_says_nothing_about_this_one(scripted, started, tmp_path):
    session = scripted()
    component = started(session)
    component.place_order(**ORDER, client_order_id="o1")
    session.trade("o1", 10, 100)
    component.place_order(**ORDER, client_order_id="o2")
    component.close()
    assert (recorded(tmp_path, "o1"), recorded(tmp_path, "o2")) == ([ACCEPTED, FILL], [ACCEPTED])


def test_an_execution_with_no_answer_leaves_the_order_unknown(scripted, started, tmp_path):
    session = scripted("timeout")
    component = started(trading_at_once(session, {"quantity": 4, "price": 100}), reconcile_seconds=None)
    report = component.place_order(**ORDER, client_order_id="o1")
    assert (report.status, report.filled_qty) == (OrderStatus.UNKNOWN, 4)
    component.close()
    assert recorded(tmp_path, "o1") == [EventKind.UNKNOWN, PARTIAL_FILL]
