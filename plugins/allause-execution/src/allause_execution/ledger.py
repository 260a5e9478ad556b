"""Positions and cash: what follows from the fills counted, exactly."""

from decimal import Context, Decimal
from fractions import Fraction

import attrs

from allause.models.orders import Account, Fill, Position, Side

# Our own contexts: a program that lowers the precision of its own must not change anybody's money.
# Quantities and prices have at most 18 digits on each side of the point, so no sum or product of them is rounded.
EXACT = Context(prec=200)
_ROUNDED = Context(prec=28)


def quotient(dividend: Decimal | Fraction, divisor: Decimal | Fraction = Fraction(1)) -> Decimal:
    """Return a quotient, which may have no end, to 28 significant digits."""
    value = Fraction(dividend) / Fraction(divisor)
    return _ROUNDED.divide(Decimal(value.numerator), Decimal(value.denominator))


@attrs.define
class _Holding:
    quantity: Decimal = Decimal(0)
    cost: Fraction = Fraction(0)  # of what is open; its sign is the quantity's, and a part of it may have no end
    realized: Fraction = Fraction(0)


class Ledger:
    """Keep positions and cash by average cost; nothing is rounded inside, so that nothing is ever rounded away."""

    def __init__(self, starting_cash: Decimal, currency: str) -> None:
        self.starting_cash = starting_cash
        self.currency = currency
        self.cash = starting_cash
        self._fees = Decimal(0)
        self._holdings: dict[str, _Holding] = {}

    def apply(self, fill: Fill) -> None:
        """Take in one execution; the caller sees to it that each comes once."""
        signed = fill.last_qty if fill.side == Side.BUY else fill.last_qty.copy_negate()
        paid = EXACT.add(EXACT.multiply(signed, fill.last_px), fill.fee)
        self.cash = EXACT.subtract(self.cash, paid)
        self._fees = EXACT.add(self._fees, fill.fee)
        holding = self._holdings.setdefault(fill.symbol, _Holding())
        opening = signed
        if holding.quantity and (holding.quantity > 0) != (signed > 0):
            all_of_it = signed.copy_abs() >= holding.quantity.copy_abs()
            closed = holding.quantity if all_of_it else signed.copy_negate()
            released = holding.cost * Fraction(closed) / Fraction(holding.quantity)
            holding.realized += Fraction(EXACT.multiply(closed, fill.last_px)) - released
            holding.cost -= released
            opening = EXACT.add(signed, closed)
        holding.cost += Fraction(EXACT.multiply(opening, fill.last_px))
        holding.quantity = EXACT.add(holding.quantity, signed)

    def quantity(self, symbol: str) -> Decimal:
        """Return the signed position, zero for a symbol never filled."""
        holding = self._holdings.get(symbol)
        return holding.quantity if holding else Decimal(0)

    def positions(self) -> tuple[Position, ...]:
        """Return every position ever opened, ordered by symbol."""
        return tuple(
            Position(
                symbol=symbol,
                quantity=holding.quantity,
                avg_px=quotient(holding.cost, holding.quantity) if holding.quantity else None,
                realized_pnl=quotient(holding.realized),
            )
            for symbol, holding in sorted(self._holdings.items())
        )

    def account(self) -> Account:
        """Return the cash side."""
        realized = sum((holding.realized for holding in self._holdings.values()), Fraction(0))
        return Account(
            currency=self.currency,
            starting_cash=self.starting_cash,
            cash=self.cash,
            realized_pnl=quotient(realized),
            fees=self._fees,
        )
