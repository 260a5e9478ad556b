"""The default session: a venue that lives in this process and invents nothing."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

import attrs

from allause.exceptions import VenueError
from allause.models.orders import Fill, OrderIntent, OrderReport, OrderStatus, OrderType, Side, TimeInForce
from allause.models.venue import VenueEvent, VenueOrder
from allause_execution.ledger import Ledger

WAITS = "paper session: the order waits for a price"
_AT_ONCE = frozenset({TimeInForce.IOC, TimeInForce.FOK})


class PaperSession:
    """Acknowledge orders and fill them, whole, when a quote given to ``quote`` reaches their price.

    Without a quote every order waits (IOC and FOK orders end canceled): no price is made up. It implements
    ``VenueSession`` and can be handed over as ``Context.venue`` too.

    Args:
        starting_cash: of the account.
    """

    def __init__(self, starting_cash: Decimal = Decimal(1_000_000)) -> None:
        self._ledger = Ledger(starting_cash, "")
        self._orders: dict[str, VenueOrder] = {}
        self._intents: dict[str, OrderIntent] = {}
        self._fills: list[Fill] = []
        self._news: list[VenueEvent] = []
        self._quotes: dict[str, tuple[Decimal, Decimal]] = {}

    def restore(self, reports: Iterable[OrderReport], fills: Iterable[Fill]) -> None:
        """Take up acknowledged orders and fills of an earlier process, whose journal is the only place they are."""
        for fill in fills:
            self._fills.append(fill)
            self._ledger.apply(fill)
        for report in reports:
            if report.venue_order_id is not None:
                self._intents[report.intent.client_order_id] = report.intent
                found = self._venue_order(report.intent, OrderStatus.ACCEPTED)
                status = OrderStatus.ACCEPTED if report.status is OrderStatus.PENDING_CANCEL else report.status
                self._orders[report.intent.client_order_id] = attrs.evolve(
                    found, status=status, filled_qty=report.filled_qty
                )

    def quote(self, symbol: str, bid: Decimal, ask: Decimal, ts_event: int = 0) -> None:
        """Set the market of a symbol and fill, at its prices, every order it reaches.

        Raises:
            ValueError: the quote is crossed, or a price is not above zero.
        """
        if not 0 < bid <= ask:
            raise ValueError(f"expected 0 < bid <= ask for {symbol}, found bid {bid} and ask {ask}")
        self._quotes[symbol] = (bid, ask)
        for order in [*self._orders.values()]:
            if order.symbol == symbol and not order.status.is_terminal:
                self._match(order.client_order_id, ts_event)

    def submit(self, intent: OrderIntent) -> VenueOrder:
        """Take an order.

        Raises:
            VenueError: the client order id is in use.
        """
        if intent.client_order_id in self._orders:
            raise VenueError(f"duplicate client order id {intent.client_order_id}")
        self._intents[intent.client_order_id] = intent
        order = self._orders[intent.client_order_id] = self._venue_order(intent, OrderStatus.ACCEPTED)
        self._match(intent.client_order_id, 0)
        if intent.time_in_force in _AT_ONCE and not self._orders[intent.client_order_id].status.is_terminal:
            order = self._change(intent.client_order_id, OrderStatus.CANCELED, "no price to fill it at once")
        return order

    def cancel(self, client_order_id: str) -> VenueOrder:
        """Cancel a working order.

        Raises:
            VenueError: no such order works here.
        """
        order = self._orders.get(client_order_id)
        if order is None or order.status.is_terminal:
            raise VenueError(f"no working order {client_order_id}")
        return self._change(client_order_id, OrderStatus.CANCELED)

    def poll(self) -> tuple[VenueEvent, ...]:
        """Return the fills since the last call."""
        news, self._news = tuple(self._news), []
        return news

    def query(self, client_order_id: str) -> VenueOrder | None:
        """Return the order, or None when it never came."""
        return self._orders.get(client_order_id)

    def open_orders(self) -> tuple[VenueOrder, ...]:
        """Return every working order."""
        return tuple(order for order in self._orders.values() if not order.status.is_terminal)

    def fills(self) -> tuple[Fill, ...]:
        """Return every execution, in order."""
        return tuple(self._fills)

    def positions(self) -> Mapping[str, Decimal]:
        """Return signed quantity by symbol, flat ones left out."""
        return {position.symbol: position.quantity for position in self._ledger.positions() if position.quantity}

    def cash(self) -> Decimal:
        """Return the account's cash."""
        return self._ledger.cash

    def reconnect(self) -> None:
        """Do nothing: there is no link to lose."""

    def _venue_order(self, intent: OrderIntent, status: OrderStatus) -> VenueOrder:
        return VenueOrder(
            venue_order_id=f"paper-{len(self._orders) + 1}",
            client_order_id=intent.client_order_id,
            symbol=intent.symbol,
            side=intent.side,
            quantity=intent.quantity,
            price=intent.price,
            filled_qty=Decimal(0),
            status=status,
            reason=WAITS,
        )

    def _match(self, client_order_id: str, ts_event: int) -> None:
        order, intent = self._orders[client_order_id], self._intents[client_order_id]
        if order.symbol not in self._quotes:
            return
        bid, ask = self._quotes[order.symbol]
        price = ask if order.side is Side.BUY else bid
        if intent.order_type is OrderType.LIMIT and intent.price is not None:
            behind = price > intent.price if order.side is Side.BUY else price < intent.price
            if behind:
                return
        fill = Fill(
            trade_id=f"paper-trade-{len(self._fills) + 1}",
            client_order_id=client_order_id,
            venue_order_id=order.venue_order_id,
            symbol=order.symbol,
            side=order.side,
            last_qty=order.quantity - order.filled_qty,
            last_px=price,
            ts_event=ts_event,
        )
        self._fills.append(fill)
        self._news.append(fill)
        self._ledger.apply(fill)
        self._change(client_order_id, OrderStatus.FILLED)

    def _change(self, client_order_id: str, status: OrderStatus, reason: str = "") -> VenueOrder:
        order = self._orders[client_order_id]
        filled = order.quantity if status is OrderStatus.FILLED else order.filled_qty
        order = self._orders[client_order_id] = attrs.evolve(order, status=status, filled_qty=filled, reason=reason)
        return order
