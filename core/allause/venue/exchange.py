"""The exam venue: a market that takes orders."""

from collections.abc import Mapping
from decimal import Decimal

from allause.drafts import draft_of
from allause.models.orders import Fill, OrderIntent, OrderStatus, OrderType, TimeInForce
from allause.models.venue import VenueOrder
from allause.venue.account import VenueAccount
from allause.venue.admission import admit, unlisted
from allause.venue.amendment import Amendment, check_post_only, would_not_reduce
from allause.venue.clearing import Clearing
from allause.venue.listing import Listing
from allause.venue.market import Market
from allause.venue.matching import available
from allause.venue.order import Order
from allause.venue.quotes import VOLUME_SHARE
from allause.venue.refusals import Refusal, RefusedError

#: The account of the component under examination.
EXAMINED = "examined"

_OrderDraft = draft_of(VenueOrder)
_MARKET, _ACCEPTED, _NOTHING = OrderType.MARKET, OrderStatus.ACCEPTED, Decimal(0)


class Venue(Market):
    """Match orders by price, then time, deterministically: the same seed and calls give the same log.

    A market order takes what there is and the rest is cancelled; without any opposite liquidity it is refused.
    An order never trades with another of its own account: the resting one is cancelled. DAY orders end with
    ``end_session``, since recorded data does not say where a day ends. Time moves only by recorded data and
    ``advance``. There is no credit limit. Calls are safe from several threads.

    Attributes:
        starting_cash: of each account but those of the recorded market, which start with 0.
        sessions_opened: links opened, reconnections included.
        orders_received: orders that arrived, refused ones included.
    """

    def __init__(
        self,
        *,
        seed: int = 0,
        fee_rate: Decimal = Decimal(0),
        maker_rate: Decimal | None = None,
        taker_rate: Decimal | None = None,
        starting_cash: Decimal = Decimal(1_000_000),
        currency: str = "USD",
        tick: Decimal = Decimal("0.01"),
        volume_share: Decimal = VOLUME_SHARE,
    ) -> None:
        """Open the venue.

        :param seed: part of every id the venue gives, so that ids differ between runs.
        :param fee_rate: of the executed value; the recorded market pays none.
        :param maker_rate: instead of it, for the order that rested; negative for a rebate.
        :param taker_rate: instead of it, for the order that came.
        :param starting_cash: of each examined account.
        :param currency: that every listed instrument has to be priced in.
        :param tick: distance of each quote from a recorded bar's close, for an instrument listed without a tick.
        :param volume_share: of a bar's volume that is quoted on each side.
        """
        clearing = Clearing(
            seed=seed,
            maker_rate=fee_rate if maker_rate is None else maker_rate,
            taker_rate=fee_rate if taker_rate is None else taker_rate,
            starting_cash=starting_cash,
        )
        super().__init__(clearing, currency=currency, tick=tick, volume_share=volume_share)
        self.starting_cash = starting_cash
        self.sessions_opened = 0
        self.orders_received = 0
        self._amendment = Amendment(self._clearing, self._matching)
        self._is_open = True

    def submit(self, intent: OrderIntent, account: str = EXAMINED, *, hold: bool = False) -> VenueOrder:
        """Take an order and return its acknowledgement, which shows it before its first execution.

        :param intent: what is asked.
        :param account: whose order it is.
        :param hold: take it, but let it trade only after ``release``.
        :raises VenueError: refused; the order does not exist here, and the log says why.
        """
        order = self.take(intent, account, hold=hold)
        draft = _OrderDraft()
        draft.venue_order_id = order.venue_order_id
        draft.client_order_id = order.client_order_id
        draft.symbol = intent.symbol
        draft.side = order.side
        draft.quantity = intent.quantity
        draft.price = intent.price
        draft.filled_qty = _NOTHING
        draft.status = _ACCEPTED
        draft.reason = ""
        draft.stop_price = intent.stop_price
        draft.__class__ = VenueOrder
        acknowledgement: VenueOrder = draft
        return acknowledgement

    def take(self, intent: OrderIntent, account: str = EXAMINED, *, hold: bool = False) -> Order:
        """Take an order as ``submit`` does, and return it as the venue keeps it instead of an acknowledgement.

        Raises:
            VenueError: refused; the order does not exist here, and the log says why.
        """
        lock = self._lock
        lock.acquire()  # a with statement would cost twice as much
        try:
            self.orders_received += 1
            clearing, matching = self._clearing, self._matching
            try:
                listing = self._listings.get(intent.symbol) if isinstance(intent.symbol, str) else None
                if listing is None:
                    raise unlisted(intent.symbol, self._listings)
                owner = clearing.accounts.get(account) or clearing.account(account)
                order = admit(intent, owner, listing, clearing.arrivals + 1, clearing.now_ns)
                if order.post_only or order.reduce_only or not self._is_open:
                    self._check_state(order, listing)
                elif order.order_type is _MARKET and not available(order, listing):
                    raise _no_liquidity(order)
            except RefusedError as error:
                clearing.refuse(intent, account, error)
                raise
            clearing.arrivals += 1
            owner.take(order)
            if order.reduce_only:
                listing.reducing.setdefault(account, []).append(order)
            if hold:
                order.held = True
            elif order.stop:
                matching.enter(order)
            else:
                matching.work(order, listing)
                if matching.triggered:
                    matching.cascade()
            return order
        finally:
            lock.release()

    def release(self, client_order_id: str, account: str = EXAMINED) -> None:
        """Let a held order trade; without effect when it is not held any more."""
        with self._lock:
            order = self.account(account).orders.get(client_order_id)
            if order is not None and order.held:
                order.held = False
                if not order.status.is_terminal:
                    self._clearing.requeue(order)
                    self._matching.enter(order)

    def cancel(self, client_order_id: str, account: str = EXAMINED) -> VenueOrder:
        """Cancel a working order and return it.

        Raises:
            VenueError: no such order was taken, or it works no longer.
        """
        return self.drop(client_order_id, account).snapshot()

    def drop(self, client_order_id: str, account: str = EXAMINED) -> Order:
        """Cancel an order as ``cancel`` does, and return it as the venue keeps it.

        Raises:
            VenueError: no such order was taken, or it works no longer.
        """
        with self._lock:
            order = self._working(client_order_id, account, "cancelled")
            self._matching.end(order, OrderStatus.CANCELED, "cancelled by its owner", tell=False)
            return order

    def replace(
        self,
        client_order_id: str,
        quantity: Decimal,
        price: Decimal | None,
        stop_price: Decimal | None,
        account: str = EXAMINED,
    ) -> VenueOrder:
        """Put other values of a working order in force and return it, as it is before it trades anew.

        A smaller quantity keeps the place in the queue; a larger one, another price or another stop price lose it. A
        quantity that is filled already ends the order: what is left is cancelled.

        Raises:
            VenueError: no such order works, or the values are refused; the order stays as it was.
        """
        with self._lock:
            order = self._working(client_order_id, account, "replaced")
            self._check_open()
            return self._amendment.replace(order, self._listings[order.symbol], quantity, price, stop_price)

    def end_session(self, *, reopen: bool = True) -> None:
        """End the trading day: every working DAY order expires, the oldest first.

        :param reopen: begin the next day at once; else orders and replacements are refused until ``open_session``.
        """
        with self._lock:
            working = (order for owner in self._clearing.accounts.values() for order in owner.working.values())
            ending = [order for order in working if order.time_in_force is TimeInForce.DAY]
            for order in sorted(ending, key=_arrival):
                self._matching.end(order, OrderStatus.EXPIRED, "the session ended")
            self._is_open = reopen

    def open_session(self) -> None:
        """Take orders again after ``end_session(reopen=False)``."""
        with self._lock:
            self._is_open = True

    @property
    def is_open(self) -> bool:
        """Tell whether orders are taken now."""
        return self._is_open

    def refuse(self, intent: OrderIntent, error: RefusedError, account: str = EXAMINED) -> None:
        """Log an order that was refused at the door, as one is logged that the market refuses."""
        with self._lock:
            self.orders_received += 1
            self._clearing.refuse(intent, account, error)

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
            return self.account(account).fills

    def positions(self, account: str = EXAMINED) -> Mapping[str, Decimal]:
        """Return signed quantity by symbol, flat ones left out, ordered by symbol."""
        with self._lock:
            return {symbol: held for symbol, held in sorted(self.account(account).positions.items()) if held}

    def _check_open(self) -> None:
        if not self._is_open:
            raise RefusedError(Refusal.CLOSED, "the session has ended and the next has not begun; cancels are taken")

    def _check_state(self, order: Order, listing: Listing) -> None:
        self._check_open()
        if order.reduce_only and order.left > order.position.reducible(order.side):
            raise would_not_reduce(order, order.quantity)
        if order.post_only and not order.stop:
            check_post_only(order, listing, order.rank)
        elif order.order_type is _MARKET and not available(order, listing):
            raise _no_liquidity(order)

    def _working(self, client_order_id: str, account: str, what: str) -> Order:
        owner = self._clearing.accounts.get(account) or self._clearing.account(account)
        order = owner.orders.get(client_order_id)
        if order is None:
            raise RefusedError(Refusal.UNKNOWN_ORDER, f"order {client_order_id!r} cannot be {what}: it was never taken")
        if order.status.is_terminal:
            raise RefusedError(Refusal.NOT_WORKING, f"order {client_order_id!r} cannot be {what}: it is {order.status}")
        return order


def _no_liquidity(order: Order) -> RefusedError:
    return RefusedError(
        Refusal.NO_LIQUIDITY,
        f"market order {order.client_order_id!r}: nobody offers the other side of {order.symbol} now",
    )


def _arrival(order: Order) -> int:
    return order.arrival
