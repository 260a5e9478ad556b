"""What came of a run: the execution component's story, held against the venue, and the equity it made."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

import attrs

from allause.component import Component
from allause.discovery import printable
from allause.exceptions import ComponentError
from allause.models.market import Bar
from allause.models.orders import (
    Account,
    Fill,
    OrderReport,
    OrderStatus,
    Position,
    ReconciliationReport,
    Side,
    exact,
)
from allause.running.gateway import answer, answers
from allause.running.trading import Attempt
from allause.venue import Story, Venue, discrepancies, read_truth
from allause.venue.money import EXACT

_YEAR_NS = 365.25 * 86_400e9
_ZERO = Decimal(0)


@attrs.frozen(kw_only=True)
class Outcome:
    """Hold what the execution component reports at the end.

    Attributes:
        orders: those that left, as the component knows them, by client order id.
        fills: as it counted them.
        positions: as it keeps them.
        account: its cash.
        reconciliation: its last comparison with the venue.
        problems: where its story differs from the venue's log, one sentence each.
        equity: cash and positions at recorded closes, one value for each time at which there was an event.
        times: those times.
    """

    orders: dict[str, OrderReport]
    fills: tuple[Fill, ...]
    positions: tuple[Position, ...]
    account: Account
    reconciliation: ReconciliationReport
    problems: tuple[str, ...]
    equity: tuple[Decimal, ...]
    times: tuple[int, ...]

    @property
    def returns(self) -> tuple[float, ...]:
        """Return the simple return of each period; empty once the equity is not above 0 throughout."""
        if any(value <= 0 for value in self.equity):
            return ()
        pairs = zip(self.equity, self.equity[1:], strict=False)
        return tuple(float((after - before) / before) for before, after in pairs)

    @property
    def periods_per_year(self) -> float | None:
        """Return how many periods a year has in this data; None with fewer than two times."""
        span = self.times[-1] - self.times[0] if self.times else 0
        return (len(self.times) - 1) / (span / _YEAR_NS) if span else None


def settle(execution: Component, venue: Venue, attempts: Sequence[Attempt], bars: Sequence[Bar]) -> Outcome:
    """End the venue's session, let the component reconcile, and ask it for everything."""
    venue.end_session()
    reconciliation = answer(execution, "reconcile", execution.call("reconcile"), ReconciliationReport)
    orders = {
        name: answer(execution, "get_order", execution.call("get_order", client_order_id=name), OrderReport)
        for name in (attempt.client_order_id for attempt in attempts if not attempt.denied)
    }
    fills = answers(execution, "get_fills", execution.call("get_fills"), Fill)
    positions = answers(execution, "get_positions", execution.call("get_positions"), Position)
    account = answer(execution, "get_account", execution.call("get_account"), Account)
    story = Story(orders=tuple(orders.values()), fills=fills, positions=positions, account=account)
    try:
        found = discrepancies(story, read_truth(venue.log))
        curve = tuple(equity(account.starting_cash, fills, bars))
    except ArithmeticError as error:
        message = f"{execution.id}: its fills, positions or cash hold what is no amount: {type(error).__name__}"
        raise ComponentError(message, execution.id, "get_fills") from error
    return Outcome(
        orders=orders,
        fills=fills,
        positions=positions,
        account=account,
        reconciliation=reconciliation,
        problems=(
            *found,
            *_miscounted(len(orders), venue.orders_received),
            *reconciliation.drift,
            *(() if reconciliation.complete else ("the last reconciliation was not complete",)),
            *(f"order {name}: still {OrderStatus.UNKNOWN}" for name, o in orders.items() if o.status == "unknown"),
        ),
        equity=tuple(value for _, value in curve),
        times=tuple(ts for ts, _ in curve),
    )


def _miscounted(placed: int, received: int) -> Iterator[str]:
    """The core's own count beside the component's limits: an order sent twice is refused there, but not unseen."""
    if placed != received:
        yield f"the component was asked to send {placed} orders, and the venue received {received}"


def refused(attempts: Sequence[Attempt], outcome: Outcome) -> Iterator[str]:
    """Tell when nothing was filled although orders were wanted, and at least one of them was refused."""
    rejected = sum(order.status == OrderStatus.REJECTED for order in outcome.orders.values())
    denied = sum(bool(attempt.denied) for attempt in attempts)
    if outcome.fills or not denied + rejected:
        return
    first = next(
        (each.denied for each in attempts if each.denied),
        next((o.reason for o in outcome.orders.values() if o.status == OrderStatus.REJECTED), ""),
    )
    yield (
        f"nothing was filled: of {len(attempts)} orders {denied} were denied by the component and {rejected} rejected "
        f"by the venue; the first because: {printable(str(first))}"
    )


def equity(cash: Decimal, fills: Sequence[Fill], bars: Sequence[Bar]) -> Iterator[tuple[int, Decimal]]:
    """Yield time and equity after each time at which there was a bar; positions count at their last close."""
    held: dict[str, Decimal] = {}
    closes: dict[str, float] = {}
    left = sorted(fills, key=lambda fill: fill.ts_event)
    done = 0
    for index, bar in enumerate(bars):
        closes[bar.symbol] = bar.close
        if index + 1 < len(bars) and bars[index + 1].ts_event == bar.ts_event:
            continue
        while done < len(left) and left[done].ts_event <= bar.ts_event:
            cash = book(left[done], cash, held)
            done += 1
        value = cash
        for symbol, quantity in held.items():
            if quantity and symbol in closes:  # an invented fill may name any symbol, and is a problem already
                value = EXACT.add(value, EXACT.multiply(quantity, exact(closes[symbol])))
        yield bar.ts_event, value


def book(fill: Fill, cash: Decimal, held: dict[str, Decimal]) -> Decimal:
    """Add a fill to the positions and return the cash after it."""
    value = EXACT.multiply(fill.last_qty, fill.last_px)
    buys = fill.side == Side.BUY
    signed = fill.last_qty if buys else fill.last_qty.copy_negate()
    held[fill.symbol] = EXACT.add(held.get(fill.symbol, _ZERO), signed)
    return EXACT.subtract(EXACT.add(cash, value.copy_negate() if buys else value), fill.fee)
