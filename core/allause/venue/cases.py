"""The cases of the exam: each a named way to go wrong, what is expected, and the public incidents it repeats."""

from collections.abc import Callable, Mapping
from random import Random
from types import MappingProxyType

import attrs

from allause.venue import faults
from allause.venue.faults import Fault, FaultClass

#: Public incidents that a fault class repeats: project and issue or pull request number.
INCIDENTS: Mapping[FaultClass, tuple[str, ...]] = MappingProxyType(
    {
        FaultClass.FILLS_LOST_ON_DISCONNECT: ("Lean.Brokerages.InteractiveBrokers 249", "Lean 884"),
        FaultClass.DUPLICATE_ORDER_AFTER_RESTART: (
            "nautilus_trader 3176", "nautilus_trader 4564", "nautilus_trader 3185",
        ),
        FaultClass.DUPLICATE_FILL: ("nautilus_trader 3493",),
        FaultClass.ILLEGAL_TRANSITION: ("nautilus_trader 3471", "hftbacktest 251"),
        FaultClass.SUBMIT_TIMEOUT_FILLS_LATER: ("nautilus_trader 4958", "freqtrade 3647", "deepentropy/ibx 116"),
        FaultClass.CANCEL_RACE: (
            "freqtrade 7444", "freqtrade 8374", "freqtrade 2893", "hummingbot 5122", "hummingbot 6968",
        ),
        FaultClass.STATUS_VOCABULARY: ("ccxt 440", "ccxt 13889", "ccxt 11659", "ccxt 27900", "ccxt 26136"),
        FaultClass.POSITION_DRIFT: ("Lean 4680", "Lean 5970", "LEAN-IB 136", "LEAN-IB 156", "freqtrade 7606"),
        FaultClass.KILL_SWITCH: ("hummingbot 2534", "hummingbot 1145", "hummingbot 1866"),
    }
)  # fmt: skip # one class a line where it fits

#: Words with which venues refuse an order that is well written.
REJECT_REASONS = (
    "insufficient margin",
    "instrument in auction",
    "price outside of the daily limits",
    "market closed",
    "account under review",
)


@attrs.frozen(kw_only=True)
class Case:
    """Describe one case of the exam.

    Attributes:
        name: a stable word; the classes' cases differ in it.
        fault_class: what it belongs to.
        goes_wrong: what the venue, the link or the machine does.
        expected: how things have to stand in the end.
        make: draws one fault of it, from a random source, for the order of that index.
    """

    name: str
    fault_class: FaultClass
    goes_wrong: str
    expected: str
    make: Callable[[Random, int], Fault]

    @property
    def incidents(self) -> tuple[str, ...]:
        """Return the public incidents it repeats."""
        return INCIDENTS[self.fault_class]


_ONCE = "each execution counted once"
_HERE = "one working order for each order asked for; nothing sent again"

