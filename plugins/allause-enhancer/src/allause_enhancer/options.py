"""Implied volatility and greeks of European options by Black, Scholes and Merton, with scipy, the extra ``options``.

With S the price of the underlying, K the strike, t the years to expiry, r and q the continuous rates of interest
and dividend, v the volatility, N and n the normal distribution and density,
d1 = (ln(S/K) + (r - q + v^2/2) t) / (v sqrt t) and d2 = d1 - v sqrt t,
a call is worth S e^(-qt) N(d1) - K e^(-rt) N(d2), and a put K e^(-rt) N(-d2) - S e^(-qt) N(-d1).
Implied volatility is the v at which that is the price.
"""

from typing import TYPE_CHECKING, Any

import polars as pl

from allause.exceptions import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[Any]

#: The added columns: volatility per year; delta and gamma by one unit of the underlying, vega by 1.00 of volatility,
#: theta by a calendar year, rho by 1.00 of the rate.
GREEKS = ("implied_volatility", "delta", "gamma", "vega", "theta", "rho")
_NEEDED = ("price", "underlying_price", "strike", "right", "years")
_LOW, _HIGH = 1e-6, 10.0
_HALVINGS = 60


def value(
    price: "Numbers",
    strike: "Numbers",
    years: "Numbers",
    volatility: "Numbers",
    sign: "Numbers",
    rates: tuple[float, float],
) -> "Numbers":
    """Return the worth of options; ``sign`` 1 means calls, -1 puts; ``rates``: interest, dividend."""
    import numpy as np  # noqa: PLC0415 - comes with scipy
    from scipy.special import ndtr  # noqa: PLC0415 - an extra

    d1, d2 = _d(price, strike, years, volatility, rates)
    interest, dividend = np.exp(-rates[0] * years), np.exp(-rates[1] * years)
    worth: Numbers = sign * (price * dividend * ndtr(sign * d1) - strike * interest * ndtr(sign * d2))
    return worth


def greeks(table: pl.DataFrame, *, rate: float = 0.0, dividend: float = 0.0) -> pl.DataFrame:
    """Return the options with the columns ``GREEKS``; null where no volatility between 1e-6 and 10 gives the price.

    Args:
        table: columns ``price``, ``underlying_price``, ``strike``, ``right`` (C or P) and ``years`` to expiry.
        rate: continuous rate of interest per year.
        dividend: continuous rate of dividend per year.

    Raises:
        DataError: scipy is not installed, or a column is missing.
    """
    try:
        import numpy as np  # noqa: PLC0415 - comes with scipy
        from scipy.special import ndtr  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise DataError("options: expected scipy, found none; install allause-enhancer[options]") from error
    for name in _NEEDED:
        if name not in table.columns:
            raise DataError(f"options: expected the column {name!r}, found {', '.join(table.columns)}")
    price, spot, strike, years = (
        table[name].cast(pl.Float64).to_numpy() for name in ("price", "underlying_price", "strike", "years")
    )
    sign = (
        table.select(pl.when(pl.col("right") == "C").then(1.0).when(pl.col("right") == "P").then(-1.0))
        .to_series()
        .to_numpy()
    )
    rates = (rate, dividend)
    with np.errstate(all="ignore"):  # what is undefined is NaN and becomes null below
        volatility = _implied(price, spot, strike, years, sign, rates)
        d1, d2 = _d(spot, strike, years, volatility, rates)
        interest, carried, root = np.exp(-rate * years), np.exp(-dividend * years), np.sqrt(years)
        density = np.exp(-d1 * d1 / 2) / np.sqrt(2 * np.pi)
        answers = {
            "implied_volatility": volatility,
            "delta": sign * carried * ndtr(sign * d1),
            "gamma": carried * density / (spot * volatility * root),
            "vega": spot * carried * density * root,
            "theta": -spot * carried * density * volatility / (2 * root)
            - sign * rate * strike * interest * ndtr(sign * d2)
            + sign * dividend * spot * carried * ndtr(sign * d1),
            "rho": sign * strike * years * interest * ndtr(sign * d2),
        }
    return table.with_columns(pl.Series(name, numbers).fill_nan(None) for name, numbers in answers.items())


def _d(
    price: "Numbers", strike: "Numbers", years: "Numbers", volatility: "Numbers", rates: tuple[float, float]
) -> tuple["Numbers", "Numbers"]:
    import numpy as np  # noqa: PLC0415 - comes with scipy

    spread = volatility * np.sqrt(years)
    d1 = (np.log(price / strike) + (rates[0] - rates[1]) * years) / spread + spread / 2
    return d1, d1 - spread


def _implied(
    price: "Numbers", spot: "Numbers", strike: "Numbers", years: "Numbers", sign: "Numbers", rates: tuple[float, float]
) -> "Numbers":
    """Halve the interval of volatilities, in which worth grows, for all options at once."""
    import numpy as np  # noqa: PLC0415 - comes with scipy

    low, high = np.full(price.shape, _LOW), np.full(price.shape, _HIGH)
    fits = (value(spot, strike, years, low, sign, rates) < price) & (
        price < value(spot, strike, years, high, sign, rates)
    )
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        below = value(spot, strike, years, middle, sign, rates) < price
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.where(fits, (low + high) / 2, np.nan)
