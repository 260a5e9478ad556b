"""What follows from an execution or an end: accounts, statuses and the log, under one logical clock."""

from decimal import Decimal

from allause.exceptions import DataError
from allause.models.orders import OrderIntent, OrderStatus, Side
from allause.venue.account import VenueAccount
from allause.venue.entries import Changed, Ended, Execution, Triggered, Written
from allause.venue.log import Log, LogEvent
from allause.venue.order import Order
from allause.venue.refusals import RefusedError

#: The account whose quotes stand for the recorded market.
LIQUIDITY = "liquidity"
#: The account that recorded trades are booked to when they fill an order.
TAPE = "tape"

_FREE = Decimal(0)
_BUY = Side.BUY
_FILLED, _PARTIALLY_FILLED = OrderStatus.FILLED, OrderStatus.PARTIALLY_FILLED


class Clearing:
    """Keep the accounts and the log of one venue.

    Attributes:
        now_ns: the logical time.
        accounts: by name.
        log: of every event.
        arrivals: orders and replacements that took a place behind every other.
    """

    def __init__(self, *, seed: int, maker_rate: Decimal, taker_rate: Decimal, starting_cash: Decimal) -> None:
        self.now_ns = self.arrivals = 0
        self.accounts: dict[str, VenueAccount] = {}
        self.log = Log()
        self._note, self._push = self.log.note, self.log.push
        self._seed, self._starting_cash = seed, starting_cash
        self._maker_rate, self._taker_rate = maker_rate, taker_rate
        self._matches = 0

    def account(self, name: str) -> VenueAccount:
        """Return an account, opened when first asked for."""
        found = self.accounts.get(name)
        if found is None:
            free = name in {LIQUIDITY, TAPE}
            found = self.accounts[name] = VenueAccount(
                name=name,
                seed=self._seed,
                log=self.log,
                cash=_FREE if free else self._starting_cash,
                maker_rate=_FREE if free else self._maker_rate,
                taker_rate=_FREE if free else self._taker_rate,
            )
        return found

    def advance(self, ts: int) -> None:
        """Set the logical time.

        Raises:
            DataError: it would run backwards.
        """
        if ts < self.now_ns:
            raise DataError(f"the venue's time cannot run backwards: it is {self.now_ns}, got {ts}")
        self.now_ns = ts

    def refuse(self, intent: OrderIntent, account: str, error: RefusedError) -> None:
        """Log an order that was not taken."""
        self._note(
            Written(
                self.now_ns,
                LogEvent.REFUSED,
                account,
                str(intent.symbol),
                str(intent.client_order_id),
                reason=str(error),
                refusal=error.refusal,
            )
        )

    def execute(self, maker: Order, taker: Order, lots: int) -> None:
        """Settle one execution at the maker's price on both sides."""
        ticks, rested, came = maker.limit, maker.position, taker.position
        self._matches = match = self._matches + 1
        execution = Execution(maker, taker, lots, ticks, match, self.now_ns)
        self._note(execution)
        self._push(execution)
        bought = lots if maker.side is _BUY else -lots  # by whom rested
        value = bought * ticks
        rested.lots += bought
        rested.flow -= value
        came.lots -= bought
        came.flow += value
        if rested.maker_rate:
            rested.fees += lots * ticks * rested.maker_rate
        if came.taker_rate:
            came.fees += lots * ticks * came.taker_rate
        maker.left = left = maker.left - lots
        maker.status = _PARTIALLY_FILLED if left else _FILLED
        taker.left = left = taker.left - lots
        taker.status = _PARTIALLY_FILLED if left else _FILLED

    def trigger(self, order: Order, last: int) -> None:
        """Mark a stop whose price was met; from now on it queues behind every other order."""
        order.status, order.stop = OrderStatus.TRIGGERED, 0
        self.requeue(order)
        triggered = Triggered(order, self.now_ns, order.snapshot(), last)
        self._note(triggered)
        self._push(triggered)

    def requeue(self, order: Order) -> None:
        """Give an order the place behind every other."""
        self.arrivals = order.number = self.arrivals + 1

    def change(self, order: Order, size: int, reason: str = "") -> None:
        """Put another size in force and log the order's values; ``reason`` tells why the venue cut it."""
        order.left -= order.size - size
        order.size, order.reason = size, reason
        if reason:
            order.keep_first()
            order.quantity = order.position.grid.quantities[size]
        changed = Changed(order, self.now_ns, order.snapshot(), reason)
        self._note(changed)
        if reason:
            self._push(changed)

    def finish(self, order: Order, status: OrderStatus, reason: str, *, tell: bool = True) -> None:
        """End an order that is not filled; ``tell`` its owner unless the owner asked for it."""
        order.status, order.reason = status, reason
        ended = Ended(order, self.now_ns, status, order.left, reason)
        self._note(ended)
        if tell:
            self._push(ended)
