"""Exact arithmetic that does not depend on the calling thread's decimal context."""

from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow

#: Room for any product of quantity, price and fee rate, and for sums of them; rounding raises.
EXACT = Context(prec=120, Emin=-999_999, Emax=999_999, traps=[Inexact, InvalidOperation, Overflow])

#: What ``is_amount`` asks, in words.
AMOUNT = "a positive Decimal below 10^15 with at most 12 decimal places"

_STEP = Decimal("1e-12")
_GRID = Context(prec=27, Emin=-999_999, Emax=999_999, traps=[Inexact, InvalidOperation])


def is_amount(value: object) -> bool:
    """Tell whether ``value`` is a positive Decimal below 10^15 with at most 12 decimal places."""
    if not isinstance(value, Decimal) or not value.is_finite() or value <= 0:
        return False
    try:
        _GRID.quantize(value, _STEP)
    except (Inexact, InvalidOperation):
        return False
    return True
