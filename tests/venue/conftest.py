"""A venue with one quoted instrument, and a short way to write an order."""

from decimal import Decimal
from itertools import count

import pytest

from allause.models import OrderIntent, OrderType, Side, TimeInForce
from allause.venue import Venue


def _order(text, name=None, *, symbol="AAA", tif=TimeInForce.GTC, **more):
    """Write ``buy 5`` for a market, ``sell 5 @ 100`` for a limit, ``buy 5 stop 101`` for a stop order, or both."""
    text, _, stop = text.partition(" stop ")
    side, quantity, *price = text.replace("@", " ").split()
    return OrderIntent(
        client_order_id=name or f"c{next(_NUMBERS)}",
        symbol=symbol,
        side=Side(side),
        quantity=Decimal(quantity),
        order_type=_TYPES[bool(price), bool(stop)],
        price=Decimal(price[0]) if price else None,
        time_in_force=tif,
        stop_price=Decimal(stop) if stop else None,
        **more,
    )


_TYPES = {
    (False, False): OrderType.MARKET,
    (True, False): OrderType.LIMIT,
    (False, True): OrderType.STOP,
    (True, True): OrderType.STOP_LIMIT,
}
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
