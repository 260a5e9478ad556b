"""What follows from an execution: accounts, fills and the log, under one logical clock."""

from decimal import Decimal
from typing import Any

from allause.exceptions import DataError
from allause.models.orders import Fill, OrderIntent, OrderStatus
from allause.venue.account import VenueAccount
from allause.venue.book import Order
from allause.venue.log import LogEvent, LogRecord

#: The account whose quotes stand for the recorded market.
LIQUIDITY = "liquidity"

_ENDINGS = {OrderStatus.CANCELED: LogEvent.CANCELED, OrderStatus.EXPIRED: LogEvent.EXPIRED}


class Clearing:
    """Keep the accounts and the log of one venue.

    Attributes:
        now_ns: the logical time.
        accounts: by name.
        records: the log.
    """

    def __init__(self, *, seed: int, fee_rate: Decimal, starting_cash: Decimal) -> None:
        self.now_ns = 0
        self.accounts: dict[str, VenueAccount] = {}
        self.records: list[LogRecord] = []
        self._seed, self._fee_rate, self._starting_cash = seed, fee_rate, starting_cash
        self._orders = self._matches = self._trades = 0

    def account(self, name: str) -> VenueAccount:
        """Return an account, opened when first asked for."""
        if name not in self.accounts:
            free = name == LIQUIDITY
            self.accounts[name] = VenueAccount(
                name=name,
                fee_rate=Decimal(0) if free else self._fee_rate,
                cash=Decimal(0) if free else self._starting_cash,
            )
        return self.accounts[name]

    def advance(self, ts: int) -> None:
        """Set the logical time.

        Raises:
            DataError: it would run backwards.
        """
        if ts < self.now_ns:
            raise DataError(f"the venue's time cannot run backwards: it is {self.now_ns}, got {ts}")
        self.now_ns = ts

    def next_order_id(self) -> str:
        """Return a new venue order id."""
        self._orders += 1
        return f"V{self._seed}-{self._orders}"

    def take(self, order: Order) -> None:
        """Enter an order into its account and the log; a quote has no client order id and is only logged."""
        if order.client_order_id:
            account = self.account(order.account)
            account.orders[order.client_order_id] = account.working[order.client_order_id] = order
            more = {"order_type": order.order_type, "time_in_force": order.time_in_force}
            self._record(LogEvent.ACCEPTED, order, quantity=order.quantity, price=order.price, **more)
        else:
            self._record(LogEvent.QUOTED, order, quantity=order.quantity, price=order.price)

    def withdraw(self, quote: Order) -> None:
        """Log a quote that gives way to the next one."""
        self._record(LogEvent.WITHDRAWN, quote, quantity=quote.remaining)

    def refuse(self, intent: OrderIntent, account: str, reason: str) -> None:
        """Log an order that was not taken."""
        self.records.append(
            LogRecord(
                seq=len(self.records),
                ts=self.now_ns,
                event=LogEvent.REFUSED,
                account=account,
                symbol=str(intent.symbol),
                client_order_id=str(intent.client_order_id),
                reason=reason,
            )
        )

    def execute(self, maker: Order, taker: Order, quantity: Decimal) -> None:
        """Settle one execution at the maker's price on both sides, the maker's first."""
        if maker.price is None:
            raise ValueError(f"order {maker.venue_order_id} rests without a price")
        self._matches += 1
        for order in (maker, taker):
            self._fill(order, quantity, maker.price)

    def finish(self, order: Order, status: OrderStatus, reason: str, *, tell: bool = True) -> None:
        """End an order that is not filled; ``tell`` its owner unless the owner asked for it."""
        order.status, order.reason = status, reason
        account = self.account(order.account)
        account.working.pop(order.client_order_id, None)
        self._record(_ENDINGS[status], order, quantity=order.remaining, reason=reason)
        if tell:
            account.tell(order.snapshot())

    def _fill(self, order: Order, quantity: Decimal, price: Decimal) -> None:
        account = self.account(order.account)
        fee = account.settle(order, quantity, price)
        self._trades += 1
        trade_id = f"T{self._seed}-{self._trades}"
        order.status = OrderStatus.PARTIALLY_FILLED if order.remaining else OrderStatus.FILLED
        if not order.remaining:
            account.working.pop(order.client_order_id, None)
        self._record(
            LogEvent.FILLED, order, quantity=quantity, price=price, trade_id=trade_id, match=self._matches, fee=fee
        )
        if not order.client_order_id:
            return
        fill = Fill(
            trade_id=trade_id,
            client_order_id=order.client_order_id,
            venue_order_id=order.venue_order_id,
            symbol=order.symbol,
            side=order.side,
            last_qty=quantity,
            last_px=price,
            fee=fee,
            ts_event=self.now_ns,
        )
        account.fills.append(fill)
        account.tell(fill)

    def _record(self, event: LogEvent, order: Order, **more: Any) -> None:
        self.records.append(
            LogRecord(
                seq=len(self.records),
                ts=self.now_ns,
                event=event,
                account=order.account,
                symbol=order.symbol,
                order_id=order.venue_order_id,
                client_order_id=order.client_order_id,
                side=order.side,
                **more,
            )
        )
