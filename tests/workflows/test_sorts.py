from decimal import Decimal

import pytest

from allause.models.orders import OrderStatus, Side
from allause.models.venue import VenueOrder
from allause.workflows.sorts import other_terms


def working(price, stop_price=None, status=OrderStatus.ACCEPTED, side=Side.BUY):
    return VenueOrder(
        venue_order_id="v1",
        client_order_id="o1",
        symbol="AAPL",
        side=side,
        quantity=Decimal(5),
        price=price,
        stop_price=stop_price,
        filled_qty=Decimal(0),
        status=status,
    )


@pytest.mark.parametrize("price", [Decimal(60000), Decimal(1), Decimal("0.000001"), Decimal("0.00000001")])
@pytest.mark.parametrize("side", Side)
def test_each_term_changes_in_its_turn_however_low_the_price(price, side):
    order = working(price, stop_price=price, side=side)
    changed = [other_terms(order, turn) for turn in range(3)]
    assert [*changed[0].items()] == [("quantity", 6)]
    assert side.sign * (changed[1]["price"] - price) < 0  # further away
    assert side.sign * (changed[2]["stop_price"] - price) > 0
    assert all(value > 0 for terms in changed for value in terms.values())


def test_the_price_of_a_stop_that_was_met_stays():
    order = working(Decimal(99), stop_price=Decimal(100), status=OrderStatus.TRIGGERED)
    assert {term for turn in range(6) for term in other_terms(order, turn)} == {"quantity", "price"}
