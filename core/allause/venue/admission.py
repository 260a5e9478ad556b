"""Which orders the venue takes as they are written, before it looks at the book."""

from collections.abc import Mapping
from decimal import Decimal
from math import inf
from typing import Never

from allause.models.orders import OrderIntent, OrderType, Side, TimeInForce
from allause.venue.account import VenueAccount
from allause.venue.grid import Multiples
from allause.venue.listing import Listing
from allause.venue.money import AMOUNT, is_amount
from allause.venue.order import Order
from allause.venue.refusals import Refusal, RefusedError

_SIDES, _TYPES, _TIMES = tuple(Side), tuple(OrderType), tuple(TimeInForce)  # tuples: a value may be unhashable
_BUY, _MARKET, _LIMIT = Side.BUY, OrderType.MARKET, OrderType.LIMIT
_STOP, _STOP_LIMIT = OrderType.STOP, OrderType.STOP_LIMIT
_AT_ONCE = frozenset({TimeInForce.IOC, TimeInForce.FOK})


def admit(intent: OrderIntent, account: VenueAccount, listing: Listing, number: int, ts: int) -> Order:
    """Return the order that an intent asks for.

    Raises:
        RefusedError: it contradicts itself, or what its instrument asks.
    """
    name = intent.client_order_id
    if not isinstance(name, str) or not name:
        raise RefusedError(
            Refusal.INVALID_ID, f"an order needs a client order id, a text that is not empty; got {name!r}"
        )
    if name in account.orders:
        raise RefusedError(
            Refusal.DUPLICATE_ID, f"client order id {name!r} was used before; every order needs a new one"
        )
    side, order_type, time_in_force = intent.side, intent.order_type, intent.time_in_force
    if (
        side.__class__ is not Side
        or order_type.__class__ is not OrderType
        or time_in_force.__class__ is not TimeInForce
        or intent.post_only is not False
        or intent.reduce_only is not False
    ):
        _check_words(intent)
        side, order_type, time_in_force = Side(side), OrderType(order_type), TimeInForce(time_in_force)
    quantity, price, stop_price, grid = intent.quantity, intent.price, intent.stop_price, listing.grid
    size = limit = stop = 0
    if quantity.__class__ is Decimal and stop_price is None:
        try:
            if order_type is _LIMIT and price.__class__ is Decimal:
                size, limit = grid.lots.get(quantity, 0), grid.ticks.get(price, 0)  # known already, as a rule
            elif order_type is _MARKET and price is None:
                size = grid.lots.get(quantity, 0)
        except TypeError:  # a signalling NaN cannot be looked up
            size = 0
    if not (size and (limit or order_type is _MARKET)):
        size = lots(quantity, listing, name)
        limit, stop = ticks(order_type, price, stop_price, listing, name)
    return Order(
        number,
        number,
        name,
        listing.symbol,
        account.held.get(listing.symbol) or account.position(listing),
        side,
        order_type,
        time_in_force,
        quantity,
        price,
        stop_price,
        size,
        size,
        limit,
        (limit if side is _BUY else -limit) if limit else inf,
        stop,
        intent.post_only,
        intent.reduce_only,
        ts,
    )


def lots(quantity: object, listing: Listing, name: str) -> int:
    """Return a quantity in lots.

    Raises:
        RefusedError: it is no amount, or lies between two lots.
    """
    found = _whole(quantity, listing.grid.lots)
    if not found:
        if not is_amount(quantity):
            raise RefusedError(
                Refusal.INVALID_QUANTITY, f"order {name}: expected as quantity {AMOUNT}, got {quantity!r}"
            )
        raise RefusedError(
            Refusal.OFF_LOT,
            f"order {name}: expected as quantity a multiple of the lot size {listing.instrument.lot_size} of "
            f"{listing.symbol}, got {quantity}",
        )
    return found


def ticks(order_type: OrderType, price: object, stop_price: object, listing: Listing, name: str) -> tuple[int, int]:
    """Return limit and stop price in ticks, 0 for the one that the type has not.

    Raises:
        RefusedError: one is missing, needless, no amount or off the tick.
    """
    limit = stop = 0
    if order_type is _LIMIT or order_type is _STOP_LIMIT:
        limit = _whole(price, listing.grid.ticks) or _refuse_price(order_type, price, listing, name, "price")
    elif price is not None:
        raise RefusedError(
            Refusal.INVALID_PRICE,
            f"{order_type.replace('_', '-')} order {name}: expected no price, got {price}; leave it out or send "
            f"a {'stop-limit' if order_type.is_stop else 'limit'} order",
        )
    if order_type is _STOP or order_type is _STOP_LIMIT:
        stop = _whole(stop_price, listing.grid.ticks) or _refuse_price(
            order_type, stop_price, listing, name, "stop price"
        )
    elif stop_price is not None:
        raise RefusedError(
            Refusal.INVALID_STOP_PRICE,
            f"{order_type} order {name}: expected no stop price, got {stop_price}; leave it out or send a stop order",
        )
    return limit, stop


def _whole(amount: object, multiples: Multiples) -> int:
    if not isinstance(amount, Decimal):
        return 0
    try:
        return multiples[amount]
    except TypeError:  # a signalling NaN cannot be looked up
        return 0


def _refuse_price(order_type: OrderType, price: object, listing: Listing, name: str, what: str) -> Never:
    whose = f"{order_type.replace('_', '-')} order {name}"
    if is_amount(price):
        tick = listing.instrument.tick_size
        raise RefusedError(
            Refusal.OFF_TICK,
            f"{whose}: expected as {what} a multiple of the tick size {tick} of {listing.symbol}, got {price}",
        )
    refusal = Refusal.INVALID_PRICE if what == "price" else Refusal.INVALID_STOP_PRICE
    raise RefusedError(refusal, f"{whose}: expected as {what} {AMOUNT}, got {price!r}")


def unlisted(symbol: object, listings: Mapping[str, Listing]) -> RefusedError:
    """Return the refusal of an order in an instrument that is not listed."""
    listed = ", ".join(listings) or "nothing yet"
    return RefusedError(Refusal.UNKNOWN_INSTRUMENT, f"the venue does not list {symbol!r}; it lists {listed}")


def _check_words(intent: OrderIntent) -> None:
    name = intent.client_order_id
    for value, names in ((intent.side, _SIDES), (intent.order_type, _TYPES), (intent.time_in_force, _TIMES)):
        if value not in names:
            raise RefusedError(Refusal.INVALID_WORD, f"order {name}: expected one of {', '.join(names)}, got {value!r}")
    for flag in (intent.post_only, intent.reduce_only):
        if flag is not True and flag is not False:
            raise RefusedError(
                Refusal.INVALID_WORD, f"order {name}: expected as a flag one of True, False, got {flag!r}"
            )
    if intent.post_only and (not OrderType(intent.order_type).is_priced or intent.time_in_force in _AT_ONCE):
        raise RefusedError(
            Refusal.CONTRADICTION,
            f"order {name}: post-only goes with a limit that can wait; got a {intent.order_type} order, "
            f"{intent.time_in_force}",
        )
