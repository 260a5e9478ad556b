"""The pre-trade gate: what one order, one symbol and the whole book may reach."""

from decimal import Decimal

import attrs

from allause.exceptions import OrderDeniedError
from allause.models.orders import OrderIntent, Side
from allause_execution.ledger import EXACT
from allause_execution.state import State


@attrs.frozen(kw_only=True)
class Limits:
    """Hold the limits; each is inclusive. See ``Config`` for their meaning."""

    max_quantity: Decimal
    max_notional: Decimal
    max_position: Decimal
    max_open_orders: int

    def check(self, intent: OrderIntent, state: State) -> None:
        """Let the order pass, or say which limit it breaks and by how much.

        Raises:
            OrderDeniedError: with the limit's name as its reason.
        """
        price = intent.price if intent.price is not None else state.last_px.get(intent.symbol)
        held = state.ledger.quantity(intent.symbol)
        towards = held if intent.side is Side.BUY else held.copy_negate()
        reached = EXACT.add(EXACT.add(towards, state.working(intent.symbol, intent.side)), intent.quantity)
        notional = Decimal(0) if price is None else EXACT.multiply(intent.quantity, price)
        for reason, value, limit in (
            ("max_quantity", intent.quantity, self.max_quantity),
            ("max_notional", notional, self.max_notional),
            ("max_position", reached, self.max_position),
            ("max_open_orders", len(state.open) + 1, self.max_open_orders),
        ):
            if value > limit:
                raise OrderDeniedError(
                    f"order of {intent.symbol} denied by {reason}: at most {limit}, this would make "
                    f"{value}; place a smaller order or raise the limit in the configuration",
                    reason,
                )
