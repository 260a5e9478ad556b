"""Which orders the venue takes, before it looks at the book."""

from allause.models.orders import OrderIntent, OrderType, Side, TimeInForce
from allause.venue.account import VenueAccount
from allause.venue.money import AMOUNT, is_amount

_SIDES, _TYPES, _TIMES = tuple(Side), tuple(OrderType), tuple(TimeInForce)  # tuples: a value may be unhashable


def refusal(intent: OrderIntent, account: VenueAccount) -> str:
    """Return why the venue refuses an order as it is written; empty when it does not."""
    name = intent.client_order_id
    if not isinstance(name, str) or not name:
        return f"an order needs a client order id, a text that is not empty; got {name!r}"
    if name in account.orders:
        return f"client order id {name!r} was used before; every order needs a new one"
    for value, names in ((intent.side, _SIDES), (intent.order_type, _TYPES), (intent.time_in_force, _TIMES)):
        if value not in names:
            return f"order {name}: expected one of {', '.join(names)}, got {value!r}"
    if not is_amount(intent.quantity):
        return f"order {name}: expected as quantity {AMOUNT}, got {intent.quantity!r}"
    return _price_refusal(intent)


def _price_refusal(intent: OrderIntent) -> str:
    name, price = intent.client_order_id, intent.price
    if intent.order_type == OrderType.LIMIT:
        return "" if is_amount(price) else f"limit order {name}: expected as price {AMOUNT}, got {price!r}"
    if price is None:
        return ""
    return f"market order {name}: expected no price, got {price}; leave it out or send a limit order"
