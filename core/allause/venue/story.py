"""What an execution component says happened, held against the truth."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from decimal import Decimal

import attrs

from allause.models.orders import Account, Fill, OrderReport, OrderStatus, Position
from allause.venue.alterations import CHANGED
from allause.venue.faults import ClosedElsewhere
from allause.venue.injectors import InjectedFault
from allause.venue.money import EXACT
from allause.venue.truth import TrueOrder, Truth

_ZERO = Decimal(0)
_NOT_THERE = frozenset({OrderStatus.DENIED, OrderStatus.REJECTED})
_KEPT = frozenset({OrderStatus.HELD, OrderStatus.CANCELED})  # an exit of a bracket that was not needed yet, or any more
_WORKING = frozenset({OrderStatus.ACCEPTED, OrderStatus.TRIGGERED, OrderStatus.PARTIALLY_FILLED})


@attrs.frozen(kw_only=True)
class Story:
    """Hold what an execution component says of itself.

    Attributes:
        orders: every order it was asked to place.
        fills: as it counted them.
        positions: as it keeps them.
        account: its cash.
    """

    orders: tuple[OrderReport, ...]
    fills: tuple[Fill, ...]
    positions: tuple[Position, ...]
    account: Account


@attrs.frozen(kw_only=True)
class Recovery:
    """Hold the verdict on one injected fault.

    Attributes:
        fault: what happened.
        recovered: whether the story is right in spite of it.
        evidence: what was found equal, one sentence each; or what is wrong, when not recovered.
    """

    fault: InjectedFault
    recovered: bool
    evidence: tuple[str, ...]


def discrepancies(story: Story, true: Truth) -> tuple[str, ...]:
    """Return one sentence for each way in which a story differs from the truth; none for a true one."""
    names = {report.intent.client_order_id for report in story.orders} | set(true.orders)
    symbols = {position.symbol for position in story.positions} | set(true.positions)
    return (
        *_about_orders(story, true, names),
        *_about_fills(story.fills, true.fills.values()),
        *_about_positions(story, true, symbols),
        *_about_cash(story.account, true),
    )


def recovery(fault: InjectedFault, story: Story, true: Truth, more: Iterable[str] = ()) -> Recovery:
    """Judge by evidence alone whether a component recovered from an injected fault.

    :param fault: that happened.
    :param story: of the component.
    :param true: what the venue's log says.
    :param more: what else the host found wrong about it, one sentence each.

    Looked at are the order that was hit and every order whose executions were lost or repeated: each must be told
    as the venue knows it, its executions counted exactly once, the positions of its symbol must equal the venue's,
    and nothing may have been sent again under its id. A component that did nothing has told none of this.
    """
    hit = (true.fills[trade_id].client_order_id for trade_id in fault.trade_ids if trade_id in true.fills)
    names = {fault.client_order_id, *hit}
    expected = [fill for fill in true.fills.values() if fill.client_order_id in names]
    told = [fill for fill in story.fills if fill.client_order_id in names or fill.trade_id in fault.trade_ids]
    at_venue = {name: true.orders.get(name, TrueOrder()) for name in sorted(names)}
    sent = {name: order.refused + (order.status is not None) for name, order in at_venue.items()}
    problems = [
        *(f"order {name}: sent {times} times; expected once" for name, times in sent.items() if times > 1),
        *more,
        *_about_orders(story, true, names),
        *_about_fills(told, expected),
        *_about_positions(story, true, {fill.symbol for fill in expected}),
    ]
    asked = {report.intent.client_order_id for report in story.orders}
    if not (isinstance(fault.fault, ClosedElsewhere) or fault.client_order_id in asked):
        problems.append(f"order {fault.client_order_id}: the component does not know it")
    if problems:
        return Recovery(fault=fault, recovered=False, evidence=tuple(problems))
    proof = [f"order {name}: {order.status or 'not there'} in both" for name, order in at_venue.items()]
    proof += [f"execution {fill.trade_id}: counted once" for fill in expected]
    return Recovery(fault=fault, recovered=True, evidence=tuple(proof))


def _about_orders(story: Story, true: Truth, names: Collection[str]) -> Iterator[str]:
    told = {report.intent.client_order_id: report for report in story.orders}
    for name in sorted(names):
        order = true.orders.get(name, TrueOrder())
        report = told.get(name)
        if report is None:
            if order.status is not None:
                yield f"order {name}: the venue has it, {order.status}; the component does not"
            continue
        kept = order.status is None and "/" in name and report.status in _KEPT
        if not kept and not _same_status(report.status, order.status):
            found = "unknown to" if order.status is None else f"{order.status} by"
            yield f"order {name}: {report.status} by the component, {found} the venue"
        if order.status in _WORKING and report.status in _WORKING:
            for term, mine, its in zip(CHANGED, report.terms_in_force, order.terms_in_force, strict=True):
                if mine != its:
                    yield f"order {name}: its {term.replace('_', ' ')} is {mine} by the component, {its} by the venue"
        if report.filled_qty != order.filled_qty:
            yield f"order {name}: {report.filled_qty} filled by the component, {order.filled_qty} by the venue"


def _same_status(told: OrderStatus, true: OrderStatus | None) -> bool:
    if true is None:
        return told in _NOT_THERE
    return told == true or (told is OrderStatus.PENDING_CANCEL and true in _WORKING)


def _about_fills(told: Iterable[Fill], expected: Iterable[Fill]) -> Iterator[str]:
    told = list(told)
    counts = Counter(fill.trade_id for fill in told)
    by_id = {fill.trade_id: fill for fill in told}
    for fill in expected:
        trade_id = fill.trade_id
        if trade_id not in counts:
            yield f"execution {trade_id} of order {fill.client_order_id}: missing"
            continue
        if counts[trade_id] > 1:
            yield f"execution {trade_id} of order {fill.client_order_id}: counted {counts[trade_id]} times"
        if by_id.pop(trade_id) != fill:
            yield f"execution {trade_id} of order {fill.client_order_id}: told otherwise than the venue has it"
    for fill in by_id.values():
        yield f"execution {fill.trade_id} of order {fill.client_order_id}: unknown to the venue"


def _about_positions(story: Story, true: Truth, symbols: Collection[str]) -> Iterator[str]:
    told: dict[str, Decimal] = {}
    for position in story.positions:
        told[position.symbol] = EXACT.add(told.get(position.symbol, _ZERO), position.quantity)
    for symbol in sorted(symbols):
        mine, theirs = told.get(symbol, _ZERO), true.positions.get(symbol, _ZERO)
        if mine != theirs:
            yield f"position in {symbol}: {mine} by the component, {theirs} by the venue"


def _about_cash(account: Account, true: Truth) -> Iterator[str]:
    moved = EXACT.subtract(account.cash, account.starting_cash)
    if moved != true.cash_flow:
        yield f"cash: moved by {moved} by the component, by {true.cash_flow} by the venue"
    if account.fees != true.fees:
        yield f"fees: {account.fees} by the component, {true.fees} by the venue"
