"""The component's end: a venue session whose venue lives in another process."""

import builtins
import os
from collections.abc import Mapping
from decimal import Decimal
from threading import Lock
from typing import TypeVar

import msgspec

from allause.exceptions import VenueError, VenueUnknownError
from allause.fronts import messages as wire
from allause.models.orders import Fill, OrderIntent
from allause.models.venue import Instrument, VenueEvent, VenueOrder

__builtins__ = dict(vars(builtins))  # type: ignore[assignment] # functions below keep these, whatever is patched later

R = TypeVar("R", bound=wire.Reply)


class RemoteSession:
    """Speak to a venue over a blocking stream descriptor; see ``VenueSession``. Safe from several threads.

    Nothing of the venue is on this side: what can be done is what the questions say, and the other end checks each.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._lock = Lock()

    def submit(self, intent: OrderIntent) -> VenueOrder:
        """Send an order; see ``VenueSession``."""
        for name in ("quantity", "price", "stop_price"):
            value = getattr(intent, name)
            if value is not None and not isinstance(value, Decimal):  # the message would make one of a float
                raise VenueError(f"order {intent.client_order_id}: expected a Decimal as {name}, got {value!r}")
        return _order(self._ask(wire.Submit(intent), wire.Order))

    def cancel(self, client_order_id: str) -> VenueOrder:
        """Cancel an order; see ``VenueSession``."""
        return _order(self._ask(wire.Cancel(client_order_id), wire.Order))

    def replace(
        self, client_order_id: str, quantity: Decimal, price: Decimal | None, stop_price: Decimal | None
    ) -> VenueOrder:
        """Change an order; see ``VenueSession``."""
        return _order(self._ask(wire.Replace(client_order_id, quantity, price, stop_price), wire.Order))

    def instrument(self, symbol: str) -> Instrument | None:
        """Return what the venue asks of an instrument; see ``VenueSession``."""
        return self._ask(wire.Describe(symbol), wire.Terms).instrument

    def poll(self) -> tuple[VenueEvent, ...]:
        """Return the events pushed since the last call."""
        told = self._ask(wire.Poll(), wire.Events).events
        return tuple(event for each in told if (event := each.fill or each.order) is not None)

    def query(self, client_order_id: str) -> VenueOrder | None:
        """Return the order, or None when the venue has never had it."""
        return self._ask(wire.Query(client_order_id), wire.Order).order

    def open_orders(self) -> tuple[VenueOrder, ...]:
        """Return every working order of the account."""
        return self._ask(wire.OpenOrders(), wire.Orders).orders

    def fills(self) -> tuple[Fill, ...]:
        """Return every execution of the account."""
        return self._ask(wire.Fills(), wire.Executions).fills

    def positions(self) -> Mapping[str, Decimal]:
        """Return signed quantity by symbol, flat ones left out."""
        return self._ask(wire.Positions(), wire.Holdings).positions

    def cash(self) -> Decimal:
        """Return the account's cash."""
        return self._ask(wire.Cash(), wire.Amount).cash

    def reconnect(self) -> None:
        """Open the link again; see ``VenueSession``."""
        self._ask(wire.Reconnect(), wire.Done)

    def _ask(self, question: wire.Question, answer: type[R]) -> R:
        try:
            frame = wire.framed(question)
        except TypeError as error:  # a value that no message can hold, such as a set: it never left
            raise VenueError(f"{type(question).__name__.lower()}: {error}") from None
        with self._lock:
            try:
                rest = memoryview(frame)
                while rest:
                    rest = rest[os.write(self._descriptor, rest) :]
                body = wire.receive(lambda count: os.read(self._descriptor, count), wire.LARGEST_ANSWER)
                reply = wire.read_reply(body)
            except (OSError, EOFError, wire.FrameError, msgspec.DecodeError) as error:
                raise VenueUnknownError(f"the session ended: {type(error).__name__}: {error}") from None
        if isinstance(reply, wire.Lost):
            raise VenueUnknownError(reply.text)
        if isinstance(reply, wire.Refused):
            raise VenueError(reply.text)
        if not isinstance(reply, answer):
            raise VenueUnknownError(f"an answer to another question: {type(reply).__name__.lower()}")
        return reply


def _order(reply: wire.Order) -> VenueOrder:
    if reply.order is None:
        raise VenueUnknownError("an answer without an order")
    return reply.order
