"""Which event may follow in which state: one table, nothing else decides."""

from collections.abc import Mapping
from types import MappingProxyType

from allause.models.orders import OrderStatus
from allause_execution.orders.events import EventKind

_S, _E = OrderStatus, EventKind

# What the venue may say of any order that it has: it ends, or an execution is told.
_ENDINGS = {_E.CANCELED: _S.CANCELED, _E.EXPIRED: _S.EXPIRED}
_WORKING = {_E.PARTIAL_FILL: _S.PARTIALLY_FILLED, _E.FILL: _S.FILLED, **_ENDINGS}
_REQUESTS = {_E.REPLACE_REQUESTED: _S.PENDING_REPLACE, _E.CANCEL_REQUESTED: _S.PENDING_CANCEL}

#: State -> event -> next state. What is missing is illegal: it is recorded and not applied.
#:
#: ACCEPTED as next state stands for "it works": PENDING_REPLACE while the answer to a replacement is missing,
#: PARTIALLY_FILLED when something is filled, TRIGGERED when it is a stop whose price was met. An order whose fills
#: reach its quantity is FILLED, whatever the event.
TRANSITIONS: Mapping[OrderStatus, Mapping[EventKind, OrderStatus]] = MappingProxyType(
    {
        _S.INITIALIZED: {
            _E.SUBMITTED: _S.SUBMITTED,
            _E.DENIED: _S.DENIED,
            _E.CANCELED: _S.CANCELED,  # the exit of a bracket that a halt caught on its way
        },
        _S.HELD: {
            _E.RELEASED: _S.INITIALIZED,
            _E.REOPENED: _S.ACCEPTED,  # it had been returned, and the venue has it after all
            _E.CANCELED: _S.CANCELED,
        },
        _S.SUBMITTED: {
            _E.DENIED: _S.DENIED,  # a halt came between the journal and the venue
            _E.ACCEPTED: _S.ACCEPTED,
            _E.TRIGGERED: _S.TRIGGERED,
            _E.REJECTED: _S.REJECTED,
            _E.UNKNOWN: _S.UNKNOWN,
            **_WORKING,
        },
        _S.UNKNOWN: {  # fills are counted, but only reconciliation or a cancel's answer leaves this state
            _E.ACCEPTED: _S.ACCEPTED,
            _E.TRIGGERED: _S.TRIGGERED,
            _E.REJECTED: _S.REJECTED,
            _E.LOST: _S.REJECTED,  # the venue does not have it
            _E.RETURNED: _S.HELD,  # nor the exit of a bracket, which is due still
            **_ENDINGS,
            _E.PARTIAL_FILL: _S.UNKNOWN,
            _E.FILL: _S.UNKNOWN,
        },
        _S.ACCEPTED: {
            _E.TRIGGERED: _S.TRIGGERED,
            _E.REJECTED: _S.REJECTED,
            _E.REPLACED: _S.ACCEPTED,  # the venue changed it by itself, or somebody else did
            **_REQUESTS,
            **_WORKING,
        },
        _S.TRIGGERED: {_E.REJECTED: _S.REJECTED, _E.REPLACED: _S.ACCEPTED, **_REQUESTS, **_WORKING},
        _S.PARTIALLY_FILLED: {_E.REPLACED: _S.ACCEPTED, **_REQUESTS, **_WORKING},
        _S.PENDING_REPLACE: {
            _E.REPLACED: _S.ACCEPTED,
            _E.REPLACE_REJECTED: _S.ACCEPTED,
            _E.REPLACE_REQUESTED: _S.PENDING_REPLACE,  # why its answer is missing
            _E.CANCEL_REQUESTED: _S.PENDING_CANCEL,
            _E.TRIGGERED: _S.PENDING_REPLACE,
            _E.REJECTED: _S.REJECTED,
            **_ENDINGS,
            _E.PARTIAL_FILL: _S.PENDING_REPLACE,
            _E.FILL: _S.FILLED,
        },
        _S.PENDING_CANCEL: {
            _E.ACCEPTED: _S.ACCEPTED,  # the venue says that it still works
            _E.REPLACED: _S.PENDING_CANCEL,
            _E.REPLACE_REJECTED: _S.PENDING_CANCEL,
            _E.CANCEL_REQUESTED: _S.PENDING_CANCEL,
            _E.TRIGGERED: _S.PENDING_CANCEL,
            _E.REJECTED: _S.REJECTED,
            **_ENDINGS,
            _E.PARTIAL_FILL: _S.PENDING_CANCEL,
            _E.FILL: _S.FILLED,
        },
        # An execution may be told after the end of the order: the money moved, so it counts.
        _S.CANCELED: {
            _E.REOPENED: _S.ACCEPTED,  # the exit of a bracket that had been returned
            _E.PARTIAL_FILL: _S.CANCELED,
            _E.FILL: _S.FILLED,
        },
        _S.EXPIRED: {_E.PARTIAL_FILL: _S.EXPIRED, _E.FILL: _S.FILLED},
        _S.DENIED: {},
        _S.REJECTED: {_E.REOPENED: _S.ACCEPTED},  # it had not arrived when the venue was asked, and did afterwards
        _S.FILLED: {},
    }
)


def drawn() -> str:
    """Return the table as a mermaid state diagram, one arrow for each pair of states and the events that lead there."""
    lines = ["stateDiagram-v2", "    [*] --> initialized", "    [*] --> held"]
    for status in OrderStatus:
        leads: dict[OrderStatus, list[EventKind]] = {}
        for event, after in TRANSITIONS[status].items():
            leads.setdefault(after, []).append(event)
        lines += [f"    {status} --> {after}: {', '.join(events)}" for after, events in leads.items()]
        if not leads or status.is_terminal:
            lines.append(f"    {status} --> [*]")
    return "\n".join(lines)
