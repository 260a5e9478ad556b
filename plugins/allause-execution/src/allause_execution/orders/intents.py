"""From the arguments of a call to an intent that can be trusted."""

from collections.abc import Callable
from decimal import Context, Decimal, InvalidOperation, Rounded
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeVar

from allause.discovery import printable
from allause.drafts import draft_of
from allause.exceptions import OrderDeniedError
from allause.models.orders import OrderIntent, OrderType, Side, TimeInForce, exact
from allause.models.venue import Instrument
from allause_execution.orders.ledger import EXACT, ZERO

_MAX_TEXT = 64
_MAX_DECIMALS = 18
_SMALLEST, _LARGEST_INT = Decimal(1).scaleb(-_MAX_DECIMALS), 10**_MAX_DECIMALS
_FEW = Context(prec=2 * _MAX_DECIMALS, traps=[Rounded, InvalidOperation])  # a zero cut off is one decimal too many
_PRICED = frozenset(kind for kind in OrderType if kind.is_priced)
_STOPS = frozenset(kind for kind in OrderType if kind.is_stop)
_BUY, _DAY = Side.BUY, TimeInForce.DAY  # bound once, as in ``state``
_AT_ONCE = frozenset({TimeInForce.IOC, TimeInForce.FOK})
_EXITS = "/"  # what the ids and groups of a bracket's exits contain, and nobody else's
_IntentDraft = draft_of(OrderIntent)
_remainder, _quantize = EXACT.remainder, _FEW.quantize
_Word = TypeVar("_Word", bound=StrEnum)
_SIDES: dict[Any, Side] = {word: word for word in Side}
_TYPES: dict[Any, OrderType] = {word: word for word in OrderType}
_TIMES: dict[Any, TimeInForce] = {word: word for word in TimeInForce}


def make_intent(
    client_order_id: str | None,
    symbol: str,
    quantity: Decimal | float,
    order_type: OrderType | str,
    side: Side | str | None = None,
    price: Decimal | float | None = None,
    time_in_force: TimeInForce | str | None = None,
    stop_price: Decimal | float | None = None,
    post_only: bool | None = None,
    reduce_only: bool | None = None,
    oco_group: str | None = None,
    take_profit: Decimal | float | None = None,
    stop_loss: Decimal | float | None = None,
    parent_id: str | None = None,
    parent_quantity: Decimal | float | None = None,
    new_id: Callable[[], str] | None = None,
) -> OrderIntent:
    """Check and convert every argument of an order; one without an id takes what ``new_id`` returns as it is.

    Raises:
        OrderDeniedError: a value is not what the contract asks; its reason is the argument's name.
    """
    draft = _IntentDraft()
    draft.client_order_id = (
        new_id() if client_order_id is None and new_id is not None else _name("client_order_id", client_order_id)
    )
    draft.symbol = symbol if type(symbol) is str and _is_symbol(symbol) else _text("symbol", symbol)
    draft.side = _BUY if side is None else _word("side", side, _SIDES)
    draft.quantity = number("quantity", quantity)
    draft.order_type = _word("order_type", order_type, _TYPES)
    draft.price = None if price is None else number("price", price)
    draft.time_in_force = _DAY if time_in_force is None else _word("time_in_force", time_in_force, _TIMES)
    draft.stop_price = None if stop_price is None else number("stop_price", stop_price)
    draft.post_only = False if post_only is None else _flag("post_only", post_only)
    draft.reduce_only = False if reduce_only is None else _flag("reduce_only", reduce_only)
    draft.oco_group = None if oco_group is None else _name("oco_group", oco_group)
    draft.take_profit = None if take_profit is None else number("take_profit", take_profit)
    draft.stop_loss = None if stop_loss is None else number("stop_loss", stop_loss)
    draft.parent_id = None if parent_id is None else _text("parent_id", parent_id)
    draft.parent_quantity = None if parent_quantity is None else number("parent_quantity", parent_quantity)
    draft.__class__ = OrderIntent
    intent: OrderIntent = draft
    kind = intent.order_type
    if (price is None) is (kind in _PRICED) or (stop_price is None) is (kind in _STOPS):
        raise _wrong_prices(intent)
    if intent.post_only or intent.take_profit is not None or intent.stop_loss is not None:
        check_bracket(intent)
    if (parent_id is None) != (parent_quantity is None):
        raise OrderDeniedError("parent_id and parent_quantity come together, found one of them", "parent_quantity")
    return intent


def number(name: str, value: Any) -> Decimal:
    """Return a positive number of bounded size, exactly.

    Raises:
        OrderDeniedError: it is none; its reason is ``name``.
    """
    if type(value) is int:
        if 0 < value < _LARGEST_INT:
            return Decimal(value)
        raise _refused_number(name, value, value)
    if type(value) is Decimal and value.is_finite():
        found = value
    else:
        try:
            found = exact(value)
        except (TypeError, ValueError) as error:
            raise OrderDeniedError(f"{name}: {error}; give a Decimal, an int or a float", name) from None
    try:
        _quantize(found, _SMALLEST)
    except (InvalidOperation, Rounded):  # the former where there are more digits before the point
        raise _refused_number(name, found, value) from None
    if found <= ZERO:
        raise _refused_number(name, found, value)
    return found


def shown(value: object, most: int = _MAX_TEXT) -> str:
    """Return a value in few characters that act on no terminal, however it shows itself."""
    try:
        return printable(repr(value), most)
    except Exception:  # noqa: BLE001  a stranger's ``__repr__``, or a number of thousands of digits
        return f"{type(value).__name__} that cannot be shown"


