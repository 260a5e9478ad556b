"""Whether what a venue answers can be read: hostile or broken records become one sentence."""

from decimal import Decimal

from allause.models.orders import OrderIntent
from allause.models.venue import Instrument, VenueOrder

_MOST_OF_AN_ORDER = Decimal(1).scaleb(19)  # one digit more than an order here may have
MAGNITUDES = 40  # far beyond any money; a sum of one with 1e-999999999 has a billion digits
SMALLEST, LARGEST = Decimal(1).scaleb(1 - MAGNITUDES), Decimal(1).scaleb(MAGNITUDES)


def flaw(order: object) -> str:
    """Say what of an order cannot be so, whichever order it is; empty when it can be read."""
    if not isinstance(order, VenueOrder):
        return f"expected an order, found {order!r:.100}"
    for name in ("client_order_id", "venue_order_id", "reason"):
        if not isinstance(getattr(order, name), str):
            return f"its {name} is {getattr(order, name)!r:.100}, expected a text"
    if not (is_amount(order.quantity) and 0 < order.quantity < _MOST_OF_AN_ORDER):
        return f"its quantity is {order.quantity!r:.100}, expected a number above zero"
    if not (is_amount(order.filled_qty) and 0 <= order.filled_qty < _MOST_OF_AN_ORDER):
        return f"its filled_qty is {order.filled_qty!r:.100}, expected zero or more"
    for name in ("price", "stop_price"):
        price = getattr(order, name)
        if price is not None and not (is_amount(price) and 0 <= price < _MOST_OF_AN_ORDER):
            return f"its {name} is {price!r:.100}, expected a price or None"
    return ""


def is_amount(value: object) -> bool:
    """Tell whether a value is a finite Decimal of a size that exact sums can bear."""
    return isinstance(value, Decimal) and value.is_finite() and -MAGNITUDES < value.adjusted() < MAGNITUDES


def is_grid(found: object) -> bool:
    """Tell whether it is an instrument with tick and lot above zero."""
    return isinstance(found, Instrument) and all(
        is_amount(step) and step > 0 for step in (found.tick_size, found.lot_size)
    )


def is_about(found: object, intent: OrderIntent) -> bool:
    """Tell whether it is the order that was asked for, as far as id, instrument and side go."""
    return (
        isinstance(found, VenueOrder)
        and found.client_order_id == intent.client_order_id
        and found.symbol == intent.symbol
        and found.side == intent.side
    )


def acknowledges(found: object, intent: OrderIntent) -> bool:
    """Tell whether it is that order in its quantity too."""
    return (  # what ``is_about`` asks, written out: it is asked of every order
        isinstance(found, VenueOrder)
        and found.client_order_id == intent.client_order_id
        and found.symbol == intent.symbol
        and found.side == intent.side
        and found.quantity == intent.quantity
    )
