"""Brackets, and groups of which one order cancels the others, held against the venue's log."""

from decimal import Decimal

import attrs

from allause.models.orders import OrderIntent, OrderStatus, Side, TimeInForce
from allause.venue import read_bracket
from allause.workflows.desk import Desk, worded
from allause.workflows.feed import Level, show
from allause.workflows.offers import ask_for
from allause.workflows.scene import StepFailed

PROFIT, LOSS = "take_profit", "stop_loss"

_PART, _REST = Decimal(3), Decimal(2)
_WHOLE = _PART + _REST
_PLENTY = Decimal(1_000)
_CUSHION = 100
_REACH = 10


def follow_bracket(desk: Desk, at: Level, side: Side, leg: str) -> None:
    """Let an entry fill in two parts and one of its exits close it again, and look at the venue's orders each time.

    :param desk: where it is placed.
    :param at: the market of the entry.
    :param side: of the entry.
    :param leg: the exit that trades, ``take_profit`` or ``stop_loss``.

    Raises:
        NotOffered: the component refuses brackets.
        StepFailed: an exit is missing, has another quantity, or works though the other one traded.
    """
    away = (1 if side is Side.BUY else -1) * _REACH * (at.ask - at.bid)
    exits = {PROFIT: at.price + away, LOSS: at.price - away}
    _hold(desk, at, side)
    show(desk.venue, at, _PART)
    plain = desk.write(at.symbol, side, int(_WHOLE), at.far(side), TimeInForce.GTC)
    entry = attrs.evolve(plain, take_profit=exits[PROFIT], stop_loss=exits[LOSS])
    ask_for(desk, entry)
    _demand(desk, entry, "a part filled", _PART, Decimal(0), {PROFIT: _PART, LOSS: _PART})
    show(desk.venue, at, _REST)
    _demand(desk, entry, "the rest filled", _WHOLE, Decimal(0), {PROFIT: _WHOLE, LOSS: _WHOLE})
    there = _around(at, exits[leg], side)
    if leg == LOSS:
        show(desk.venue, there, _PLENTY)
        desk.venue.trade(at.symbol, exits[leg], Decimal(1), desk.venue.now_ns)
    else:
        show(desk.venue, there, _PART)
        _demand(desk, entry, f"its {leg} traded in part", _WHOLE, _PART, {PROFIT: _REST})
        show(desk.venue, there, _REST)
    _demand(desk, entry, f"its {leg} traded", _WHOLE, _WHOLE, {})


def follow_group(desk: Desk, at: Level, side: Side) -> None:
    """Let one order of a group trade in part: the other one has to be cancelled.

    Raises:
        NotOffered: the component refuses groups.
        StepFailed: the other order still works, or the first one does not.
    """
    show(desk.venue, at, _PLENTY)
    away = (1 if side is Side.BUY else -1) * (at.ask - at.bid)
    first, other = (
        attrs.evolve(desk.write(at.symbol, side, int(_WHOLE), price, TimeInForce.GTC), oco_group=f"{desk.prefix}-group")
        for price in (at.near(side), at.near(side) - away)
    )
    del desk.intents[other.client_order_id]
    ask_for(desk, first)
    ask_for(desk, other)
    show(desk.venue, _around(at, at.near(side), Side.BUY if side is Side.SELL else Side.SELL), _PART)
    desk.fills()
    true = desk.venue.account().orders
    found = {intent.client_order_id: true[intent.client_order_id].snapshot().status for intent in (first, other)}
    desk.scene.note(group=[worded(first), worded(other)], at_venue=found)
    if list(found.values()) != [OrderStatus.PARTIALLY_FILLED, OrderStatus.CANCELED]:
        raise StepFailed(f"{worded(first)} traded, so the other one of its group had to be canceled; at the venue: "
                         + ", ".join(f"{name} {status}" for name, status in found.items()))  # fmt: skip # one thought


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
    held = desk.venue.positions().get(at.symbol, Decimal(0)) * (1 if side is Side.BUY else -1)
    if held < _CUSHION:
        desk.place(desk.write(at.symbol, side, int(_CUSHION - held), None, TimeInForce.DAY))


def _around(at: Level, price: Decimal, side: Side) -> Level:
    """Return a market in which an order against ``side`` trades at that price."""
    spread = at.ask - at.bid
    bid = price if side is Side.BUY else price - spread
    return attrs.evolve(at, price=price, bid=bid, ask=bid + spread)


def _listed(working: dict[str, Decimal]) -> str:
    return ", ".join(f"{name} for {quantity}" for name, quantity in sorted(working.items())) or "none"
