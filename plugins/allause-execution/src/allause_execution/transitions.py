"""Which event may follow in which state: one table, nothing else decides."""

from collections.abc import Mapping
from types import MappingProxyType

from allause.models.orders import OrderStatus
from allause_execution.events import EventKind

_S, _E = OrderStatus, EventKind

#: State -> event -> next state. What is missing is illegal: it is recorded and not applied.
TRANSITIONS: Mapping[OrderStatus, Mapping[EventKind, OrderStatus]] = MappingProxyType(
    {
        _S.INITIALIZED: {_E.SUBMITTED: _S.SUBMITTED, _E.DENIED: _S.DENIED},
        _S.SUBMITTED: {
            _E.DENIED: _S.DENIED,  # a halt came between the journal and the venue
            _E.ACCEPTED: _S.ACCEPTED,
            _E.REJECTED: _S.REJECTED,
            _E.UNKNOWN: _S.UNKNOWN,
            _E.CANCELED: _S.CANCELED,
            _E.EXPIRED: _S.EXPIRED,
            _E.PARTIAL_FILL: _S.PARTIALLY_FILLED,
            _E.FILL: _S.FILLED,
        },
        _S.UNKNOWN: {  # fills are counted, but only reconciliation or a cancel's answer leaves this state
            _E.ACCEPTED: _S.ACCEPTED,
            _E.REJECTED: _S.REJECTED,
            _E.CANCELED: _S.CANCELED,
            _E.EXPIRED: _S.EXPIRED,
            _E.PARTIAL_FILL: _S.UNKNOWN,
            _E.FILL: _S.UNKNOWN,
        },
        _S.ACCEPTED: {
            _E.REJECTED: _S.REJECTED,
            _E.CANCEL_REQUESTED: _S.PENDING_CANCEL,
            _E.CANCELED: _S.CANCELED,
            _E.EXPIRED: _S.EXPIRED,
            _E.PARTIAL_FILL: _S.PARTIALLY_FILLED,
            _E.FILL: _S.FILLED,
        },
        _S.PARTIALLY_FILLED: {
            _E.CANCEL_REQUESTED: _S.PENDING_CANCEL,
            _E.CANCELED: _S.CANCELED,
            _E.EXPIRED: _S.EXPIRED,
            _E.PARTIAL_FILL: _S.PARTIALLY_FILLED,
            _E.FILL: _S.FILLED,
        },
        _S.PENDING_CANCEL: {
            _E.ACCEPTED: _S.ACCEPTED,  # the venue says that it still works
            _E.CANCEL_REQUESTED: _S.PENDING_CANCEL,
            _E.CANCELED: _S.CANCELED,
            _E.EXPIRED: _S.EXPIRED,
            _E.PARTIAL_FILL: _S.PENDING_CANCEL,
            _E.FILL: _S.FILLED,
        },
        # An execution may be told after the end of the order: the money moved, so it counts.
        _S.CANCELED: {_E.PARTIAL_FILL: _S.CANCELED, _E.FILL: _S.FILLED},
        _S.EXPIRED: {_E.PARTIAL_FILL: _S.EXPIRED, _E.FILL: _S.FILLED},
        _S.DENIED: {},
        _S.REJECTED: {},
        _S.FILLED: {},
    }
)
