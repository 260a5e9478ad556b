"""What one order means for others: exits of a bracket follow their entry, orders of a group end each other."""

from collections.abc import Iterator
from decimal import Decimal
from enum import StrEnum

import attrs

from allause.models.orders import OrderStatus, Side
from allause_execution.orders.kept import KeptIntent
from allause_execution.orders.ledger import EXACT, ZERO
from allause_execution.orders.order import Order, close_intent, closing_id
from allause_execution.orders.state import State

_WORKING = frozenset({OrderStatus.ACCEPTED, OrderStatus.TRIGGERED, OrderStatus.PARTIALLY_FILLED})
_CANCELABLE = _WORKING | {OrderStatus.UNKNOWN, OrderStatus.PENDING_REPLACE, OrderStatus.HELD}
ENTRY_ENDED = "the entry ended without a fill"
GROUP_TRADED = "another order of its group traded"
EXIT_TRADED = "an exit of its bracket traded"


class Act(StrEnum):
    """Name what is to be done with an order."""

    CANCEL = "cancel"
    RELEASE = "release"
    GROW = "grow"
    CLOSE = "close"


@attrs.frozen
class Step:
    """Hold one thing to do.

    Attributes:
        act: what.
        key: with which order; of a bracket that is closed, with its entry.
        quantity: of the order afterwards; to close.
        text: why.
    """

    act: Act
    key: str
    quantity: Decimal | None = None
    text: str = ""


def due_steps(state: State) -> tuple[Step, ...]:
    """Return what follows from the orders that were touched since the last call, each step once."""
    steps: dict[Step, None] = {}
    for key in state.touched:
        steps.update(dict.fromkeys(_of(state, state.orders[key])))
    state.touched.clear()
    return tuple(steps)


def is_due(state: State, step: Step) -> bool:
    """Tell whether a step that was due is due still."""
    return step in _of(state, state.orders[step.key])


def overdue(state: State) -> Iterator[str]:
    """Say which open orders had to end, to grow or to leave, and have not: the venue refused, or is not reached."""
    steps = {step: None for order in state.open.values() for step in _of(state, order)}
    for key, step in {step.key: step for step in steps if step.act is not Act.CLOSE}.items():
        order = state.orders[key]
        if step.act is Act.CANCEL:
            yield f"order {key} is to end and is {order.status} still: {step.text}"
        else:
            covered = order.quantity if order.is_sent else ZERO
            yield f"exit {key} is {order.status} and covers {covered} of {step.quantity} filled"


def working_while_halted(state: State) -> list[str]:
    """Return the orders that the venue may fill although a halt asked for their end."""
    return [] if state.halted is None else [key for key, order in state.open.items() if order.is_sent]


def touch_all(state: State) -> None:
    """Have every open order of a bracket or group, and every bracket of which an exit had to trade, looked at again."""
    for key, order in state.open.items():
        if order.exits or order.intent.oco_group is not None:
            state.touched[key] = None
    for group in state.groups.values():
        for key in group.members:
            order = state.orders[key]
            if order.entry and (order.filled or order.triggered):
                state.touched[key] = None


def uncovered(state: State) -> Iterator[str]:
    """Say which bracket filled more than its exits, of which none works any more, and its closing orders cover."""
    for group in state.groups.values():
        first = state.orders[group.members[0]] if group.members else None
        if first is None or not first.entry:
            continue
        entry = state.orders[first.entry]
        if _open(state, entry, EXACT.subtract(_bare(state, entry), _closed(state, entry))) > 0:
            key = entry.intent.client_order_id
            yield f"bracket {key}: {entry.filled} is filled and no exit works; close or protect the position"


def _of(state: State, order: Order) -> Iterator[Step]:
    if order.exits:
        yield from _of_entry(state, order)
    if order.entry:
        yield from _of_entry(state, state.orders[order.entry])
    if order.intent.oco_group is not None:
        yield from _of_group(state, order)


