"""Orders of a sort that a component need not offer: asked for, or told as not offered."""

from allause.exceptions import AllauseError, OrderDeniedError
from allause.models.orders import OrderIntent, OrderType, Side, TimeInForce
from allause.workflows.desk import Desk, asked, worded
from allause.workflows.feed import Level
from allause.workflows.scene import NotOffered, StepFailed

_EVERY = frozenset({"client_order_id", "symbol", "side", "quantity", "price"})
_PLAIN = frozenset({OrderType.MARKET, OrderType.LIMIT, TimeInForce.GTC})


def ask_for(desk: Desk, intent: OrderIntent) -> None:
    """Place an order of a sort that a component need not offer.

    Raises:
        NotOffered: it refused it as the contract asks: it said so, nothing left, and it knows no such order.
        StepFailed: it refused it, and something left or is known all the same.
    """
    received = desk.venue.orders_received
    try:
        desk.place(intent)
    except OrderDeniedError as error:
        desk.strike(intent)
        left = desk.venue.orders_received - received
        if left or _knows(desk, intent.client_order_id):
            found = f"{left} orders reached the venue" if left else "the component knows it"
            raise StepFailed(f"{worded(intent)} was refused ({error}), and {found}") from None
        raise NotOffered(f"not offered: place_order({special(intent)}) was refused: {error}") from None


def refuses_a_day(desk: Desk, at: Level) -> bool:
    """Ask for an order for a day, take it back, and tell whether the component does not offer it.

    Raises:
        StepFailed: as ``ask_for`` does.
    """
    intent = desk.write(at.symbol, Side.BUY, 1, at.bid, time_in_force=TimeInForce.DAY)
    try:
        ask_for(desk, intent)
    except NotOffered as error:
        desk.scene.note(for_a_day=str(error))
        return True
    desk.cancel(intent.client_order_id)
    return False


def _knows(desk: Desk, client_order_id: str) -> bool:
    try:
        desk.order(client_order_id)
    except AllauseError as error:
        if isinstance(error.__cause__, KeyError):
            return False
        raise
    return True


def special(intent: OrderIntent) -> str:
    """Return what makes an order one of its sort; nothing of one that every component takes."""
    words = {name: value for name, value in asked(intent).items() if name not in _EVERY and value not in _PLAIN}
    return ", ".join(f"{name}={value}" for name, value in words.items())
