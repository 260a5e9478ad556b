"""A venue with one quoted instrument, and a short way to write an order."""

from decimal import Decimal
from itertools import count

import pytest

from allause.models import OrderIntent, OrderType, Side, TimeInForce
from allause.venue import Venue


def _order(text, name=None, *, symbol="AAA", tif=TimeInForce.GTC):
    """Write ``buy 5`` for a market and ``sell 5 @ 100`` for a limit order."""
    side, quantity, *price = text.replace("@", " ").split()
    return OrderIntent(
        client_order_id=name or f"c{next(_NUMBERS)}",
        symbol=symbol,
        side=Side(side),
        quantity=Decimal(quantity),
        order_type=OrderType.LIMIT if price else OrderType.MARKET,
        price=Decimal(price[0]) if price else None,
        time_in_force=tif,
    )


_NUMBERS = count()


@pytest.fixture
def order():
    return _order


@pytest.fixture
def venue():
    venue = Venue(seed=7)
    venue.quote("AAA", Decimal("99.99"), Decimal("100.01"), Decimal(100), Decimal(100), ts=1_000)
    return venue


@pytest.fixture
def empty():
    venue = Venue(seed=7)
    venue.list_instrument("AAA")
    return venue
