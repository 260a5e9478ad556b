"""What may follow what: the statuses of an order, as whoever asked for it may be told of them."""

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

from allause.models.orders import OrderStatus

_FINAL = frozenset(status for status in OrderStatus if status.is_terminal)
_LATER = frozenset(OrderStatus) - {OrderStatus.INITIALIZED, OrderStatus.DENIED, OrderStatus.HELD, OrderStatus.SUBMITTED}
_FIRST = frozenset({OrderStatus.SUBMITTED, OrderStatus.DENIED, OrderStatus.HELD}) | _LATER

#: What may follow each status that is not final; staying as it is always may.
AFTER: Mapping[OrderStatus, frozenset[OrderStatus]] = MappingProxyType(
    {
        OrderStatus.INITIALIZED: _FIRST,
        OrderStatus.HELD: _FIRST | _FINAL | {OrderStatus.INITIALIZED},  # let go, and about to leave
        OrderStatus.SUBMITTED: _LATER | {OrderStatus.DENIED},
        OrderStatus.UNKNOWN: _LATER | {OrderStatus.HELD},  # an exit that never arrived, and has to leave again
        OrderStatus.ACCEPTED: _LATER,
        OrderStatus.TRIGGERED: _LATER - {OrderStatus.ACCEPTED},
        OrderStatus.PARTIALLY_FILLED: _LATER - {OrderStatus.ACCEPTED, OrderStatus.TRIGGERED, OrderStatus.REJECTED},
        OrderStatus.PENDING_REPLACE: _LATER,
        OrderStatus.PENDING_CANCEL: _LATER,
    }
)
_UNFILLED = frozenset({OrderStatus.INITIALIZED, OrderStatus.HELD, OrderStatus.SUBMITTED, OrderStatus.ACCEPTED})


def illegal(before: tuple[OrderStatus, Decimal], now: tuple[OrderStatus, Decimal]) -> bool:
    """Tell whether an order cannot have gone from one status and filled quantity to another.

    Nor can one of which something is filled stand where nothing can be.
    """
    moved = before[0] != now[0] and now[0] not in AFTER.get(before[0], frozenset())
    return moved or now[1] < before[1] or (now[1] > 0 and now[0] in _UNFILLED)