CASES: tuple[Case, ...] = (
    Case(
        name="cut-inside-a-burst", fault_class=FaultClass.FILLS_LOST_ON_DISCONNECT,
        goes_wrong="the link is cut inside a burst of fills, and cannot be opened again for some calls; what is pushed "
        "until then is lost",
        expected=f"after the next reconciliation {_ONCE}, order and position as at the venue",
        make=lambda random, index: faults.FillsLostOnDisconnect(
            order_index=index, fills_before=random.randint(0, 1), calls_down=random.choice((0, 1, 2, 4))
        ),
    ),
    Case(
        name="killed-before-the-answer", fault_class=FaultClass.DUPLICATE_ORDER_AFTER_RESTART,
        goes_wrong="SIGKILL after the venue took the order and before its answer; a new process on the same directory "
        "is asked for the same order again",
        expected=_HERE,
        make=lambda _, index: faults.Killed(order_index=index, moment=faults.Moment.BEFORE_THE_ANSWER),
    ),
    Case(
        name="killed-with-orders-open", fault_class=FaultClass.DUPLICATE_ORDER_AFTER_RESTART,
        goes_wrong="SIGKILL with orders open; a new process on the same directory is asked for the last order again",
        expected=_HERE,
        make=lambda _, index: faults.Killed(order_index=index, moment=faults.Moment.AFTER_THE_ANSWER),
    ),
    Case(
        name="pushed-twice", fault_class=FaultClass.DUPLICATE_FILL,
        goes_wrong="a fill is pushed twice, with the same trade id",
        expected=_ONCE,
        make=lambda _, index: faults.DuplicateFill(order_index=index),
    ),
    Case(
        name="pushed-after-reconciliation", fault_class=FaultClass.DUPLICATE_FILL,
        goes_wrong="the reconciliation tells of an execution, and its push comes later",
        expected=_ONCE,
        make=lambda _, index: faults.DuplicateFill(order_index=index, after_reconciliation=True),
    ),
    Case(
        name="pushed-again-after-reconnect", fault_class=FaultClass.DUPLICATE_FILL,
        goes_wrong="a fill that was delivered is pushed again when the link is opened anew",
        expected=_ONCE,
        make=lambda _, index: faults.DuplicateFill(order_index=index, after_reconnect=True),
    ),
    Case(
        name="stale-accepted-after-a-partial-fill", fault_class=FaultClass.ILLEGAL_TRANSITION,
        goes_wrong="an acknowledgement with nothing filled is pushed after the fill of a part",
        expected="the order stays partially filled by what was executed",
        make=lambda _, index: faults.StaleAcknowledgement(order_index=index, after=faults.Stale.PARTIAL_FILL),
    ),
    Case(
        name="stale-accepted-after-the-last-fill", fault_class=FaultClass.ILLEGAL_TRANSITION,
        goes_wrong="an acknowledgement with nothing filled is pushed after the last fill",
        expected="the order stays filled",
        make=lambda _, index: faults.StaleAcknowledgement(order_index=index, after=faults.Stale.WHOLE_FILL),
    ),
    Case(
        name="fill-before-the-acknowledgement", fault_class=FaultClass.ILLEGAL_TRANSITION,
        goes_wrong="the answer to an order is delayed: its fills are pushed first, the acknowledgement after them",
        expected=f"the order is filled, {_ONCE}",
        make=lambda random, index: faults.FillBeforeAcknowledgement(
            order_index=index, calls_late=random.randint(1, 6)
        ),
    ),
    Case(
        name="timed-out-then-filled", fault_class=FaultClass.SUBMIT_TIMEOUT_FILLS_LATER,
        goes_wrong="no answer to an order in time; the venue took it, and it trades some calls later",
        expected="status unknown until the reconciliation, then as at the venue; nothing sent again",
        make=lambda random, index: faults.SubmitTimeoutFillsLater(order_index=index, calls_later=random.randint(1, 3)),
    ),
    Case(
        name="answer-garbled", fault_class=FaultClass.SUBMIT_TIMEOUT_FILLS_LATER,
        goes_wrong="the answer to an order cannot be read; the venue took it, and it trades some calls later",
        expected="status unknown until the reconciliation, then as at the venue; nothing sent again",
        make=lambda random, index: faults.SubmitTimeoutFillsLater(
            order_index=index, calls_later=random.randint(1, 3), lost=faults.Lost.GARBLED
        ),
    ),
    Case(
        name="never-sent", fault_class=FaultClass.SUBMIT_TIMEOUT_FILLS_LATER,
        goes_wrong="the link breaks before an order leaves, which its sender cannot know",
        expected="status unknown until the reconciliation, then rejected; nothing sent again",
        make=lambda _, index: faults.SubmitTimeoutFillsLater(order_index=index, lost=faults.Lost.NEVER_SENT),
    ),
    Case(
        name="filled-while-cancelling", fault_class=FaultClass.CANCEL_RACE,
        goes_wrong="an order is filled while its cancel is on its way; the venue refuses the cancel",
        expected=f"the order is filled, {_ONCE}",
        make=lambda _, index: faults.CancelRace(order_index=index, race=faults.Race.FILLED),
    ),
    Case(
        name="partly-filled-while-cancelling", fault_class=FaultClass.CANCEL_RACE,
        goes_wrong="a part of an order is filled while its cancel is on its way; the rest is cancelled",
        expected=f"the order is canceled, {_ONCE}",
        make=lambda _, index: faults.CancelRace(order_index=index, race=faults.Race.PARTLY_FILLED),
    ),
    Case(
        name="answer-to-a-cancel-lost", fault_class=FaultClass.CANCEL_RACE,
        goes_wrong="an order is cancelled and the answer is lost",
        expected="the order is canceled after the next reconciliation",
        make=lambda _, index: faults.CancelRace(order_index=index, race=faults.Race.ANSWER_LOST),
    ),
    Case(
        name="said-to-be-unknown", fault_class=FaultClass.CANCEL_RACE,
        goes_wrong="the venue says that it does not know an order that works there, and refuses its cancel",
        expected="the order goes on working",
        make=lambda _, index: faults.CancelRace(order_index=index, race=faults.Race.SAID_TO_BE_UNKNOWN),
    ),
    Case(
        name="filled-while-replacing", fault_class=FaultClass.CANCEL_RACE,
        goes_wrong="an order is filled while its replacement is on its way; the venue refuses the replacement",
        expected=f"the order is filled, {_ONCE}",
        make=lambda _, index: faults.ReplaceRace(order_index=index, race=faults.Race.FILLED),
    ),
    Case(
        name="answer-to-a-replacement-lost", fault_class=FaultClass.CANCEL_RACE,
        goes_wrong="an order is replaced and the answer is lost",
        expected="after the next reconciliation the order has the quantity and prices that the venue has",
        make=lambda _, index: faults.ReplaceRace(order_index=index, race=faults.Race.ANSWER_LOST),
    ),
    Case(
        name="rejected", fault_class=FaultClass.STATUS_VOCABULARY,
        goes_wrong="the venue rejects an order that is well written",
        expected="the order is rejected, not canceled, with the venue's words; nothing sent again",
        make=lambda random, index: faults.EndedByVenue(
            order_index=index, ending=faults.Ending.REJECTED, reason=random.choice(REJECT_REASONS)
        ),
    ),
    Case(
        name="throttled", fault_class=FaultClass.STATUS_VOCABULARY,
        goes_wrong="the venue takes only so many messages a second and refuses the rest with a reason; when the second "
        "is over it takes the next one",
        expected="what came too fast is rejected; nothing sent again by itself",
        make=lambda random, index: faults.RateLimited(
            order_index=index, messages=random.randint(1, 3), refuses=random.randint(1, 3)
        ),
    ),
    Case(
        name="canceled-by-the-venue", fault_class=FaultClass.STATUS_VOCABULARY,
        goes_wrong="the venue cancels a working order unasked",
        expected="the order is canceled",
        make=lambda _, index: faults.EndedByVenue(order_index=index, ending=faults.Ending.CANCELED),
    ),
    Case(
        name="expired-at-the-close", fault_class=FaultClass.STATUS_VOCABULARY,
        goes_wrong="the session closes, and a working day order expires; orders are refused until the next one opens",
        expected="the order is expired, what came meanwhile rejected; nothing sent again by itself",
        make=lambda random, index: faults.SessionClosed(order_index=index, refuses=random.randint(1, 3)),
    ),
    Case(
        name="no-status", fault_class=FaultClass.STATUS_VOCABULARY,
        goes_wrong="an event about an order, and the first answer to a query, come without a status that is known",
        expected="the order stays as it is",
        make=lambda _, index: faults.NoStatus(order_index=index),
    ),
    Case(
        name="position-closed-elsewhere", fault_class=FaultClass.POSITION_DRIFT,
        goes_wrong="the position is closed by an order that the component never sent; nothing is pushed",
        expected="the next reconciliation names the order or the drift",
        make=lambda _, index: faults.ClosedElsewhere(order_index=index),
    ),
    Case(
        name="position-closed-elsewhere-and-told", fault_class=FaultClass.POSITION_DRIFT,
        goes_wrong="the position is closed by an order that the component never sent; its execution is pushed",
        expected="the next reconciliation names the order or the drift; the component goes on working",
        make=lambda _, index: faults.ClosedElsewhere(order_index=index, pushed=True),
    ),
    Case(
        name="cash-charged", fault_class=FaultClass.POSITION_DRIFT,
        goes_wrong="an amount leaves the account outside of any execution",
        expected="the next reconciliation names the drift",
        make=lambda random, index: faults.CashCharged(order_index=index, cents=random.randint(1, 99_999)),
    ),
    Case(
        name="halted-under-load", fault_class=FaultClass.KILL_SWITCH,
        goes_wrong="the component is halted while several threads place orders",
        expected="no order leaves afterwards, open ones are cancelled; it trades again when resumed, and no order was "
        "denied before",
        make=lambda _, index: faults.Halted(order_index=index),
    ),
    Case(
        name="halted-and-killed", fault_class=FaultClass.KILL_SWITCH,
        goes_wrong="the component is halted while several threads place orders, and SIGKILLed",
        expected="a new process on the same directory is halted still; no order leaves until it is resumed",
        make=lambda _, index: faults.Halted(order_index=index, killed=True),
    ),
)  # fmt: skip # a case begins with its name and class


def cases_of(fault_class: FaultClass) -> tuple[Case, ...]:
    """Return the cases of a class, in order."""
    return tuple(case for case in CASES if case.fault_class is fault_class)
