"""A venue that outlives the processes that trade there: each line of its file is one thing that it took."""

import os
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path

from allause.exceptions import VenueError
from allause.models.orders import Fill, OrderIntent, OrderStatus, Side
from allause.models.venue import Instrument, VenueEvent, VenueOrder

SYMBOL = "SOAK"
QUANTITY = Decimal(2)
CASH = Decimal(1_000_000)
_ORDER, _CANCEL = "order", "cancel"


def order_id(number: int) -> str:
    """Return the client order id of the order with that number."""
    return f"o{number}"


def fills_of(key: str) -> tuple[Fill, ...]:
    """Return what the venue trades of an order at once: by its number none, all of it, or all of it in two parts."""
    number = int(key[1:])
    parts = number % 3
    return tuple(
        Fill(
            trade_id=f"{key}-{part}",
            client_order_id=key,
            venue_order_id=f"v-{key}",
            symbol=SYMBOL,
            side=Side.BUY,
            last_qty=QUANTITY / parts,
            last_px=Decimal(100 + number % 7),
            fee=Decimal("0.01"),
        )
        for part in range(parts)
    )


class SoakVenue:
    """Take orders, once or twice as they come, into a file that is appended to; a new session reads it back.

    Attributes:
        orders: client order ids in the order of arrival, repeated ones too.
        canceled: those that were canceled.
    """

    def __init__(self, path: Path) -> None:
        self.orders: list[str] = []
        self.canceled: set[str] = set()
        self._news: list[VenueEvent] = []
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        for line in path.read_text().splitlines():
            word, key = line.split()
            if word == _ORDER:
                self.orders.append(key)
            else:
                self.canceled.add(key)

    def submit(self, intent: OrderIntent) -> VenueOrder:
        """Take an order."""
        key = intent.client_order_id
        self._take(_ORDER, key)
        self.orders.append(key)
        self._news += fills_of(key)
        return self._order(key)

    def cancel(self, client_order_id: str) -> VenueOrder:
        """Cancel what works."""
        if client_order_id not in self.orders or self._order(client_order_id).status.is_terminal:
            raise VenueError(f"no order {client_order_id} works")
        self._take(_CANCEL, client_order_id)
        self.canceled.add(client_order_id)
        return self._order(client_order_id)

    def replace(
        self, client_order_id: str, quantity: Decimal, price: Decimal | None, stop_price: Decimal | None
    ) -> VenueOrder:
        """Refuse."""
        raise VenueError(f"{client_order_id}: {quantity} at {price} or {stop_price}: nothing is replaced here")

    def instrument(self, symbol: str) -> Instrument | None:
        """Return what may be ordered."""
        return Instrument(symbol=symbol, tick_size=Decimal("0.01"), lot_size=Decimal(1)) if symbol == SYMBOL else None

    def poll(self) -> tuple[VenueEvent, ...]:
        """Return the fills since the last call."""
        news, self._news = tuple(self._news), []
        return news

    def query(self, client_order_id: str) -> VenueOrder | None:
        """Return an order, None when it never came."""
        return self._order(client_order_id) if client_order_id in self.orders else None

    def open_orders(self) -> tuple[VenueOrder, ...]:
        """Return what works."""
        return tuple(order for order in map(self._order, self.orders) if not order.status.is_terminal)

    def fills(self) -> tuple[Fill, ...]:
        """Return every execution."""
        return tuple(self._fills())

    def positions(self) -> Mapping[str, Decimal]:
        """Return what was bought."""
        held = sum((fill.last_qty for fill in self._fills()), Decimal(0))
        return {SYMBOL: held} if held else {}

    def cash(self) -> Decimal:
        """Return what is left."""
        return CASH - sum((fill.last_qty * fill.last_px + fill.fee for fill in self._fills()), Decimal(0))

    def reconnect(self) -> None:
        """Do nothing: there is no link to lose."""

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

    def _fills(self) -> Iterator[Fill]:
        for key in self.orders:
            yield from fills_of(key)

    def _take(self, word: str, key: str) -> None:
        # one write, which the death of the process does not undo
        os.write(self._file, f"{word} {key}\n".encode())

    def _order(self, key: str) -> VenueOrder:
        filled = sum((fill.last_qty for fill in fills_of(key)), Decimal(0))
        status = OrderStatus.FILLED if filled else OrderStatus.ACCEPTED
        return VenueOrder(
            venue_order_id=f"v-{key}",
            client_order_id=key,
            symbol=SYMBOL,
            side=Side.BUY,
            quantity=QUANTITY,
            price=None,
            filled_qty=filled,
            status=OrderStatus.CANCELED if key in self.canceled else status,
        )
