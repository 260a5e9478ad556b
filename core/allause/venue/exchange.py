"""The exam venue: books of several instruments, driven by orders and by recorded data."""

from collections.abc import Mapping
from decimal import Decimal
from threading import RLock

from allause.exceptions import DataError, VenueError
from allause.models.market import Bar
from allause.models.orders import Fill, OrderIntent, OrderStatus, OrderType, Side, TimeInForce, exact
from allause.models.venue import VenueOrder
from allause.venue.account import VenueAccount
from allause.venue.admission import refusal
from allause.venue.book import Book, Order
from allause.venue.clearing import LIQUIDITY, Clearing
from allause.venue.log import LogRecord, encode_log
from allause.venue.matching import available, match
from allause.venue.quotes import TwoSided, around

#: The account of the component under examination.
EXAMINED = "examined"

_RESTS = frozenset({TimeInForce.DAY, TimeInForce.GTC})


class Venue:
    """Match orders by price, then time, deterministically: the same seed and calls give the same log.

    A market order takes what there is and the rest is cancelled; without any opposite liquidity it is refused.
    An order never trades with another of its own account: the resting one is cancelled. DAY orders end with
    ``end_session``, since recorded data does not say where a day ends. Time moves only by ``quote``, ``bar``
    and ``advance``. There is no credit limit. Calls are safe from several threads.

    Attributes:
        starting_cash: of each account but the liquidity providers', who start with 0.
        sessions_opened: links opened, reconnections included.
        orders_received: orders that arrived, refused ones included.
    """

    def __init__(
        self,
        *,
        seed: int = 0,
        fee_rate: Decimal = Decimal(0),
        starting_cash: Decimal = Decimal(1_000_000),
        tick: Decimal = Decimal("0.01"),
        volume_share: Decimal = Decimal("0.01"),
    ) -> None:
        """Open the venue.

        :param seed: part of every id the venue gives, so that ids differ between runs.
        :param fee_rate: of the executed value; liquidity providers pay none.
        :param starting_cash: of each examined account.
        :param tick: distance of each quote from a recorded bar's close.
        :param volume_share: of a bar's volume that is quoted on each side.
        """
        self.starting_cash = starting_cash
        self.sessions_opened = 0
        self.orders_received = 0
        self._tick, self._volume_share = tick, volume_share
        self._clearing = Clearing(seed=seed, fee_rate=fee_rate, starting_cash=starting_cash)
        self._books: dict[str, Book] = {}
        self._quotes: dict[str, list[Order]] = {}
        self._held: set[str] = set()
        self._lock = RLock()

    @property
    def now_ns(self) -> int:
        """Return the logical time, nanoseconds UTC; 0 before the first event."""
        return self._clearing.now_ns

    @property
    def log(self) -> tuple[LogRecord, ...]:
        """Return every event so far."""
        with self._lock:
            return tuple(self._clearing.records)

    def log_bytes(self) -> bytes:
        """Return the log as canonical JSON, one record a line."""
        return encode_log(self.log)

    def advance(self, ts: int) -> None:
        """Set the logical time.

        Raises:
            DataError: it would run backwards.
        """
        with self._lock:
            self._clearing.advance(ts)

    def list_instrument(self, symbol: str) -> None:
        """Open an empty book; ``quote`` and ``bar`` do so by themselves."""
        with self._lock:
            self._books.setdefault(symbol, Book())

    def quote(
        self,
        symbol: str,
        bid: Decimal | float,
        ask: Decimal | float,
        bid_size: Decimal | float,
        ask_size: Decimal | float,
        ts: int,
    ) -> None:
        """Replace the liquidity providers' two quotes; a size of 0 leaves that side without one.

        Orders that rest within the new quotes are filled, each at its own price.

        Raises:
            DataError: crossed or locked quotes, a price or size out of range, or time running backwards.
        """
        try:
            quotes = TwoSided(
                symbol=symbol, bid=exact(bid), ask=exact(ask), bid_size=exact(bid_size), ask_size=exact(ask_size)
            )
        except (TypeError, ValueError) as error:
            raise DataError(f"{symbol}: a quote at {ts} cannot be taken: {error}") from None
        self._replace(quotes, ts)

    def bar(self, bar: Bar) -> None:
        """Open a market around a recorded bar, at its end.

        The liquidity providers quote one tick below and one tick above the close, each for ``volume_share`` of
        the volume in whole units. Nothing else of the bar trades: its open, high and low fill no order. A bar
        without that much volume, or without a recorded one, leaves no quotes, and market orders are refused.

        Raises:
            DataError: a close that is no price, or time running backwards.
        """
        self._replace(around(bar, tick=self._tick, volume_share=self._volume_share), bar.ts_event)

    def submit(self, intent: OrderIntent, account: str = EXAMINED, *, hold: bool = False) -> VenueOrder:
        """Take an order and return its acknowledgement, which shows it before its first execution.

        :param intent: what is asked.
        :param account: whose order it is.
        :param hold: take it, but let it trade only after ``release``.
        :raises VenueError: refused; the order does not exist here, and the log says why.
        """
        with self._lock:
            self.orders_received += 1
            order = self._admit(intent, account)
            self._clearing.take(order)
            acknowledgement = order.snapshot()
            if hold:
                self._held.add(order.venue_order_id)
            else:
                self._enter(order)
            return acknowledgement

    def release(self, client_order_id: str, account: str = EXAMINED) -> None:
        """Let a held order trade; without effect when it is not held any more."""
        with self._lock:
            order = self.account(account).orders.get(client_order_id)
            if order is not None and order.venue_order_id in self._held:
                self._held.remove(order.venue_order_id)
                self._enter(order)

    def cancel(self, client_order_id: str, account: str = EXAMINED) -> VenueOrder:
        """Cancel a working order and return it.

        Raises:
            VenueError: no such order was taken, or it works no longer.
        """
        with self._lock:
            order = self.account(account).orders.get(client_order_id)
            if order is None or order.status.is_terminal:
                found = "it was never taken" if order is None else f"it is {order.status}"
                raise VenueError(f"order {client_order_id!r} cannot be cancelled: {found}")
            self._end(order, OrderStatus.CANCELED, "cancelled by its owner", tell=False)
            return order.snapshot()

    def end_session(self) -> None:
        """End the trading day: every working DAY order expires."""
        with self._lock:
            for account in self._clearing.accounts.values():
                for order in [o for o in account.working.values() if o.time_in_force is TimeInForce.DAY]:
                    self._end(order, OrderStatus.EXPIRED, "the session ended")

    def account(self, name: str = EXAMINED) -> VenueAccount:
        """Return an account, opened when first asked for."""
        with self._lock:
            return self._clearing.account(name)

    def orders(self, account: str = EXAMINED, *, working: bool = False) -> tuple[VenueOrder, ...]:
        """Return every order taken from an account, or those that still work, oldest first."""
        with self._lock:
            owner = self.account(account)
            return tuple(order.snapshot() for order in (owner.working if working else owner.orders).values())

    def fills(self, account: str = EXAMINED) -> tuple[Fill, ...]:
        """Return every execution of an account, in order."""
        with self._lock:
            return tuple(self.account(account).fills)

    def positions(self, account: str = EXAMINED) -> Mapping[str, Decimal]:
        """Return signed quantity by symbol, flat ones left out, ordered by symbol."""
        with self._lock:
            return {symbol: held for symbol, held in sorted(self.account(account).positions.items()) if held}

    def _replace(self, quotes: TwoSided, ts: int) -> None:
        sides = quotes.sides()
        with self._lock:
            self._clearing.advance(ts)
            book = self._books.setdefault(quotes.symbol, Book())
            for order in self._quotes.pop(quotes.symbol, ()):
                if order.resting:
                    book.own(order.side).remove(order)
                    self._clearing.withdraw(order)
            self._quotes[quotes.symbol] = orders = [
                Order(
                    venue_order_id=self._clearing.next_order_id(),
                    client_order_id="",
                    account=LIQUIDITY,
                    symbol=quotes.symbol,
                    side=side,
                    order_type=OrderType.LIMIT,
                    time_in_force=TimeInForce.GTC,
                    quantity=size,
                    price=price,
                    remaining=size,
                )
                for side, price, size in sides
            ]
            for order in orders:
                self._clearing.take(order)
                self._enter(order)

    def _admit(self, intent: OrderIntent, account: str) -> Order:
        reason = refusal(intent, self.account(account))
        if not reason and intent.symbol not in self._books:
            reason = f"the venue does not list {intent.symbol!r}; it lists {', '.join(self._books) or 'nothing yet'}"
        if reason:
            self._clearing.refuse(intent, account, reason)
            raise VenueError(reason)
        order = Order(
            venue_order_id=self._clearing.next_order_id(),
            client_order_id=intent.client_order_id,
            account=account,
            symbol=intent.symbol,
            side=Side(intent.side),
            order_type=OrderType(intent.order_type),
            time_in_force=TimeInForce(intent.time_in_force),
            quantity=intent.quantity,
            price=intent.price,
            remaining=intent.quantity,
        )
        if order.price is None and not available(self._books[order.symbol], order):
            reason = f"market order {order.client_order_id!r}: nobody offers the other side of {order.symbol} now"
            self._clearing.refuse(intent, account, reason)
            raise VenueError(reason)
        return order

    def _enter(self, order: Order) -> None:
        book = self._books[order.symbol]
        if order.time_in_force is TimeInForce.FOK and available(book, order) < order.remaining:
            self._end(order, OrderStatus.CANCELED, "fill or kill: the whole quantity was not there")
            return
        matches = match(book, order)
        for maker in matches.prevented:
            reason = f"it would have traded with {order.client_order_id!r} of the same account"
            self._clearing.finish(maker, OrderStatus.CANCELED, reason)
        for maker, quantity in matches.executions:
            self._clearing.execute(maker, order, quantity)
        if not order.remaining:
            return
        if order.price is not None and order.time_in_force in _RESTS:
            book.own(order.side).add(order)
        else:
            self._end(order, OrderStatus.CANCELED, "nothing more to trade with")

    def _end(self, order: Order, status: OrderStatus, reason: str, *, tell: bool = True) -> None:
        if order.resting:
            self._books[order.symbol].own(order.side).remove(order)
        self._held.discard(order.venue_order_id)
        self._clearing.finish(order, status, reason, tell=tell)
