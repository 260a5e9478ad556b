"""Orders of every sort under fair weather: each has to arrive as it was asked for, and to do what its words say."""

from decimal import Decimal
from typing import Any

import attrs

from allause.exceptions import OrderDeniedError
from allause.models.orders import OrderIntent, OrderStatus, Side
from allause.venue import CHANGED
from allause.workflows import sorts
from allause.workflows.desk import Desk, asked, listed, worded
from allause.workflows.feed import Level, show
from allause.workflows.offers import ask_for
from allause.workflows.scene import StepFailed
from allause.workflows.sorts import Sort

_OFFERED, _ASKED = Decimal(3), Decimal(5)
_PLENTY = Decimal(1_000)
_NONE = Decimal(0)


def follow_stop(desk: Desk, at: Level, side: Side) -> None:
    """Let an order wait until its stop price trades, after which it trades at the market."""
    show(desk.venue, at, _PLENTY)
    desk.venue.trade(at.symbol, at.price, Decimal(1), desk.venue.now_ns)  # between the quotes: no stop is met yet
    intent = _write(desk, at, side, sorts.stop)
    desk.place(intent)
    _demand(desk, intent, "before its stop price traded", OrderStatus.ACCEPTED, _NONE)
    desk.venue.trade(at.symbol, at.far(side), Decimal(1), desk.venue.now_ns)
    _demand(desk, intent, "after its stop price traded", OrderStatus.FILLED, _ASKED)


def follow_stop_limit(desk: Desk, at: Level, side: Side) -> None:
    """Let the stop price trade, after which the order has to wait for its limit, and then the limit be met."""
    show(desk.venue, at, _PLENTY)
    desk.venue.trade(at.symbol, at.price, Decimal(1), desk.venue.now_ns)  # between the quotes: no stop is met yet
    intent = _write(desk, at, side, sorts.stop_limit)
    ask_for(desk, intent)
    _demand(desk, intent, "before its stop price traded", OrderStatus.ACCEPTED, _NONE)
    desk.venue.trade(at.symbol, at.far(side), Decimal(1), desk.venue.now_ns)
    _demand(desk, intent, "after its stop price traded", OrderStatus.TRIGGERED, _NONE)
    show(desk.venue, _moved(at, -side.sign), _PLENTY)
    _demand(desk, intent, "after its limit was met", OrderStatus.FILLED, _ASKED)


def follow_ioc(desk: Desk, at: Level, side: Side) -> None:
    """Ask for more than is offered, at once: what there is fills, and the rest is cancelled."""
    show(desk.venue, at, _PLENTY)  # whatever waits there is filled by this
    show(desk.venue, at, _OFFERED)
    intent = _write(desk, at, side, sorts.ioc)
    ask_for(desk, intent)
    _demand(desk, intent, f"with {_OFFERED} offered", OrderStatus.CANCELED, _OFFERED)


def follow_fok(desk: Desk, at: Level, side: Side) -> None:
    """Ask for more than is offered, and for as much: the first is cancelled, the second fills, both whole."""
    show(desk.venue, at, _PLENTY)
    for offered, status, filled in ((_OFFERED, OrderStatus.CANCELED, _NONE), (_ASKED, OrderStatus.FILLED, _ASKED)):
        show(desk.venue, at, offered)
        intent = _write(desk, at, side, sorts.fok)
        ask_for(desk, intent)
        _demand(desk, intent, f"with {offered} offered", status, filled)


def follow_post_only(desk: Desk, at: Level, side: Side) -> None:
    """Let an order wait, and another one come that would trade at once: the venue refuses it."""
    show(desk.venue, at, _PLENTY)
    resting = _write(desk, at, side, sorts.post_only)
    ask_for(desk, resting)
    _demand(desk, resting, "away from the market", OrderStatus.ACCEPTED, _NONE)
    _refused(desk, _write(desk, at, side, sorts.post_only, price=at.far(side)), "at a price that trades at once")


def follow_reduce_only(desk: Desk, at: Level, side: Side) -> None:
    """Reduce a position; an order that adds to it, or is for more than there is, the venue refuses."""
    show(desk.venue, at, _PLENTY)
    away = side.opposite
    held = desk.venue.positions().get(at.symbol, _NONE) * side.sign
    if held < _ASKED:
        desk.place(desk.write(at.symbol, side, _ASKED - held, None))
    held = desk.venue.positions().get(at.symbol, _NONE) * side.sign
    intent = _write(desk, at, away, sorts.reduce_only, quantity=_OFFERED)
    ask_for(desk, intent)
    _demand(desk, intent, f"with {held} held", OrderStatus.FILLED, _OFFERED)
    _refused(desk, _write(desk, at, side, sorts.reduce_only), "adding to the position")
    more = held - _OFFERED + 1
    _refused(desk, _write(desk, at, away, sorts.reduce_only, quantity=more), "for more than is held")


