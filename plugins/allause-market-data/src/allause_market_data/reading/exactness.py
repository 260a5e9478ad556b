"""Prices as binary64 that give back the decimals they were read from."""

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from math import isfinite

import polars as pl

from allause.exceptions import DataError

#: A binary64 returns every decimal of so many significant digits unchanged.
EXACT_DIGITS = 15


def unscaled(numbers: pl.Series, scale: float) -> pl.Series:
    """Return numbers divided by a scale: the binary64 nearest to the decimal meant.

    The quotient is that one because a binary64 holds both terms exactly. By a single number polars multiplies with the
    reciprocal, which is another binary64 in one of three cases; by a column it divides.
    """
    if scale == 1:
        return numbers
    return numbers / pl.Series([float(scale)]).new_from_index(0, len(numbers))


def require_exact(values: pl.Series, source: str, name: str, first_row: int) -> None:
    """Refuse decimals that a binary64 would change."""
    for row in inexact(values):
        raise DataError(
            f"{name}: expected numbers that a binary64 holds unchanged in column {source!r}, found "
            f"{values[row]!r} in data row {row + first_row}; round it to {EXACT_DIGITS} significant digits"
        )


def inexact(values: pl.Series) -> Iterator[int]:
    """Yield the places of decimals that a binary64 would change; only those longer than 15 digits can be."""
    long = values.str.len_bytes() > EXACT_DIGITS
    return (row for row in long.fill_null(value=False).arg_true() if _changed(values[row]))


def _changed(text: str) -> bool:
    try:
        number = float(text)
        # shorter text is the same number; text that a binary64 was printed as comes back as itself
        return isfinite(number) and Decimal(repr(number)) != Decimal(text.strip())
    except (ValueError, InvalidOperation):
        return False
