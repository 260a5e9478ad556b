"""What is kept of every order for good: the contract's records, field by field.

A full garbage collection goes through every record of the contract, and each order would add two. These it does not
see, so that an engine at work gives it nothing to do, however many orders it has placed. The fields are written out,
since every order is kept twice and to look them up by name takes twice as long; a test holds them to the contract's.
"""

from decimal import Decimal

import msgspec

from allause.models.orders import Fill, OrderIntent, OrderType, Side, TimeInForce


class KeptIntent(msgspec.Struct, frozen=True, gc=False):
    """Hold what an ``OrderIntent`` says."""

    client_order_id: str
    symbol: str
    side: Side
    quantity: Decimal
    order_type: OrderType
    price: Decimal | None
    time_in_force: TimeInForce
    stop_price: Decimal | None = None
    post_only: bool = False
    reduce_only: bool = False
    oco_group: str | None = None
    take_profit: Decimal | None = None
    stop_loss: Decimal | None = None
    parent_id: str | None = None
    parent_quantity: Decimal | None = None

    def shown(self) -> OrderIntent:
        """Return it as the contract does."""
        return OrderIntent(**msgspec.structs.asdict(self))


class KeptFill(msgspec.Struct, frozen=True, gc=False):
    """Hold what a ``Fill`` says."""

    trade_id: str
    client_order_id: str
    venue_order_id: str
    symbol: str
    side: Side
    last_qty: Decimal
    last_px: Decimal
    fee: Decimal = Decimal(0)
    ts_event: int = 0

    def shown(self) -> Fill:
        """Return it as the contract does."""
        return Fill(**msgspec.structs.asdict(self))


def keep_intent(intent: OrderIntent) -> KeptIntent:
    """Return what an intent says."""
    return KeptIntent(
        intent.client_order_id,
        intent.symbol,
        intent.side,
        intent.quantity,
        intent.order_type,
        intent.price,
        intent.time_in_force,
        intent.stop_price,
        intent.post_only,
        intent.reduce_only,
        intent.oco_group,
        intent.take_profit,
        intent.stop_loss,
        intent.parent_id,
        intent.parent_quantity,
    )


def keep_fill(fill: Fill) -> KeptFill:
    """Return what a fill says."""
    return KeptFill(
        fill.trade_id,
        fill.client_order_id,
        fill.venue_order_id,
        fill.symbol,
        fill.side,
        fill.last_qty,
        fill.last_px,
        fill.fee,
        fill.ts_event,
    )
