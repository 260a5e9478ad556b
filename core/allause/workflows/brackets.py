"""Brackets, and groups of which one order cancels the others, held against the venue's log."""

from decimal import Decimal

import attrs

from allause.models.orders import OrderIntent, OrderStatus, Side
from allause.venue import read_bracket
from allause.workflows.desk import Desk, worded
from allause.workflows.feed import Level, show
from allause.workflows.offers import ask_for
from allause.workflows.scene import StepFailed

_PROFIT, _LOSS = "take_profit", "stop_loss"

_PART, _REST = Decimal(3), Decimal(2)
_WHOLE = _PART + _REST
_PLENTY = Decimal(1_000)
_CUSHION = 100
_REACH = 10


def follow_brackets(desk: Desk, at: Level, side: Side) -> None:
    """Let one bracket take its profit and another one, the other way round, be stopped out.

    Raises:
        NotOffered: the component refuses brackets.
        StepFailed: an exit is missing, has another quantity, or works though the other one traded.
    """
    _follow(desk, at, side, _PROFIT)
    _follow(desk, at, side.opposite, _LOSS)


def follow_group(desk: Desk, at: Level, side: Side) -> None:
    """Let one order of a group trade in part: the other one has to be cancelled.

    Raises:
        NotOffered: the component refuses groups.
        StepFailed: the other order still works, or the first one does not.
    """
    show(desk.venue, at, _PLENTY)
    further = at.near(side) - side.sign * (at.ask - at.bid)
    group: list[OrderIntent] = []
    for price in (at.near(side), further):
        group.append(desk.write(at.symbol, side, _WHOLE, price, oco_group=f"{desk.prefix}-group"))
        ask_for(desk, group[-1])
    show(desk.venue, _around(at, at.near(side), side.opposite), _PART)
    desk.fills()
    found = {intent.client_order_id: desk.arrived(intent.client_order_id).status for intent in group}
    desk.scene.note(group=list(map(worded, group)), at_venue=found)
    if list(found.values()) != [OrderStatus.PARTIALLY_FILLED, OrderStatus.CANCELED]:
        raise StepFailed(f"{worded(group[0])} traded, so the other one of its group had to be canceled; at the venue: "
                         + ", ".join(f"{name} {status}" for name, status in found.items()))  # fmt: skip # one thought


def _follow(desk: Desk, at: Level, side: Side, leg: str) -> None:
    """Let an entry fill in two parts and ``leg`` close it again, and look at the venue's orders each time."""
    away = side.sign * _REACH * (at.ask - at.bid)
    exits = {_PROFIT: at.price + away, _LOSS: at.price - away}
    _hold(desk, at, side)
    show(desk.venue, at, _PART)
    entry = desk.write(at.symbol, side, _WHOLE, at.far(side), **exits)
    ask_for(desk, entry)
    _demand(desk, entry, "a part filled", _PART, Decimal(0), {_PROFIT: _PART, _LOSS: _PART})
    show(desk.venue, at, _REST)
    _demand(desk, entry, "the rest filled", _WHOLE, Decimal(0), {_PROFIT: _WHOLE, _LOSS: _WHOLE})
    there = _around(at, exits[leg], side)
    if leg == _LOSS:
        show(desk.venue, there, _PLENTY)
        desk.venue.trade(at.symbol, exits[leg], Decimal(1), desk.venue.now_ns)
    else:
        show(desk.venue, there, _PART)
        _demand(desk, entry, f"its {leg} traded in part", _WHOLE, _PART, {_PROFIT: _REST})
        show(desk.venue, there, _REST)
    _demand(desk, entry, f"its {leg} traded", _WHOLE, _WHOLE, {})


def _demand(
    desk: Desk, entry: OrderIntent, when: str, filled: Decimal, closed: Decimal, working: dict[str, Decimal]
) -> None:
    """Have the component learn what was pushed, and hold the orders of its bracket against what has to be."""
    desk.fills()
    name = entry.client_order_id
    bracket = read_bracket(desk.venue.log, name)
    expected = {f"{name}/{leg}": quantity for leg, quantity in working.items()}
    desk.scene.note(**{f"{entry.side} {when}": bracket.working})
    if (bracket.filled, bracket.closed, bracket.working) != (filled, closed, expected):
        raise StepFailed(
            f"{worded(entry)} with exits: after {when} the exits that work had to be {_listed(expected)}, with "
            f"{closed} closed; at the venue they are {_listed(bracket.working)}, with {bracket.closed} closed"
        )


def _hold(desk: Desk, at: Level, side: Side) -> None:
    """Hold more of the instrument than any exit closes, so that no exit ends for want of a position."""
    show(desk.venue, at, _PLENTY)
    held = desk.venue.positions().get(at.symbol, Decimal(0)) * side.sign
    if held < _CUSHION:
        desk.place(desk.write(at.symbol, side, _CUSHION - held, None))


def _around(at: Level, price: Decimal, side: Side) -> Level:
    """Return a market in which an order against ``side`` trades at that price."""
    spread = at.ask - at.bid
    bid = price if side is Side.BUY else price - spread
    return attrs.evolve(at, price=price, bid=bid, ask=bid + spread)


def _listed(working: dict[str, Decimal]) -> str:
    return ", ".join(f"{name} for {quantity}" for name, quantity in sorted(working.items())) or "none"
