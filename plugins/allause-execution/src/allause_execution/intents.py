"""From the caller's arguments to an intent that can be trusted."""

from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar

from allause.exceptions import OrderDeniedError
from allause.models.orders import OrderIntent, OrderType, Side, TimeInForce, exact

_MAX_TEXT = 64
_MAX_DECIMALS = 18
_Word = TypeVar("_Word", bound=StrEnum)


def make_intent(
    *,
    client_order_id: str,
    symbol: str,
    quantity: Decimal | float,
    order_type: OrderType | str,
    side: Side | str | None = None,
    price: Decimal | float | None = None,
    time_in_force: TimeInForce | str | None = None,
) -> OrderIntent:
    """Check and convert every argument of an order.

    Raises:
        OrderDeniedError: a value is not what the contract asks; its reason is the argument's name.
    """
    kind = _word("order_type", order_type, OrderType)
    if kind is OrderType.LIMIT and price is None:
        raise OrderDeniedError("a limit order needs a price, found none; give price or order_type='market'", "price")
    if kind is OrderType.MARKET and price is not None:
        raise OrderDeniedError(
            f"a market order has no price, found {price!r}; leave it out or give order_type='limit'", "price"
        )
    return OrderIntent(
        client_order_id=_text("client_order_id", client_order_id),
        symbol=_text("symbol", symbol),
        side=Side.BUY if side is None else _word("side", side, Side),
        quantity=_number("quantity", quantity),
        order_type=kind,
        price=None if price is None else _number("price", price),
        time_in_force=TimeInForce.DAY if time_in_force is None else _word("time_in_force", time_in_force, TimeInForce),
    )


def _word(name: str, value: Any, vocabulary: type[_Word]) -> _Word:
    try:
        return vocabulary(value)
    except ValueError:
        choices = ", ".join(vocabulary)
        raise OrderDeniedError(f"{name}: expected one of {choices}; found {_shown(value)}", name) from None


def _text(name: str, value: Any) -> str:
    if isinstance(value, str) and 0 < len(value) <= _MAX_TEXT and value.isprintable() and value == value.strip():
        return str(value)
    expected = f"1 to {_MAX_TEXT} printable characters without space around them"
    raise OrderDeniedError(f"{name}: expected {expected}; found {_shown(value)}", name)


def _number(name: str, value: Any) -> Decimal:
    try:
        number = exact(value)
    except (TypeError, ValueError) as error:
        raise OrderDeniedError(f"{name}: {error}; give a Decimal, an int or a float", name) from None
    if number <= 0:
        raise OrderDeniedError(f"{name}: expected a number above zero, found {_shown(value)}", name)
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int)
    if exponent < -_MAX_DECIMALS or number.adjusted() > _MAX_DECIMALS:
        raise OrderDeniedError(
            f"{name}: expected at most {_MAX_DECIMALS} digits on each side of the point, found {_shown(value)}", name
        )
    return number


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _MAX_TEXT else text[:_MAX_TEXT] + "..."
