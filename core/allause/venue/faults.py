"""Faults as data: what goes wrong, with which order, decided before the run."""

from enum import StrEnum

import attrs


class FaultClass(StrEnum):
    """Name a way in which real venues and links have lost their users' money."""

    FILLS_LOST_ON_DISCONNECT = "fills_lost_on_disconnect"
    DUPLICATE_ORDER_AFTER_RESTART = "duplicate_order_after_restart"
    DUPLICATE_FILL = "duplicate_fill"
    ILLEGAL_TRANSITION = "illegal_transition"
    SUBMIT_TIMEOUT_FILLS_LATER = "submit_timeout_fills_later"
    CANCEL_RACE = "cancel_race"
    STATUS_VOCABULARY = "status_vocabulary"
    POSITION_DRIFT = "position_drift"
    KILL_SWITCH = "kill_switch"


class Lost(StrEnum):
    """Name how the answer to an order is lost."""

    TIMEOUT = "timeout"
    GARBLED = "garbled"
    NEVER_SENT = "never_sent"


class Ending(StrEnum):
    """Name how the venue ends an order that its owner did not end."""

    REJECTED = "rejected"
    CANCELED = "canceled"


class Race(StrEnum):
    """Name what happens while a cancel is on its way."""

    FILLED = "filled"
    PARTLY_FILLED = "partly_filled"
    ANSWER_LOST = "answer_lost"
    SAID_TO_BE_UNKNOWN = "said_to_be_unknown"


class Moment(StrEnum):
    """Name the moment at which the component's process is killed."""

    BEFORE_THE_ANSWER = "before_the_answer"
    AFTER_THE_ANSWER = "after_the_answer"


class Stale(StrEnum):
    """Name what a stale acknowledgement comes after."""

    PARTIAL_FILL = "partial_fill"
    WHOLE_FILL = "whole_fill"


@attrs.frozen(kw_only=True)
class _Fault:
    """Hold what every fault has.

    Attributes:
        order_index: the first order it may hit, counted from 0 in order of submission.
    """

    order_index: int = attrs.field(validator=attrs.validators.ge(0))


@attrs.frozen(kw_only=True)
class FillsLostOnDisconnect(_Fault):
    """Cut the link inside a burst of fills; what is pushed until ``reconnect`` is never delivered.

    Every call meanwhile raises ``VenueUnknownError``, and no order leaves. The venue goes on trading.

    Attributes:
        order_index: the first order it may hit, counted from 0 in order of submission.
        fills_before: fills of that order delivered before the cut; the next one is the first lost.
        calls_down: calls after the cut for which the link cannot be opened again: ``reconnect`` fails too.
    """

    fills_before: int = attrs.field(default=0, validator=attrs.validators.ge(0))
    calls_down: int = attrs.field(default=0, validator=attrs.validators.ge(0))
    fault_class: FaultClass = attrs.field(default=FaultClass.FILLS_LOST_ON_DISCONNECT, init=False)


@attrs.frozen(kw_only=True)
class Killed(_Fault):
    """Kill the component's process while an order is on its way or open, and start it again on the same directory.

    Attributes:
        order_index: the first order it may hit, counted from 0 in order of submission.
        moment: before the venue's answer arrives, or after.
    """

    moment: Moment = Moment.BEFORE_THE_ANSWER
    fault_class: FaultClass = attrs.field(default=FaultClass.DUPLICATE_ORDER_AFTER_RESTART, init=False)


@attrs.frozen(kw_only=True)
class DuplicateFill(_Fault):
    """Deliver a fill twice, with the same trade id: at once, or again after the next ``reconnect``.

    Attributes:
        order_index: the first order it may hit, counted from 0 in order of submission.
        after_reconnect: whether the second delivery waits for the next ``reconnect``.
        after_reconciliation: whether the first delivery waits until ``fills`` has told of the execution.
    """

    after_reconnect: bool = False
    after_reconciliation: bool = False
    fault_class: FaultClass = attrs.field(default=FaultClass.DUPLICATE_FILL, init=False)


@attrs.frozen(kw_only=True)
class StaleAcknowledgement(_Fault):
    """Push the acknowledgement of an order, nothing filled, after its fill.

    Attributes:
        order_index: the first order it may hit, counted from 0 in order of submission.
        after: a fill of a part or the last one.
    """

    after: Stale = Stale.WHOLE_FILL
    fault_class: FaultClass = attrs.field(default=FaultClass.ILLEGAL_TRANSITION, init=False)


@attrs.frozen(kw_only=True)
class FillBeforeAcknowledgement(_Fault):
    """Delay the answer to an order: its fills are pushed first, the acknowledgement comes as an event after them.

    Attributes:
        order_index: the first order it may hit, counted from 0 in order of submission.
        calls_late: calls after the order until the acknowledgement is pushed.
    """

    calls_late: int = attrs.field(default=1, validator=attrs.validators.ge(1))
    fault_class: FaultClass = attrs.field(default=FaultClass.ILLEGAL_TRANSITION, init=False)


