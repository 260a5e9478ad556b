"""Positions and cash: what follows from the fills counted, exactly."""

from decimal import Context, Decimal
from fractions import Fraction

import attrs

from allause.models.orders import Account, Fill, Position, Side
from allause_execution.orders.kept import KeptFill

# Our own contexts: a program that lowers the precision of its own must not change anybody's money.
# Quantities and prices have at most 18 digits on each side of the point, so no sum or product of them is rounded.
EXACT = Context(prec=200)
_ROUNDED = Context(prec=28)
_FINE = Context(prec=120)  # of what has no end, before it is added up: far more digits than are shown
#: Divide two decimals as ``quotient`` does.
divide = _ROUNDED.divide
#: Round a decimal as ``divide`` does.
rounded = _ROUNDED.plus
ZERO = Decimal(0)
_add, _multiply = EXACT.add, EXACT.multiply  # bound once, as in ``state``
_BUY = Side.BUY  # bound once, as in ``state``


def quotient(dividend: Decimal | Fraction, divisor: Decimal = Decimal(1)) -> Decimal:
    """Return a quotient, which may have no end, to 28 significant digits."""
    if isinstance(dividend, Decimal):  # asked of it, because Fraction is an abstract base class's: ten times slower
        return _ROUNDED.divide(dividend, divisor)
    value = dividend / Fraction(divisor)
    return _ROUNDED.divide(Decimal(value.numerator), Decimal(value.denominator))


@attrs.define
class _Holding:
    quantity: Decimal = ZERO
    cost: Decimal | Fraction = ZERO  # of what is open; its sign is the quantity's; a part of it may have no end
    realized: Decimal | Fraction = ZERO


class Ledger:
    """Keep positions and cash by average cost; nothing is rounded inside, so that nothing is ever rounded away."""

    def __init__(self, starting_cash: Decimal, currency: str) -> None:
        self.starting_cash = starting_cash
        self.currency = currency
        self._fees = ZERO
        self._realized = ZERO  # of all symbols, without what has no end: a loss limit asks for it at every order
        self._holdings: dict[str, _Holding] = {}

    def apply(self, fill: Fill | KeptFill) -> Decimal:
        """Take in one execution and return its value; the caller sees to it that each comes once."""
        signed, value = fill.last_qty, _multiply(fill.last_qty, fill.last_px)
        moved = value
        if fill.side != _BUY:
            signed, moved = signed.copy_negate(), value.copy_negate()
        if fill.fee:
            self._fees = EXACT.add(self._fees, fill.fee)
        holding = self._holdings.get(fill.symbol)
        if holding is None:
            holding = self._holdings[fill.symbol] = _Holding()
        held = holding.quantity
        if held and held.is_signed() is not signed.is_signed():
            before = _fine(holding.realized)
            moved = _close(holding, signed, fill.last_px)
            self._realized = _add(self._realized, EXACT.subtract(_fine(holding.realized), before))
        cost = holding.cost
        holding.cost = _add(cost, moved) if isinstance(cost, Decimal) else cost + Fraction(moved)
        holding.quantity = _add(held, signed)
        return value

    @property
    def cash(self) -> Decimal:
        """Return starting cash less purchases and fees, plus sales: less what is open cost, plus what was realized."""
        cash = EXACT.subtract(self.starting_cash, self._fees)
        for holding in self._holdings.values():
            cash = EXACT.add(cash, _difference(holding.realized, holding.cost))
        return cash

    def quantity(self, symbol: str) -> Decimal:
        """Return the signed position, zero for a symbol never filled."""
        holding = self._holdings.get(symbol)
        return holding.quantity if holding else ZERO

    def quantities(self) -> dict[str, Decimal]:
        """Return the signed position of every symbol that is not flat."""
        return {symbol: holding.quantity for symbol, holding in self._holdings.items() if holding.quantity}

    def result(self) -> Decimal:
        """Return what was realized less fees."""
        return EXACT.subtract(rounded(self._realized), self._fees)

    def position(self, symbol: str) -> Position:
        """Return the position of one symbol, flat when it was never filled."""
        holding = self._holdings.get(symbol) or _Holding()
        quantity = holding.quantity  # once: a veto is asked while another thread may count a fill
        return Position(
            symbol=symbol,
            quantity=quantity,
            avg_px=quotient(holding.cost, quantity) if quantity else None,
            realized_pnl=quotient(holding.realized),
        )

    def positions(self) -> tuple[Position, ...]:
        """Return every position ever opened, ordered by symbol."""
        return tuple(self.position(symbol) for symbol in sorted(self._holdings))

    def account(self) -> Account:
        """Return the cash side."""
        realized = sum((Fraction(holding.realized) for holding in self._holdings.values()), Fraction(0))
        return Account(
            currency=self.currency,
            starting_cash=self.starting_cash,
            cash=self.cash,
            realized_pnl=quotient(realized),
            fees=self._fees,
        )


def _close(holding: _Holding, signed: Decimal, price: Decimal) -> Decimal:
    """Realize what ``signed`` closes and return the value of what it opens beyond."""
    if signed.copy_abs() >= holding.quantity.copy_abs():  # all of it: no quotient is needed, so cost stays a decimal
        closed, released = holding.quantity, holding.cost
        holding.cost = ZERO
    else:
        closed = signed.copy_negate()
        released = Fraction(holding.cost) * Fraction(closed) / Fraction(holding.quantity)
        holding.cost = Fraction(holding.cost) - released
    gained = EXACT.multiply(closed, price)
    if isinstance(released, Decimal):
        holding.realized = _sum(holding.realized, EXACT.subtract(gained, released))
    else:
        holding.realized = Fraction(holding.realized) + Fraction(gained) - released
    return EXACT.multiply(EXACT.add(signed, closed), price)


def _fine(amount: Decimal | Fraction) -> Decimal:
    """Return an amount as a decimal, to more digits than anybody is shown."""
    if isinstance(amount, Decimal):
        return amount
    return _FINE.divide(Decimal(amount.numerator), Decimal(amount.denominator))


def _difference(realized: Decimal | Fraction, cost: Decimal | Fraction) -> Decimal:
    """Return what executions did to the cash: it has an end, although its two parts may have none."""
    if isinstance(realized, Decimal) and isinstance(cost, Decimal):
        return EXACT.subtract(realized, cost)
    moved = Fraction(realized) - Fraction(cost)
    return EXACT.divide(Decimal(moved.numerator), Decimal(moved.denominator))


def _sum(amount: Decimal | Fraction, more: Decimal) -> Decimal | Fraction:
    return EXACT.add(amount, more) if isinstance(amount, Decimal) else amount + Fraction(more)