def is_chosen(client_order_id: str) -> bool:
    """Tell whether somebody asked for the order, and it is none by which the component keeps a bracket."""
    return _EXITS not in client_order_id


def check_size(intent: OrderIntent, instrument: Instrument) -> None:
    """Compare quantity and prices with what the venue asks of orders in the instrument.

    Raises:
        OrderDeniedError: one of them is no whole multiple of the lot or the tick; its reason is the argument's name.
    """
    if _remainder(intent.quantity, instrument.lot_size):
        raise _no_multiple("quantity", intent, instrument.lot_size)
    tick = instrument.tick_size
    if intent.price is not None and _remainder(intent.price, tick):
        raise _no_multiple("price", intent, tick)
    if intent.stop_price is not None and _remainder(intent.stop_price, tick):
        raise _no_multiple("stop_price", intent, tick)
    if intent.take_profit is not None and _remainder(intent.take_profit, tick):
        raise _no_multiple("take_profit", intent, tick)
    if intent.stop_loss is not None and _remainder(intent.stop_loss, tick):
        raise _no_multiple("stop_loss", intent, tick)


def _no_multiple(name: str, intent: OrderIntent, step: Decimal) -> OrderDeniedError:
    value = getattr(intent, name)
    return OrderDeniedError(
        f"{name}: expected a whole multiple of {step} in {intent.symbol}, found {value}; round it", name
    )


def _refused_number(name: str, found: Decimal | int, value: Any) -> OrderDeniedError:
    if found <= 0:
        return OrderDeniedError(f"{name}: expected a number above zero, found {shown(value)}", name)
    return OrderDeniedError(
        f"{name}: expected at most {_MAX_DECIMALS} digits on each side of the point, found {shown(value)}", name
    )


def check_prices(intent: OrderIntent) -> None:
    """Look whether the order has the prices of its type and no others.

    Raises:
        OrderDeniedError: one is missing or too much; its reason is the argument's name.
    """
    kind = intent.order_type
    if (intent.price is None) is (kind in _PRICED) or (intent.stop_price is None) is (kind in _STOPS):
        raise _wrong_prices(intent)


def _wrong_prices(intent: OrderIntent) -> OrderDeniedError:
    kind = intent.order_type
    name, value = (
        ("price", intent.price) if (intent.price is None) is kind.is_priced else ("stop_price", intent.stop_price)
    )
    if value is None:
        hint = "; give price or order_type='market'" if kind is OrderType.LIMIT else f"; give {name}"
        return OrderDeniedError(f"a {kind} order needs a {name}, found none{hint}", name)
    hint = " or give order_type='limit'" if kind is OrderType.MARKET and name == "price" else ""
    return OrderDeniedError(f"a {kind} order has no {name}, found {value}; leave it out{hint}", name)


def check_bracket(intent: OrderIntent) -> None:
    """Look whether the exits of a bracket lie on their sides of the entry.

    Raises:
        OrderDeniedError: one does not, or the entry is of a kind that has none.
    """
    if intent.post_only and (intent.order_type is not OrderType.LIMIT or intent.time_in_force in _AT_ONCE):
        found = f"{intent.order_type} {intent.time_in_force}"
        raise OrderDeniedError(f"post_only is for a limit order that may rest, found {found}", "post_only")
    buys = intent.side is Side.BUY
    profit, loss = intent.take_profit, intent.stop_loss
    if profit is not None and loss is not None and (profit > loss) is not buys:
        wanted = "above" if buys else "below"
        raise OrderDeniedError(
            f"take_profit of a {intent.side} order lies {wanted} its stop_loss, found {profit} and {loss}",
            "take_profit",
        )
    for name, value, above in (("take_profit", profit, buys), ("stop_loss", loss, not buys)):
        if (
            value is not None
            and intent.price is not None
            and (value == intent.price or (value > intent.price) != above)
        ):
            wanted = "above" if above else "below"
            raise OrderDeniedError(
                f"{name} of a {intent.side} order lies {wanted} its price, found {value} and {intent.price}", name
            )
    if (profit is not None or loss is not None) and intent.reduce_only:
        raise OrderDeniedError("the entry of a bracket opens a position, found reduce_only", "reduce_only")


def _word(name: str, value: Any, vocabulary: dict[Any, _Word]) -> _Word:
    try:
        return vocabulary[value]
    except (KeyError, TypeError):
        choices = ", ".join(vocabulary)
        raise OrderDeniedError(f"{name}: expected one of {choices}; found {shown(value)}", name) from None


def _flag(name: str, value: Any) -> bool:
    if value is False or value is True:
        return bool(value)
    raise OrderDeniedError(f"{name}: expected True or False, found {shown(value)}", name)


def _text(name: str, value: Any) -> str:
    if isinstance(value, str) and _is_name(text := str.__str__(value)):  # not as a subclass of it shows itself
        return text
    expected = f"1 to {_MAX_TEXT} printable characters without space around them"
    raise OrderDeniedError(f"{name}: expected {expected}; found {shown(value)}", name)


@lru_cache(maxsize=1024)  # the same few symbols come again and again
def _is_symbol(value: str) -> bool:
    return _is_name(value)


def _is_name(value: str) -> bool:
    return 0 < len(value) <= _MAX_TEXT and value.isprintable() and value == value.strip()


def _name(name: str, value: Any) -> str:
    text = value if type(value) is str and _is_name(value) else _text(name, value)
    if _EXITS in text:
        raise OrderDeniedError(
            f"{name}: expected no {_EXITS!r}, which marks the exits of a bracket; found {text}", name
        )
    return text