@attrs.frozen(kw_only=True)
class SubmitTimeoutFillsLater(_Fault):
    """Lose the answer to an order that the venue took, and let the order trade only later.

    ``submit`` raises ``VenueUnknownError``; the venue knows the order from then on and says so when asked.

    Attributes:
        order_index: the first order it may hit, counted from 0 in order of submission.
        calls_later: it trades before the answer of this many calls after the time-out.
        lost: how; an order that was never sent does not trade, and the venue says that it has none.
    """

    calls_later: int = attrs.field(default=2, validator=attrs.validators.ge(1))
    lost: Lost = Lost.TIMEOUT
    fault_class: FaultClass = attrs.field(default=FaultClass.SUBMIT_TIMEOUT_FILLS_LATER, init=False)


@attrs.frozen(kw_only=True)
class CancelRace(_Fault):
    """Let something happen to a working order while its cancel is on its way.

    Attributes:
        order_index: the first order it may hit, counted from 0 in order of submission.
        race: what.
    """

    race: Race = Race.FILLED
    fault_class: FaultClass = attrs.field(default=FaultClass.CANCEL_RACE, init=False)


@attrs.frozen(kw_only=True)
class ReplaceRace(_Fault):
    """Let something happen to a working order while its replacement is on its way.

    Attributes:
        order_index: the first order it may hit, counted from 0 in order of submission.
        race: ``FILLED`` or ``ANSWER_LOST``.
    """

    race: Race = attrs.field(default=Race.FILLED, validator=attrs.validators.in_((Race.FILLED, Race.ANSWER_LOST)))
    fault_class: FaultClass = attrs.field(default=FaultClass.CANCEL_RACE, init=False)


@attrs.frozen(kw_only=True)
class EndedByVenue(_Fault):
    """Let the venue end an order in one of its ways.

    Attributes:
        order_index: the first order it may hit, counted from 0 in order of submission.
        ending: which.
        reason: in the venue's words.
    """

    ending: Ending = Ending.CANCELED
    reason: str = "the venue says no"
    fault_class: FaultClass = attrs.field(default=FaultClass.STATUS_VOCABULARY, init=False)


@attrs.frozen(kw_only=True)
class SessionClosed(_Fault):
    """Close the session while a day order works: it expires, and what is sent until the next opening is refused.

    Attributes:
        order_index: the first order it may hit, counted from 0 in order of submission.
        refuses: how many orders are refused before the next session opens; with 0 it opens at once.
    """

    refuses: int = attrs.field(default=0, validator=attrs.validators.ge(0))
    fault_class: FaultClass = attrs.field(default=FaultClass.STATUS_VOCABULARY, init=False)


@attrs.frozen(kw_only=True)
class RateLimited(_Fault):
    """Have the venue take only so many messages a second of its time, and refuse the rest with a reason.

    Attributes:
        order_index: the order from which on it does, counted from 0 in order of submission.
        messages: that it takes in a second.
        refuses: how many it refuses before the second is over and it takes everything again.
    """

    messages: int = attrs.field(default=2, validator=attrs.validators.ge(1))
    refuses: int = attrs.field(default=1, validator=attrs.validators.ge(1))
    fault_class: FaultClass = attrs.field(default=FaultClass.STATUS_VOCABULARY, init=False)


@attrs.frozen(kw_only=True)
class NoStatus(_Fault):
    """Tell of an order without a status that is known: by push after a fill, and in the first answer to ``query``.

    Such an event or answer says nothing about the order, and changes nothing.
    """

    fault_class: FaultClass = attrs.field(default=FaultClass.STATUS_VOCABULARY, init=False)


@attrs.frozen(kw_only=True)
class ClosedElsewhere(_Fault):
    """Close a position by an order that the component never sent; the next reconciliation has to name it.

    Attributes:
        order_index: the first order after which it may happen, counted from 0 in order of submission.
        pushed: whether the component is told of the execution.
    """

    pushed: bool = False
    fault_class: FaultClass = attrs.field(default=FaultClass.POSITION_DRIFT, init=False)


@attrs.frozen(kw_only=True)
class CashCharged(_Fault):
    """Take an amount from the account's cash outside of any execution; the next reconciliation has to name it.

    Attributes:
        order_index: the first order after which it may happen, counted from 0 in order of submission.
        cents: the amount.
    """

    cents: int = attrs.field(default=1, validator=attrs.validators.ge(1))
    fault_class: FaultClass = attrs.field(default=FaultClass.POSITION_DRIFT, init=False)


@attrs.frozen(kw_only=True)
class Halted(_Fault):
    """Halt the component while several threads place orders; not one may leave afterwards.

    Attributes:
        order_index: the order with which the load begins, counted from 0 in order of submission.
        killed: whether its process is killed right after, and has to be halted still when it is back.
    """

    killed: bool = False
    fault_class: FaultClass = attrs.field(default=FaultClass.KILL_SWITCH, init=False)


Fault = (
    FillsLostOnDisconnect
    | Killed
    | DuplicateFill
    | StaleAcknowledgement
    | FillBeforeAcknowledgement
    | SubmitTimeoutFillsLater
    | CancelRace
    | ReplaceRace
    | EndedByVenue
    | SessionClosed
    | RateLimited
    | NoStatus
    | ClosedElsewhere
    | CashCharged
    | Halted
)  # fmt: skip # one list
