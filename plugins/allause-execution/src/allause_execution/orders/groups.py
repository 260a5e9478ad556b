"""Orders that belong together: those that end each other, and the slices of a larger one."""

from decimal import Decimal

import attrs

from allause_execution.orders.ledger import ZERO


@attrs.define
class Group:
    """Hold the orders that cancel each other, and the first of them that traded."""

    members: list[str] = attrs.field(factory=list)
    winner: str = ""


@attrs.define
class Parent:
    """Hold a larger order and what its slices have filled or may still fill."""

    quantity: Decimal
    committed: Decimal = ZERO
