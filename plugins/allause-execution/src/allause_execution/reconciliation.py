"""Compare with the venue: take over what was missed, resolve what is unknown, name what remains."""

from decimal import Decimal
from fractions import Fraction

from allause.models.orders import OrderStatus, ReconciliationReport
from allause.models.venue import VenueOrder
from allause_execution.events import EventKind
from allause_execution.intake import Intake
from allause_execution.ledger import plain
from allause_execution.link import Truth
from allause_execution.state import State

NEVER_REACHED = "never reached the venue"


def questions(state: State) -> dict[str, tuple[OrderStatus, Fraction]]:
    """Return the orders to ask about, as they stand.

    INITIALIZED ones are left out: they have not left yet, so that the venue does not know them means nothing.
    """
    return {
        key: (order.status, order.filled)
        for key, order in state.open.items()
        if order.status is not OrderStatus.INITIALIZED
    }


def take_over(
    truth: Truth, before: dict[str, tuple[OrderStatus, Fraction]], state: State, intake: Intake
) -> ReconciliationReport:
    """Take the venue's answers in and return what was found, changed and left."""
    for event in truth.pushed:
        intake.take(event)
    recovered = tuple(fill.trade_id for fill in truth.fills if intake.take(fill))
    drift = [sentence for key in before for sentence in _settle(state, intake, key, truth.orders[key])]
    drift += _order_drift(state, truth.working)
    drift += _money_drift(state, truth)
    after = {key: (state.orders[key].status, state.orders[key].filled) for key in before}
    return ReconciliationReport(
        complete=not drift,
        orders_resolved=tuple(key for key in before if before[key] != after[key]),
        fills_recovered=recovered,
        drift=tuple(drift),
        external_orders=tuple(o.client_order_id for o in truth.working if o.client_order_id not in state.orders),
    )


def _settle(state: State, intake: Intake, key: str, found: VenueOrder | None) -> list[str]:
    order = state.orders[key]
    if found is None:
        if order.status is OrderStatus.UNKNOWN and not order.filled:
            intake.tell(EventKind.REJECTED, key, text=NEVER_REACHED)
            return []
        return [f"order {key} is {order.status} here and the venue does not know it"]
    if found.client_order_id != key:
        return [f"the venue was asked for order {key} and answered with order {found.client_order_id}"]
    intake.take(found, asked=True)
    if found.filled_qty > order.filled:
        return [f"order {key}: the venue filled {found.filled_qty}, {plain(order.filled)} is counted here"]
    if order.status is OrderStatus.UNKNOWN:
        return [f"order {key} is still unknown: the venue calls it {found.status}"]
    return []


def _order_drift(state: State, working: tuple[VenueOrder, ...]) -> list[str]:
    ours = ((found.client_order_id, state.orders.get(found.client_order_id)) for found in working)
    return [
        f"order {key} works at the venue and is {order.status} here"
        for key, order in ours
        if order is not None and order.status.is_terminal
    ]


def _money_drift(state: State, truth: Truth) -> list[str]:
    here = {position.symbol: position.quantity for position in state.ledger.positions()}
    drift = []
    for symbol in sorted(here.keys() | truth.positions.keys()):
        ours, theirs = here.get(symbol, Decimal(0)), truth.positions.get(symbol, Decimal(0))
        if ours != theirs:
            drift.append(f"position in {symbol} is {ours} here and {theirs} at the venue")
    if state.ledger.cash != truth.cash:
        drift.append(f"cash is {state.ledger.cash} here and {truth.cash} at the venue")
    return drift
