"""What happened, as it is journalled: the state of the engine is a function of these records."""

from decimal import Decimal
from enum import StrEnum

import msgspec

from allause_execution.orders.kept import KeptFill, KeptIntent


class EventKind(StrEnum):
    """Name what happened."""

    OPENED = "opened"
    INTENT = "intent"
    RELEASED = "released"
    LOST = "lost"
    RETURNED = "returned"
    REOPENED = "reopened"
    SUBMITTED = "submitted"
    DENIED = "denied"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    TRIGGERED = "triggered"
    REPLACE_REQUESTED = "replace_requested"
    REPLACED = "replaced"
    REPLACE_REJECTED = "replace_rejected"
    CANCEL_REQUESTED = "cancel_requested"
    CANCELED = "canceled"
    EXPIRED = "expired"
    PARTIAL_FILL = "partial_fill"
    FILL = "fill"
    ILLEGAL = "illegal"
    HALTED = "halted"
    RESUMED = "resumed"


class Destination(StrEnum):
    """Name where the orders of a journal go."""

    PAPER = "paper"
    VENUE = "venue"


#: Events that carry an execution.
FILLS = frozenset({EventKind.PARTIAL_FILL, EventKind.FILL})

#: The reason of what a halt cancels; it is not its owner's wish.
HALTED = "halted"

#: Tell that the venue did not have an order whose answer was lost, when it was asked. It is a guess: the order may be
#: on its way still.
NOT_THERE = frozenset({EventKind.LOST, EventKind.RETURNED})

#: The reason of such an order.
NEVER_REACHED = "never reached the venue"


class Event(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):  # it is part of no cycle
    """Hold one thing that happened.

    Attributes:
        kind: what.
        ts: when it was taken in here, nanoseconds UTC.
        client_order_id: of the order it is about; empty for the engine itself.
        text: the reason, where there is one; of an OPENED event the currency.
        venue_order_id: learnt with an acknowledgement.
        intent: of an INTENT event.
        fill: of a FILL or PARTIAL_FILL event.
        cash: of an OPENED event, the cash before the first fill.
        quantity: of a RELEASED event, what is sent; of a REPLACE_REQUESTED or REPLACED event, the new total; of a
            REOPENED event, what was sent; of a CANCELED or EXPIRED event, what is filled, where that is told later.
        price: of the latter three, the limit.
        stop_price: likewise.
        destination: of an OPENED event; None where it was written before there was the field.
    """

    kind: EventKind
    ts: int
    client_order_id: str = ""
    text: str = ""
    venue_order_id: str | None = None
    intent: KeptIntent | None = None
    fill: KeptFill | None = None
    cash: Decimal | None = None
    quantity: Decimal | None = None
    price: Decimal | None = None
    stop_price: Decimal | None = None
    destination: Destination | None = None
