"""Faults as data: what goes wrong, with which order, decided before the run."""

from collections.abc import Mapping
from enum import StrEnum
from random import Random
from types import MappingProxyType
from typing import Self

import attrs


class FaultClass(StrEnum):
    """Name a way in which real venues and links have lost their users' money."""

    FILLS_LOST_ON_DISCONNECT = "fills_lost_on_disconnect"
    DUPLICATE_FILL = "duplicate_fill"
    SUBMIT_TIMEOUT_FILLS_LATER = "submit_timeout_fills_later"


#: Public incidents that a fault class repeats: project and issue or pull request number.
INCIDENTS: Mapping[FaultClass, tuple[str, ...]] = MappingProxyType(
    {
        FaultClass.FILLS_LOST_ON_DISCONNECT: ("Lean.Brokerages.InteractiveBrokers 249", "Lean 884"),
        FaultClass.DUPLICATE_FILL: ("nautilus_trader 3493",),
        FaultClass.SUBMIT_TIMEOUT_FILLS_LATER: ("nautilus_trader 4958", "freqtrade 3647", "deepentropy/ibx 116"),
    }
)


@attrs.frozen(kw_only=True)
class FillsLostOnDisconnect:
    """Cut the link inside a burst of fills; what is pushed until ``reconnect`` is never delivered.

    Every call meanwhile raises ``VenueUnknownError``, and no order leaves. The venue goes on trading.
    Repeats Lean.Brokerages.InteractiveBrokers 249 and Lean 884.

    Attributes:
        order_index: the first order it may hit, counted from 0 in order of submission.
        fills_before: fills of that order delivered before the cut; the next one is the first lost.
    """

    order_index: int = attrs.field(validator=attrs.validators.ge(0))
    fills_before: int = attrs.field(default=0, validator=attrs.validators.ge(0))
    fault_class: FaultClass = attrs.field(default=FaultClass.FILLS_LOST_ON_DISCONNECT, init=False)


@attrs.frozen(kw_only=True)
class DuplicateFill:
    """Deliver a fill twice, with the same trade id: at once, or again after the next ``reconnect``.

    Repeats nautilus_trader 3493.

    Attributes:
        order_index: the first order it may hit, counted from 0 in order of submission.
        after_reconnect: whether the second delivery waits for the next ``reconnect``.
    """

    order_index: int = attrs.field(validator=attrs.validators.ge(0))
    after_reconnect: bool = False
    fault_class: FaultClass = attrs.field(default=FaultClass.DUPLICATE_FILL, init=False)


@attrs.frozen(kw_only=True)
class SubmitTimeoutFillsLater:
    """Lose the answer to an order that the venue took, and let the order trade only later.

    ``submit`` raises ``VenueUnknownError``; the venue knows the order from then on and says so when asked.
    Repeats nautilus_trader 4958, freqtrade 3647 and deepentropy/ibx 116.

    Attributes:
        order_index: the first order it may hit, counted from 0 in order of submission.
        calls_later: it trades before the answer of this many calls after the time-out.
    """

    order_index: int = attrs.field(validator=attrs.validators.ge(0))
    calls_later: int = attrs.field(default=2, validator=attrs.validators.ge(1))
    fault_class: FaultClass = attrs.field(default=FaultClass.SUBMIT_TIMEOUT_FILLS_LATER, init=False)


_HALF = 0.5

Fault = FillsLostOnDisconnect | DuplicateFill | SubmitTimeoutFillsLater


@attrs.frozen(kw_only=True)
class FaultScript:
    """Hold the faults of one session.

    Each fault is injected at most once, into the first order from its ``order_index`` on to which it can happen
    and which no other fault has hit.

    Attributes:
        faults: in any order.
        seed: that the faults were drawn with; 0 for a script written by hand.
    """

    faults: tuple[Fault, ...]
    seed: int = 0

    @classmethod
    def drawn(cls, *, seed: int, orders: int, each: int = 1) -> Self:
        """Draw ``each`` faults of every class, over the first three quarters of a run of ``orders`` orders.

        Raises:
            ValueError: too few orders to give each fault one of its own.
        """
        wanted, places = each * len(FaultClass), orders * 3 // 4
        if wanted > places:
            raise ValueError(f"{wanted} faults need at least {-(-wanted * 4 // 3)} orders, got {orders}")
        random = Random(seed)  # noqa: S311 - a repeatable draw, no secret
        drawn = iter(random.sample(range(places), k=wanted))
        faults: list[Fault] = []
        for _ in range(each):
            cut, repeat, timeout = next(drawn), next(drawn), next(drawn)
            # a fill can come again after a reconnection only when a cut is still to come
            later = repeat < cut and random.random() < _HALF
            faults += (
                FillsLostOnDisconnect(order_index=cut),
                DuplicateFill(order_index=repeat, after_reconnect=later),
                SubmitTimeoutFillsLater(order_index=timeout, calls_later=random.randint(1, 3)),
            )
        return cls(faults=tuple(faults), seed=seed)
