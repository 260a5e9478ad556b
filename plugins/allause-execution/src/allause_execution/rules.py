"""What a limit is asked, and what it answers with."""

from collections.abc import Callable
from decimal import Decimal
from typing import Protocol

import msgspec

from allause.models.orders import OrderIntent
from allause_execution.ledger import EXACT
from allause_execution.state import State

Monotonic = Callable[[], int]


class Asked(msgspec.Struct, frozen=True, gc=False):  # it is gone after the gate
    """Hold what is to be judged.

    Attributes:
        intent: the order, of a replacement as it would be.
        state: of the engine before it.
        remaining: quantity that would be left to fill.
        freed: quantity of the order replaced that would not be left any more.
        new: whether it is no replacement.
    """

    intent: OrderIntent
    state: State
    remaining: Decimal
    freed: Decimal
    new: bool

    @property
    def price(self) -> Decimal | None:
        """Return what the order is valued at: its limit, its stop price, or the last fill of its symbol."""
        intent = self.intent
        if intent.price is not None:
            return intent.price
        return intent.stop_price if intent.stop_price is not None else self.state.last_px.get(intent.symbol)

    @property
    def added(self) -> Decimal:
        """Return how much more may fill than before."""
        return EXACT.subtract(self.remaining, self.freed) if self.freed else self.remaining


class Rule(msgspec.Struct, frozen=True):
    """Hold one limit in force.

    Attributes:
        reason: its name.
        breach: says how an order breaks it; empty when it does not.
        passed: told of an order that passed every limit.
        halts: whether a breach halts the engine.
    """

    reason: str
    breach: Callable[[Asked], str]
    passed: Callable[[Asked], None] | None = None
    halts: bool = False


class Limit(Protocol):
    """Stand for one limit."""

    def rule(self, monotonic_ns: Monotonic) -> Rule:
        """Return the limit as it is now, for good."""
        ...
