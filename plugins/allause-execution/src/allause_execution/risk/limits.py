"""The pre-trade limits: what one order, one symbol and the whole book may reach, one class each.

A limit hands out its rule once, when the engine is opened. The rule holds its figures in its own closure, so that
changing the limit, the configuration or these classes later changes nothing.
"""

from decimal import Decimal
from typing import ClassVar

import attrs
from msgspec.structs import replace

from allause.models.orders import OrderStatus, Side
from allause_execution.orders.kept import KeptIntent, keep_intent
from allause_execution.orders.ledger import EXACT, ZERO
from allause_execution.risk.rules import Asked, Monotonic, Rule
from allause_execution.windows import RateWindow, Recent

_BUY, _REJECTED = Side.BUY, OrderStatus.REJECTED  # bound once, as in ``state``


def _too_much(value: Decimal | int, limit: Decimal | int) -> str:
    return f"at most {limit}, this would make {value}"


@attrs.frozen
class MaxQuantity:
    """Bound the quantity of one order."""

    reason: ClassVar[str] = "max_quantity"
    limit: Decimal

    def rule(self, _monotonic_ns: Monotonic) -> Rule:
        """Return the limit as it is now, for good."""
        limit = self.limit

        def breach(asked: Asked) -> str:
            quantity = asked.intent.quantity
            return _too_much(quantity, limit) if quantity > limit else ""

        return Rule(self.reason, breach)


@attrs.frozen
class MaxNotional:
    """Bound the value of one order; a market order in a symbol without a price passes."""

    reason: ClassVar[str] = "max_notional"
    limit: Decimal

    def rule(self, _monotonic_ns: Monotonic) -> Rule:
        """Return the limit as it is now, for good."""
        limit, multiply = self.limit, EXACT.multiply

        def breach(asked: Asked) -> str:
            price = asked.price
            if price is None:
                return ""
            notional = multiply(asked.intent.quantity, price)
            return _too_much(notional, limit) if notional > limit else ""

        return Rule(self.reason, breach)


@attrs.frozen
class PriceCollar:
    """Bound how far limit and stop price may be from the last fill of the symbol, as a fraction of it."""

    reason: ClassVar[str] = "price_collar"
    limit: Decimal

    def rule(self, _monotonic_ns: Monotonic) -> Rule:
        """Return the limit as it is now, for good."""
        limit = self.limit

        def breach(asked: Asked) -> str:
            intent = asked.intent
            last = asked.state.last_px.get(intent.symbol)
            if last is None:
                return ""
            reach = EXACT.multiply(last.copy_abs(), limit)
            low, high = EXACT.subtract(last, reach), EXACT.add(last, reach)
            for price in (intent.price, intent.stop_price, intent.take_profit, intent.stop_loss):
                if price is not None and not low <= price <= high:
                    return f"prices from {low} to {high} around the last fill at {last}, found {price}"
            return ""

        return Rule(self.reason, breach)


@attrs.frozen
class MaxPosition:
    """Bound the position of one symbol, long or short, if every working order filled."""

    reason: ClassVar[str] = "max_position"
    limit: Decimal

    def rule(self, _monotonic_ns: Monotonic) -> Rule:
        """Return the limit as it is now, for good."""
        limit, add = self.limit, EXACT.add

        def breach(asked: Asked) -> str:
            intent, state = asked.intent, asked.state
            if intent.reduce_only:
                return ""
            held, reached = state.ledger.quantity(intent.symbol), asked.added
            if held:
                reached = add(reached, held if intent.side is _BUY else held.copy_negate())
            if working := state.working(intent.symbol, intent.side):
                reached = add(reached, working)
            return _too_much(reached, limit) if reached > limit else ""

        return Rule(self.reason, breach)


@attrs.frozen
class MaxGrossExposure:
    """Bound the value of all positions without sign, if every working order filled, at each symbol's last fill.

    A symbol that was never filled is valued at the price of the order asked for; working orders in others are not.
    """

    reason: ClassVar[str] = "max_gross_exposure"
    limit: Decimal

    def rule(self, _monotonic_ns: Monotonic) -> Rule:
        """Return the limit as it is now, for good."""
        limit = self.limit

        def breach(asked: Asked) -> str:
            intent, state = asked.intent, asked.state
            if intent.reduce_only:
                return ""
            price = asked.price or ZERO
            total = EXACT.add(state.exposure(intent.symbol, price), EXACT.multiply(asked.added, price))
            return _too_much(total, limit) if total > limit else ""

        return Rule(self.reason, breach)


