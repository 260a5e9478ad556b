"""The pre-trade gate: what one order, one symbol and the whole book may reach."""

from decimal import Decimal
from fractions import Fraction

import attrs

from allause.exceptions import OrderDeniedError
from allause.models.orders import OrderIntent, Side
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
        quantity = Fraction(intent.quantity)
        price = intent.price if intent.price is not None else state.last_px.get(intent.symbol)
        signed = Fraction(state.ledger.quantity(intent.symbol)) * (1 if intent.side is Side.BUY else -1)
        reached = signed + state.working(intent.symbol, intent.side) + quantity
        for reason, value, limit in (
            ("max_quantity", quantity, self.max_quantity),
            ("max_notional", quantity * Fraction(price) if price is not None else Fraction(0), self.max_notional),
            ("max_position", reached, self.max_position),
            ("max_open_orders", len(state.open) + 1, self.max_open_orders),
        ):
            if value > limit:
                raise OrderDeniedError(
                    f"order of {intent.symbol} denied by {reason}: at most {limit}, this would make "
                    f"{float(value):g}; place a smaller order or raise the limit in the configuration",
                    reason,
                )