def follow_slices(desk: Desk, at: Level, side: Side) -> None:
    """Place two slices of a larger order: they arrive, one more would be too much, and does not leave."""
    show(desk.venue, at, _PLENTY)
    parent = {"parent_id": f"{desk.prefix}-parent", "parent_quantity": _ASKED}
    rest = _ASKED - _OFFERED
    for size in (_OFFERED, rest):
        intent = _write(desk, at, side, sorts.slice_of_more, quantity=size, **parent)
        ask_for(desk, intent)
        _demand(desk, intent, "as a slice", OrderStatus.ACCEPTED, _NONE)
    above = _write(desk, at, side, sorts.slice_of_more, quantity=rest, **parent)
    desk.strike(above)
    received = desk.venue.orders_received
    try:
        desk.scene.refused(OrderDeniedError, "execution", "place_order", **asked(above))
    finally:
        desk.ask("resume")  # a slice too much halts
    left = desk.venue.orders_received - received
    desk.scene.note(parent_quantity=_ASKED, sent_above_it=left)
    if left:
        raise StepFailed(f"{worded(above)} takes the slices above their parent's {_ASKED}, and {left} orders left")


def follow_replacements(desk: Desk, at: Level, side: Side) -> None:
    """Ask for other terms of orders that wait; the venue has to have them so, and the component to say so."""
    show(desk.venue, at, _PLENTY)
    desk.venue.trade(at.symbol, at.price, Decimal(1), desk.venue.now_ns)
    price, spread = at.near(side), at.ask - at.bid
    resting = _write(desk, at, side, sorts.resting)
    stop = _write(desk, at, side, sorts.stop)
    lower, further = price - side.sign * spread, at.far(side) + side.sign * spread
    for intent, changes in (
        (resting, ({"quantity": _ASKED + 2}, {"price": lower}, {"quantity": _ASKED, "price": price})),
        (stop, ({"stop_price": further}, {"quantity": _OFFERED})),
    ):
        desk.place(intent)
        for terms in changes:
            _change(desk, intent, terms)
    desk.venue.trade(at.symbol, at.far(side), Decimal(1), desk.venue.now_ns)
    _demand(desk, stop, f"after {at.far(side)} traded, its stop price before", OrderStatus.ACCEPTED, _NONE)
    desk.venue.trade(at.symbol, further, Decimal(1), desk.venue.now_ns)
    _demand(desk, stop, f"after {further} traded", OrderStatus.FILLED, _OFFERED)


def _change(desk: Desk, intent: OrderIntent, terms: dict[str, Decimal]) -> None:
    name = intent.client_order_id
    desk.replace(name, **terms)
    report, true = desk.order(name), desk.arrived(name)
    for term, wanted, told in zip(CHANGED, desk.changes[name][-1], report.terms_in_force, strict=True):
        there = getattr(true, term)
        if (there, told) != (wanted, wanted):
            shown = ", ".join(f"{field}={value}" for field, value in terms.items())
            reason = f" ({report.reason})" if report.reason else ""
            raise StepFailed(
                f"replace_order({name!r}, {shown}): {term.replace('_', ' ')} had to be {wanted}; "
                f"the venue has {there}, the component says {told}{reason}"
            )
    _demand(desk, intent, "after a replacement", OrderStatus.ACCEPTED, _NONE)


def _write(desk: Desk, at: Level, side: Side, sort: Sort, **more: Any) -> OrderIntent:
    """Take down an order of a sort; what ``more`` does not say is as usual in this module."""
    return desk.write(at.symbol, side, **{"quantity": _ASKED} | sort(at, side) | more)


def _demand(desk: Desk, intent: OrderIntent, when: str, status: OrderStatus, filled: Decimal) -> None:
    """Have an order stand so, at the venue and as the component tells it, and every order as it was asked for."""
    name = intent.client_order_id
    if altered := desk.altered():
        raise StepFailed(listed(altered))
    report, order = desk.order(name), desk.venue.account().orders.get(name)
    true = None if order is None else order.snapshot()
    desk.scene.note(**{f"{worded(intent)}, {when}": report.status})
    told = (report.status, report.filled_qty)
    if true is None or not told == (true.status, true.filled_qty) == (status, filled):
        there = "has no such order" if true is None else f"says {true.status}, filled {true.filled_qty}"
        reason = f" ({report.reason})" if report.reason else ""
        raise StepFailed(
            f"{worded(intent)}, {when}, had to be {status}, filled {filled}; the venue {there}, the component says "
            f"{report.status}, filled {report.filled_qty}{reason}"
        )


def _refused(desk: Desk, intent: OrderIntent, when: str) -> None:
    """Place an order that the venue refuses: it is rejected, or was denied before it left."""
    name = intent.client_order_id
    try:
        desk.place(intent)
    except OrderDeniedError:
        desk.strike(intent)
        status: object = OrderStatus.DENIED
    else:
        status = desk.order(name).status
    taken = name in desk.venue.account().orders
    desk.scene.note(**{f"{worded(intent)}, {when}": status})
    if taken or status not in {OrderStatus.DENIED, OrderStatus.REJECTED}:
        found = "the venue took it" if taken else "the venue refused it"
        told = f"; {listed(desk.altered())}" if desk.altered() else ""
        raise StepFailed(f"{worded(intent)}, {when}, had to be rejected; {found}, the component says {status}{told}")


def _moved(at: Level, sign: int) -> Level:
    """Return the market one spread away, so that what was near on one side is far."""
    by = sign * (at.ask - at.bid)
    return attrs.evolve(at, price=at.price + by, bid=at.bid + by, ask=at.ask + by)