@attrs.frozen
class MaxOpenOrders:
    """Bound the number of orders that are not terminal; the exits of a bracket count from its beginning.

    Those of an entry that the venue did not have count again when it arrives after all.
    """

    reason: ClassVar[str] = "max_open_orders"
    limit: int

    def rule(self, _monotonic_ns: Monotonic) -> Rule:
        """Return the limit as it is now, for good."""
        limit = self.limit

        def breach(asked: Asked) -> str:
            intent, reached = asked.intent, len(asked.state.open)
            if asked.new:
                reached += 1
                if intent.take_profit is not None or intent.stop_loss is not None:
                    reached += (intent.take_profit is not None) + (intent.stop_loss is not None)
            if reached > limit:
                reached -= asked.state.idle
            return _too_much(reached, limit) if reached > limit else ""

        return Rule(self.reason, breach)


@attrs.frozen
class MaxOrderRate:
    """Bound the orders and replacements of any one second."""

    reason: ClassVar[str] = "max_orders_per_second"
    limit: int

    def rule(self, monotonic_ns: Monotonic) -> Rule:
        """Return the limit as it is now, for good."""
        limit, window = self.limit, RateWindow(self.limit, monotonic_ns)
        text = f"at most {limit} a second, this would be one more"
        return Rule(
            self.reason,
            lambda _: text if window.is_full else "",
            lambda _: window.count(),
            recalled=lambda _, at: window.recall(at),
        )


@attrs.frozen
class RestrictedSymbols:
    """Refuse every order in some symbols."""

    reason: ClassVar[str] = "restricted_symbols"
    symbols: frozenset[str]

    def rule(self, _monotonic_ns: Monotonic) -> Rule:
        """Return the limit as it is now, for good."""
        symbols = frozenset(self.symbols)
        return Rule(self.reason, lambda asked: "the symbol is restricted" if asked.intent.symbol in symbols else "")


@attrs.frozen
class DuplicateWindow:
    """Refuse an order that asks for the same as another one, placed under another id within so many nanoseconds.

    One that never left, or that the venue refused, is no other one; one that was lost on its way there is.
    """

    reason: ClassVar[str] = "duplicate"
    limit: int

    def rule(self, monotonic_ns: Monotonic) -> Rule:
        """Return the limit as it is now, for good."""
        recent, text = Recent(self.limit, monotonic_ns), f"the same order was placed within {self.limit / 1e9:g} s"

        def breach(asked: Asked) -> str:
            payload = _payload(keep_intent(asked.intent))
            if not (asked.new and (key := recent.get(payload))):
                return ""
            other = asked.state.orders.get(key)
            if other is None or (other.status is _REJECTED and not other.lost):
                return ""
            return text if _payload(other.intent) == payload else ""

        def passed(asked: Asked) -> None:
            if asked.new:
                recent.put(_payload(keep_intent(asked.intent)), asked.intent.client_order_id)

        def recalled(intent: KeptIntent | None, at: int) -> None:
            if intent is not None and recent.reaches(at):  # of a long journal hardly any does
                recent.recall(_payload(intent), intent.client_order_id, at)

        return Rule(self.reason, breach, passed, recalled=recalled)


def _payload(intent: KeptIntent) -> KeptIntent:
    return replace(intent, client_order_id="")


@attrs.frozen
class ParentQuantity:
    """Refuse, and halt, when slices would exceed the larger order that they name."""

    reason: ClassVar[str] = "runaway"

    def rule(self, _monotonic_ns: Monotonic) -> Rule:
        """Return the limit as it is now, for good."""

        def breach(asked: Asked) -> str:
            intent = asked.intent
            if intent.parent_id is None or intent.parent_quantity is None:
                return ""
            parent = asked.state.parents.get(intent.parent_id)
            if parent is not None and parent.quantity != intent.parent_quantity:
                return f"{intent.parent_id} had {parent.quantity} as parent_quantity, found {intent.parent_quantity}"
            reached = intent.quantity if parent is None else EXACT.add(parent.committed, asked.added)
            return _too_much(reached, intent.parent_quantity) if reached > intent.parent_quantity else ""

        return Rule(self.reason, breach, halts=True)


@attrs.frozen
class MaxLoss:
    """Refuse, and halt, when what was realized less fees has lost so much."""

    reason: ClassVar[str] = "max_loss"
    limit: Decimal

    def rule(self, _monotonic_ns: Monotonic) -> Rule:
        """Return the limit as it is now, for good."""
        limit = self.limit

        def breach(asked: Asked) -> str:
            lost = asked.state.ledger.result().copy_negate()
            return f"a loss below {limit}, found {lost}" if lost >= limit else ""

        return Rule(self.reason, breach, halts=True)
