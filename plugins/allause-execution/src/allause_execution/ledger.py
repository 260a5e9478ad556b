"""Positions and cash: what follows from the fills counted, exactly."""

from decimal import Context, Decimal
from fractions import Fraction

import attrs

from allause.models.orders import Account, Fill, Position, Side

# Our own contexts: a program that lowers the precision of its own must not change anybody's money.
_EXACT = Context(prec=200)
_ROUNDED = Context(prec=28)


def plain(value: Fraction) -> Decimal:
    """Return a sum or product of decimals as the decimal it is."""
    return _EXACT.divide(Decimal(value.numerator), Decimal(value.denominator))


def rounded(value: Fraction) -> Decimal:
    """Return a quotient, which may have no end, to 28 significant digits."""
    return _ROUNDED.divide(Decimal(value.numerator), Decimal(value.denominator))


@attrs.define
class _Holding:
    quantity: Fraction = Fraction(0)
    cost: Fraction = Fraction(0)  # of what is open; its sign is the quantity's
    realized: Fraction = Fraction(0)


class Ledger:
    """Keep positions and cash by average cost; fractions inside, so that nothing is ever rounded away."""

    def __init__(self, starting_cash: Decimal, currency: str) -> None:
        self.starting_cash = starting_cash
        self.currency = currency
        self._cash = Fraction(starting_cash)
        self._fees = Fraction(0)
        self._holdings: dict[str, _Holding] = {}

    def apply(self, fill: Fill) -> None:
        """Take in one execution; the caller sees to it that each comes once."""
        signed = Fraction(fill.last_qty) * (1 if fill.side == Side.BUY else -1)
        price = Fraction(fill.last_px)
        self._cash -= signed * price + Fraction(fill.fee)
        self._fees += Fraction(fill.fee)
        holding = self._holdings.setdefault(fill.symbol, _Holding())
        closing = Fraction(0)
        if holding.quantity * signed < 0:
            closing = max(signed, -holding.quantity) if signed < 0 else min(signed, -holding.quantity)
            released = holding.cost * -closing / holding.quantity
            holding.realized += -closing * price - released
            holding.cost -= released
        holding.cost += (signed - closing) * price
        holding.quantity += signed

    def quantity(self, symbol: str) -> Decimal:
        """Return the signed position, zero for a symbol never filled."""
        holding = self._holdings.get(symbol)
        return plain(holding.quantity) if holding else Decimal(0)

    @property
    def cash(self) -> Decimal:
        """Return the cash now."""
        return plain(self._cash)

    def positions(self) -> tuple[Position, ...]:
        """Return every position ever opened, ordered by symbol."""
        return tuple(
            Position(
                symbol=symbol,
                quantity=plain(holding.quantity),
                avg_px=rounded(holding.cost / holding.quantity) if holding.quantity else None,
                realized_pnl=rounded(holding.realized),
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
            realized_pnl=rounded(realized),
            fees=plain(self._fees),
        )