def _of_entry(state: State, entry: Order) -> Iterator[Step]:
    exits = [state.orders[key] for key in entry.exits]
    traded = any(order.filled for order in exits)
    # one that was not at the venue when it was asked may arrive and fill still, and needs its exits then
    ended = entry.status.is_terminal and not (entry.filled or entry.promised or entry.lost)
    if traded and entry.status in _CANCELABLE:
        yield Step(Act.CANCEL, entry.intent.client_order_id, text=EXIT_TRADED)
    for order in exits:
        key = order.intent.client_order_id
        if ended:
            if order.status in _CANCELABLE:
                yield Step(Act.CANCEL, key, text=ENTRY_ENDED)
        elif order.status is OrderStatus.HELD:
            if entry.filled and not traded:
                yield Step(Act.RELEASE, key, entry.filled)
        elif order.status in _WORKING and order.quantity < (covered := min(entry.filled, _reach(state, order))):
            yield Step(Act.GROW, key, covered)
    if traded or any(order.triggered for order in exits):
        late = _open(state, entry, EXACT.subtract(_bare(state, entry), _asked(state, entry)))
        if late > 0:
            yield Step(Act.CLOSE, entry.intent.client_order_id, late)


def _reach(state: State, order: Order) -> Decimal:
    """Return the largest quantity that an exit can have: it is reduce-only, and others may have reduced before."""
    return EXACT.add(order.filled, _held(state, order.intent.symbol, long=order.intent.side is Side.SELL))


def _open(state: State, entry: Order, quantity: Decimal) -> Decimal:
    """Return how much of a quantity that an entry filled is a position still, whoever closed the rest."""
    return min(quantity, _held(state, entry.intent.symbol, long=entry.intent.side is Side.BUY))


def _held(state: State, symbol: str, *, long: bool) -> Decimal:
    held = state.ledger.quantity(symbol)
    return max(ZERO, held if long else held.copy_negate())


def _bare(state: State, entry: Order) -> Decimal:
    """Return what an entry filled and no exit has closed, when none works any more.

    Of exits that all were cancelled from here what they would have closed counts as closed: their owner wanted that.
    """
    exits = [state.orders[key] for key in entry.exits]
    if not (entry.filled and all(order.status.is_terminal for order in exits)):
        return ZERO
    if all(order.ended_here for order in exits):
        covered = max(order.quantity for order in exits)
    else:
        covered = ZERO
        for order in exits:
            covered = EXACT.add(covered, order.filled)
    return max(ZERO, EXACT.subtract(entry.filled, covered))


def closing_intent(state: State, entry: Order, quantity: Decimal) -> KeptIntent:
    """Return the order that closes what an entry filled after an exit of its bracket traded and none works any more."""
    number = 1 + sum(1 for _ in _closings(state, entry))
    return close_intent(entry.intent, number, quantity)


def _closings(state: State, entry: Order) -> Iterator[Order]:
    """Yield the orders that close what an entry filled too late, in the order in which they were sent."""
    number = 1
    while (order := state.orders.get(closing_id(entry.intent, number))) is not None:
        yield order
        number += 1


def _asked(state: State, entry: Order) -> Decimal:
    """Return what they were asked to close, whatever the venue did about it; one that never arrived does not count."""
    total = ZERO
    for order in _closings(state, entry):
        if not order.lost:
            total = EXACT.add(total, order.intent.quantity)
    return total


def _closed(state: State, entry: Order) -> Decimal:
    """Return what they closed or may close still."""
    total = ZERO
    for order in _closings(state, entry):
        total = EXACT.add(total, order.filled if order.status.is_terminal else order.intent.quantity)
    return total


def _of_group(state: State, order: Order) -> Iterator[Step]:
    group = state.groups[order.intent.oco_group or ""]
    if group.winner:
        for key in group.members:
            if key != group.winner and state.orders[key].status in _CANCELABLE:
                yield Step(Act.CANCEL, key, text=GROUP_TRADED)
