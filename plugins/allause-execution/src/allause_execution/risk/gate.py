"""The gate: every limit in force, asked in one order, none of them twice."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from operator import itemgetter

from allause.exceptions import OrderDeniedError
from allause.models.context import Clock
from allause.models.orders import OrderIntent
from allause_execution.configuration import Config
from allause_execution.orders.intents import is_chosen
from allause_execution.orders.ledger import EXACT, ZERO
from allause_execution.orders.order import Order
from allause_execution.orders.state import State
from allause_execution.risk.limits import (
    DuplicateWindow,
    MaxGrossExposure,
    MaxLoss,
    MaxNotional,
    MaxOpenOrders,
    MaxOrderRate,
    MaxPosition,
    MaxQuantity,
    ParentQuantity,
    PriceCollar,
    RestrictedSymbols,
)
from allause_execution.risk.rules import Asked, Limit, Rule
from allause_execution.windows import RateWindow, nanoseconds


def limits_of(config: Config) -> tuple[Limit, ...]:
    """Return the limits that a configuration sets, the cheapest first."""
    limits: list[Limit] = [
        MaxQuantity(config.max_quantity),
        MaxNotional(config.max_notional),
        MaxPosition(config.max_position),
        MaxOpenOrders(config.max_open_orders),
        ParentQuantity(),
    ]
    if config.restricted_symbols:
        limits.append(RestrictedSymbols(frozenset(config.restricted_symbols)))
    if config.price_collar is not None:
        limits.append(PriceCollar(config.price_collar))
    if config.max_gross_exposure is not None:
        limits.append(MaxGrossExposure(config.max_gross_exposure))
    if config.max_orders_per_second is not None:
        limits.append(MaxOrderRate(config.max_orders_per_second))
    if config.duplicate_window_seconds is not None:
        limits.append(DuplicateWindow(nanoseconds(config.duplicate_window_seconds)))
    if config.max_loss is not None:
        limits.append(MaxLoss(config.max_loss))
    return tuple(limits)


class Gate:
    """Let an order pass, or say which limit it breaks and by how much.

    Args:
        limits: taken over as they are now; changing them later changes nothing here.
        monotonic_ns: the clock of the windows.
        max_cancels_per_second: no order passes while more cancels than this were asked for in the last second.
            Cancels themselves always pass.

    Attributes:
        halting: the limits whose breach halts the engine.
    """

    __slots__ = ("_breaches", "_cancels", "_passed", "_recalled", "_rules", "halting")

    def __init__(
        self, limits: Iterable[Limit], monotonic_ns: Callable[[], int], max_cancels_per_second: int | None = None
    ) -> None:
        rules = tuple(limit.rule(monotonic_ns) for limit in limits)
        self._cancels: RateWindow | None = None
        if max_cancels_per_second is not None:
            self._cancels = RateWindow(max_cancels_per_second + 1, monotonic_ns)  # full when there were more than that
            rules += (_cancel_storm(self._cancels, max_cancels_per_second),)
        self.halting = frozenset(rule.reason for rule in rules if rule.halts)
        self._rules = rules
        self._breaches = tuple(rule.breach for rule in rules)
        self._passed = tuple(rule.passed for rule in rules if rule.passed is not None)
        self._recalled = tuple(rule.recalled for rule in rules if rule.recalled is not None)

    def check(self, intent: OrderIntent, state: State, replaced: Order | None = None) -> None:
        """Let the order pass.

        Raises:
            OrderDeniedError: with the limit's name as its reason; see ``halting``.
        """
        price = intent.price
        if price is None:
            price = intent.stop_price if intent.stop_price is not None else state.last_px.get(intent.symbol)
        added = intent.quantity
        if replaced is not None:
            added = EXACT.subtract(_left(added, replaced.filled), replaced.remaining)
        asked = Asked(intent, state, added, price, replaced is None)
        for breach in self._breaches:
            if text := breach(asked):
                raise _denied(intent, self._rules[self._breaches.index(breach)], text)
        for passed in self._passed:
            passed(asked)

    def recall(self, orders: Iterable[Order], replaced: Iterable[int], clock: Clock) -> None:
        """Count the orders of earlier processes, which are as old as the time of day says, where a limit looks back.

        Args:
            orders: in the order in which they were placed.
            replaced: when others were asked to be replaced.
            clock: of both times.
        """
        if not self._recalled:
            return
        now, wall = clock.monotonic_ns(), clock.now_ns()
        placed = ((order.ts_init, order.intent) for order in orders if is_chosen(order.intent.client_order_id))
        # sorted, not merged: where the clock was set back neither of them is in order
        for ts, intent in sorted((*placed, *((ts, None) for ts in replaced)), key=itemgetter(0)):
            at = now - max(0, wall - ts)
            for recalled in self._recalled:
                recalled(intent, at)

    def count_cancel(self) -> None:
        """Take note of a cancel."""
        if self._cancels is not None:
            self._cancels.count()


def _denied(intent: OrderIntent, rule: Rule, text: str) -> OrderDeniedError:
    return OrderDeniedError(
        f"order {intent.client_order_id} of {intent.symbol} denied by {rule.reason}: {text}; "
        "place another order or change the configuration and start again",
        rule.reason,
    )


def _cancel_storm(window: RateWindow, limit: int) -> Rule:
    text = f"no order while more than {limit} cancels a second are asked for"
    return Rule("max_cancels_per_second", lambda _: text if window.is_full else "")


def _left(quantity: Decimal, filled: Decimal) -> Decimal:
    return max(EXACT.subtract(quantity, filled), ZERO)
