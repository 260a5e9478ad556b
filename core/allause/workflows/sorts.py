"""Sorts of orders: what makes an order one of them, on one side of a market, and what may be changed of it."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from allause.models.orders import OrderStatus, OrderType, Side, TimeInForce
from allause.models.venue import VenueOrder
from allause.venue import CHANGED
from allause.workflows.feed import GRAIN, SPREAD, Level

#: What ``Desk.write`` takes of an order beside its instrument, side and quantity.
Terms = dict[str, Any]
Sort = Callable[[Level, Side], Terms]


def at_market(_at: Level, _side: Side) -> Terms:
    """Trade at once, at whatever price."""
    return {"price": None}


def crossing(at: Level, side: Side) -> Terms:
    """Trade at once as far as somebody offers it, and wait for the rest."""
    return {"price": at.far(side)}


def resting(at: Level, side: Side) -> Terms:
    """Wait."""
    return {"price": at.near(side)}


def for_the_day(at: Level, side: Side) -> Terms:
    """Wait until the session ends."""
    return resting(at, side) | {"time_in_force": TimeInForce.DAY}


def stop(at: Level, side: Side) -> Terms:
    """Wait for a price beyond the market, then trade at whatever price."""
    return {"price": None, "order_type": OrderType.STOP, "stop_price": at.far(side)}


def stop_limit(at: Level, side: Side) -> Terms:
    """Wait for a price beyond the market, then for one on this side of it."""
    return resting(at, side) | {"order_type": OrderType.STOP_LIMIT, "stop_price": at.far(side)}


def ioc(at: Level, side: Side) -> Terms:
    """Trade at once as far as somebody offers it, and end."""
    return crossing(at, side) | {"time_in_force": TimeInForce.IOC}


def fok(at: Level, side: Side) -> Terms:
    """Trade at once and whole, or end."""
    return crossing(at, side) | {"time_in_force": TimeInForce.FOK}


def post_only(at: Level, side: Side) -> Terms:
    """Wait, and be refused rather than trade at once."""
    return resting(at, side) | {"post_only": True}


def reduce_only(at: Level, side: Side) -> Terms:
    """Trade at once, and be refused rather than add to the position."""
    return crossing(at, side) | {"reduce_only": True}


def slice_of_more(at: Level, side: Side) -> Terms:
    """Wait, as one of the slices of a larger order."""
    return resting(at, side) | {"parent_id": "parent", "parent_quantity": Decimal(1_000)}


#: Of which sorts the orders of a trial are that come in one way.
SHAPES: Mapping[str, tuple[Sort, ...]] = MappingProxyType(
    {
        "plain": (at_market, crossing),
        "part": (crossing,),  # for more than is offered
        "rest": (resting,),
        "day": (for_the_day,),
        "once": (ioc, fok, reduce_only),
        "stop": (stop, stop_limit),
        "wait": (post_only, slice_of_more),
    }
)


def other_terms(order: VenueOrder, turn: int) -> dict[str, Decimal]:
    """Return another value for one term of a working order, each in its turn: one unit more, a price further away."""
    was_met = order.stop_price is not None and order.status is not OrderStatus.ACCEPTED  # its stop price stays
    terms = [term for term in CHANGED[: 2 if was_met else None] if getattr(order, term) is not None]
    term = terms[turn % len(terms)]
    now: Decimal = getattr(order, term)
    if term == "quantity":
        return {term: now + 1}
    away = -order.side.sign if term == "price" else order.side.sign
    return {term: now + away * max((now * SPREAD).quantize(GRAIN), GRAIN)}
