"""The default session: a venue that lives in this process and invents nothing."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

import attrs

from allause.exceptions import VenueError
from allause.models.orders import Fill, OrderIntent, OrderReport, OrderStatus, Side, TimeInForce
from allause.models.venue import Instrument, VenueEvent, VenueOrder
from allause_execution.orders.ledger import EXACT, ZERO, Ledger

ID_PREFIX = "paper-"
WAITS = "paper session: the order waits for a price"
_AT_ONCE = frozenset({TimeInForce.IOC, TimeInForce.FOK})
_AWAITED = frozenset({OrderStatus.PENDING_CANCEL, OrderStatus.PENDING_REPLACE})


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
                status = OrderStatus.ACCEPTED if report.status in _AWAITED else report.status
                self._orders[report.intent.client_order_id] = attrs.evolve(
                    found,
                    status=status,
                    filled_qty=report.filled_qty,
                    quantity=report.quantity or found.quantity,
                    price=report.price or found.price,
                    stop_price=report.stop_price or found.stop_price,
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
            VenueError: the client order id is in use, or a post-only order would trade at once.
        """
        key = intent.client_order_id
        if key in self._orders:
            raise VenueError(f"duplicate client order id {key}")
        order = self._venue_order(intent, OrderStatus.ACCEPTED)
        if intent.post_only and self._price(order, intent) is not None:
            raise VenueError(f"post-only order {key} would trade at once")
        self._intents[key] = intent
        self._orders[key] = order
        self._match(key, 0)
        if intent.time_in_force in _AT_ONCE and not self._orders[key].status.is_terminal:
            order = self._change(key, OrderStatus.CANCELED, "no price to fill it at once")
        return order

    def cancel(self, client_order_id: str) -> VenueOrder:
        """Cancel a working order.

        Raises:
            VenueError: no such order works here.
        """
        self._working(client_order_id)
        return self._change(client_order_id, OrderStatus.CANCELED)

    def replace(
        self, client_order_id: str, quantity: Decimal, price: Decimal | None, stop_price: Decimal | None
    ) -> VenueOrder:
        """Change a working order; the market may reach its new price at once.

        Raises:
            VenueError: no such order works here.
        """
        order = self._working(client_order_id)
        self._orders[client_order_id] = attrs.evolve(order, quantity=quantity, price=price, stop_price=stop_price)
        if quantity <= order.filled_qty:
            return self._change(client_order_id, OrderStatus.FILLED)
        changed = self._orders[client_order_id]
        self._match(client_order_id, 0)
        return changed

    def instrument(self, symbol: str) -> Instrument | None:
        """Return None: paper has nothing to say of a symbol, it takes every price and quantity."""
        del symbol
        return None

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

    def _working(self, client_order_id: str) -> VenueOrder:
        order = self._orders.get(client_order_id)
        if order is None or order.status.is_terminal:
            raise VenueError(f"no working order {client_order_id}")
        return order

    def _venue_order(self, intent: OrderIntent, status: OrderStatus) -> VenueOrder:
        return VenueOrder(
            venue_order_id=f"{ID_PREFIX}{len(self._orders) + 1}",
            client_order_id=intent.client_order_id,
            symbol=intent.symbol,
            side=intent.side,
            quantity=intent.quantity,
            price=intent.price,
            stop_price=intent.stop_price,
            filled_qty=Decimal(0),
            status=status,
            reason=WAITS,
        )

    def _price(self, order: VenueOrder, intent: OrderIntent) -> Decimal | None:
        """Return what the order trades at now, None when the market does not reach it."""
        if order.symbol not in self._quotes:
            return None
        bid, ask = self._quotes[order.symbol]
        buys = order.side is Side.BUY
        price = ask if buys else bid
        if order.stop_price is not None and order.status is not OrderStatus.TRIGGERED:
            short_of_it = price < order.stop_price if buys else price > order.stop_price
            if short_of_it:
                return None
        if intent.order_type.is_priced and order.price is not None:
            behind = price > order.price if buys else price < order.price
            if behind:
                return None
        return price

    def _trigger(self, order: VenueOrder) -> VenueOrder:
        if order.stop_price is None or order.status is OrderStatus.TRIGGERED or order.symbol not in self._quotes:
            return order
        bid, ask = self._quotes[order.symbol]
        reached = ask >= order.stop_price if order.side is Side.BUY else bid <= order.stop_price
        if reached:
            order = self._change(order.client_order_id, OrderStatus.TRIGGERED)
            self._news.append(order)
        return order

    def _match(self, client_order_id: str, ts_event: int) -> None:
        order, intent = self._trigger(self._orders[client_order_id]), self._intents[client_order_id]
        price = self._price(order, intent)
        if price is None:
            return
        left = quantity = EXACT.subtract(order.quantity, order.filled_qty)
        if intent.reduce_only:
            held = self._ledger.quantity(order.symbol)
            against = held.copy_negate() if order.side is Side.BUY else held
            quantity = min(left, max(against, ZERO))
        if quantity:
            self._fill(order, quantity, price, ts_event)
        if quantity < left:
            self._news.append(
                self._change(client_order_id, OrderStatus.CANCELED, "reduce-only: nothing more to reduce")
            )
        else:
            self._change(client_order_id, OrderStatus.FILLED)

    def _fill(self, order: VenueOrder, quantity: Decimal, price: Decimal, ts_event: int) -> None:
        fill = Fill(
            trade_id=f"paper-trade-{len(self._fills) + 1}",
            client_order_id=order.client_order_id,
            venue_order_id=order.venue_order_id,
            symbol=order.symbol,
            side=order.side,
            last_qty=quantity,
            last_px=price,
            ts_event=ts_event,
        )
        self._fills.append(fill)
        self._news.append(fill)
        self._ledger.apply(fill)
        filled = EXACT.add(order.filled_qty, quantity)
        self._orders[order.client_order_id] = attrs.evolve(self._orders[order.client_order_id], filled_qty=filled)

    def _change(self, client_order_id: str, status: OrderStatus, reason: str = "") -> VenueOrder:
        order = self._orders[client_order_id]
        order = self._orders[client_order_id] = attrs.evolve(order, status=status, reason=reason)
        return order
