"""What a limit is asked, and what it answers with."""

from collections.abc import Callable
from decimal import Decimal
from typing import Protocol

import msgspec

from allause.models.orders import OrderIntent
from allause_execution.orders.kept import KeptIntent
from allause_execution.orders.state import State

Monotonic = Callable[[], int]


class Asked(msgspec.Struct, frozen=True, gc=False):  # it is gone after the gate
    """Hold what is to be judged.

    Attributes:
        intent: the order, of a replacement as it would be.
        state: of the engine before it.
        added: how much more may fill than before.
        price: what it is valued at: its limit, its stop price, or the last fill of its symbol.
        new: whether it is no replacement.
    """

    intent: OrderIntent
    state: State
    added: Decimal
    price: Decimal | None
    new: bool


class Rule(msgspec.Struct, frozen=True):
    """Hold one limit in force.

    Attributes:
        reason: its name.
        breach: says how an order breaks it; empty when it does not.
        passed: told of an order that passed every limit.
        halts: whether a breach halts the engine.
        recalled: told of an order that passed in an earlier process, None for a replacement, and when by the clock of
            the limit.
    """

    reason: str
    breach: Callable[[Asked], str]
    passed: Callable[[Asked], None] | None = None
    halts: bool = False
    recalled: Callable[[KeptIntent | None, int], None] | None = None


class Limit(Protocol):
    """Stand for one limit."""

    def rule(self, monotonic_ns: Monotonic) -> Rule:
        """Return the limit as it is now, for good."""
        ...
