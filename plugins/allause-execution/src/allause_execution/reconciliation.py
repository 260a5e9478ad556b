"""Compare with the venue: take over what was missed, resolve what is unknown, name what remains."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from decimal import Decimal

from allause.models.orders import OrderStatus, ReconciliationReport
from allause.models.venue import VenueOrder
from allause_execution.orders.answers import flaw
from allause_execution.orders.contingency import touch_all
from allause_execution.orders.events import NEVER_REACHED, EventKind
from allause_execution.orders.order import TERMINAL, Order
from allause_execution.orders.state import State
from allause_execution.routing.intake import Intake, is_of, terms_of
from allause_execution.sessions.link import Link, Truth

_PASSES = 2
# Nobody asked for an exit by itself: one that never arrived is due as long as its bracket is open.
RETURNED = EventKind.RETURNED


def reconcile(link: Link, state: State, intake: Intake, lock: AbstractContextManager[object]) -> ReconciliationReport:
    """Ask, take over and compare; the caller keeps other calls off the link, the lock guards the state.

    A venue goes on trading between two questions, so what differs is asked once more before it is called drift.
    """
    with lock:
        before = {key: (order.status, order.filled, order.terms) for key, order in _in_question(state).items()}
    recovered: list[str] = []
    drift: list[str] = []
    external: tuple[str, ...] = ()
    asked: dict[str, Order] = {}
    for _ in range(_PASSES):
        with lock:
            asked |= _in_question(state)
        truth = link.ask(tuple(asked))
        if truth is None:
            drift = [link.trouble]
            break
        with lock:
            recovered += _take_over(truth, intake, state)
            drift = [sentence for key, order in asked.items() for sentence in _settle(intake, order, truth.orders[key])]
            drift += _order_drift(state, truth.working)
            drift += [f"order {key} was not asked for" for key in _sent(state).keys() - asked.keys()]
            drift += _money_drift(state, truth)
            external = tuple(o.client_order_id for o in truth.working if o.client_order_id not in state.orders)
        if not drift:
            break
    with lock:
        changed = tuple(
            key for key, order in asked.items() if before.get(key) != (order.status, order.filled, order.terms)
        )
        touch_all(state)
    return ReconciliationReport(
        complete=not drift,
        orders_resolved=changed,
        fills_recovered=tuple(recovered),
        drift=tuple(drift),
        external_orders=external,
    )


def _sent(state: State) -> dict[str, Order]:
    """Return the open orders that have left: that the venue does not know another one means nothing."""
    return {key: order for key, order in state.open.items() if order.is_sent}


def _in_question(state: State) -> dict[str, Order]:
    """Return those, and the lost entries for which exits are held: what became of them may never have been told."""
    entries = {
        order.entry: state.orders[order.entry] for order in state.open.values() if not order.is_sent and order.entry
    }
    return {**_sent(state), **{key: entry for key, entry in entries.items() if entry.lost}}


def _take_over(truth: Truth, intake: Intake, state: State) -> list[str]:
    for event in truth.pushed:
        intake.take(event)
    for found in truth.working:
        order = state.orders.get(found.client_order_id)
        if order is not None and order.lost:
            intake.take(found, asked=True)
    return [fill.trade_id for fill in truth.fills if intake.take(fill, asked=True)]


def _settle(intake: Intake, order: Order, found: VenueOrder | None) -> list[str]:
    key = order.intent.client_order_id
    if found is None:
        if order.status is OrderStatus.UNKNOWN and not order.filled:
            intake.tell(RETURNED if order.entry else EventKind.LOST, key, text=NEVER_REACHED)
        if order.status.is_terminal or not order.is_sent:
            return []
        return [f"order {key} is {order.status} here and the venue does not know it"]
    if text := flaw(found):
        return [f"the venue's answer about order {key} cannot be read: {text}"]
    if found.client_order_id != key:
        return [f"the venue was asked for order {key} and answered with order {found.client_order_id}"]
    if not is_of(found, order):
        return [f"the venue's answer about order {key} is about a {found.side!s:.10} of {found.symbol!s:.100}"]
    intake.take(found, asked=True)
    return [*_order_differences(order, found)]


def _order_differences(order: Order, found: VenueOrder) -> Iterator[str]:
    """Say what the venue's answer about an order, taken in, leaves open."""
    key, terms = order.intent.client_order_id, terms_of(found, order)
    if order.status not in TERMINAL:
        if order.asked is not None:
            yield f"order {key}: whether it was replaced is not known, the venue calls it {found.status}"
        elif terms != order.terms and found.quantity >= order.filled:
            yield f"order {key}: the venue has {terms}, here it has {order.terms}"
    if found.quantity < order.filled:
        yield f"order {key}: the venue gives it the quantity {found.quantity}, {order.filled} is counted here"
    if found.filled_qty > order.filled:
        yield f"order {key}: the venue filled {found.filled_qty}, {order.filled} is counted here"
    if order.status is OrderStatus.UNKNOWN:
        yield f"order {key} is still unknown: the venue calls it {found.status}"


def _order_drift(state: State, working: tuple[VenueOrder, ...]) -> list[str]:
    ours = ((found.client_order_id, state.orders.get(found.client_order_id)) for found in working)
    return [
        f"order {key} works at the venue and is {order.status} here"
        for key, order in ours
        if order is not None and (order.status.is_terminal or not order.is_sent)
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
