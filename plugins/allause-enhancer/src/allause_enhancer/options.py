"""Implied volatility and greeks of European options by Black, Scholes and Merton, with scipy, the extra ``options``.

With S the price of the underlying, K the strike, t the years to expiry, r and q the continuous rates of interest
and dividend, v the volatility, N and n the normal distribution and density,
d1 = (ln(S/K) + (r - q + v^2/2) t) / (v sqrt t) and d2 = d1 - v sqrt t,
a call is worth S e^(-qt) N(d1) - K e^(-rt) N(d2), and a put K e^(-rt) N(-d2) - S e^(-qt) N(-d1).
Implied volatility is the v at which that is the price.
"""

from collections.abc import Sequence
from math import isfinite
from typing import TYPE_CHECKING, Any

import polars as pl

from allause.exceptions import DataError
from allause.models import ArrowTable
from allause_enhancer import columns
from allause_enhancer.tables.exchange import frame_of, take_bars

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[Any]

#: The names of the columns that can be added, and of those that may be read for them.
GREEKS = tuple(column.name for column in columns.GREEKS)
READ = ("ts_event", "price", "bid", "ask", "last", "underlying_price", "strike", "right", "years", "expiry")
#: What to tell whoever lacks the extra.
MISSING_EXTRA = "options: expected scipy, found none; install allause-enhancer[options]"
_YEAR_US = 365 * 86_400_000_000
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


def greeks(
    table: ArrowTable,
    *,
    rate: float = 0.0,
    dividend: float = 0.0,
    underlying: ArrowTable | None = None,
    chosen: Sequence[str] = GREEKS,
    zone: str = "UTC",
) -> pl.DataFrame:
    """Return the options with the columns chosen, as ``allause_enhancer.columns.GREEKS`` says.

    They replace columns of their names, such as those that a venue has told.

    Args:
        table: a table of the option schema; or ``price``, ``underlying_price``, ``strike``, ``right`` (C or P) and
            ``years`` to expiry. What of these is there counts; the price is else taken of ``bid`` and ``ask``, or of
            ``last`` where they give none, the years from ``ts_event`` to the end of the day ``expiry``.
        rate: continuous rate of interest per year.
        dividend: continuous rate of dividend per year.
        underlying: bars of the underlyings, for a table without ``underlying_price``.
        chosen: names of the columns to add.
        zone: where the day of expiry ends.

    Raises:
        DataError: scipy is not installed, a column is missing or of another type, or a rate, name or zone is none.
    """
    try:
        import scipy.special  # noqa: F401, PLC0415 - an extra; whether it is there is said before all else
    except ImportError as error:
        raise DataError(MISSING_EXTRA) from error
    for word, number in {"rate": rate, "dividend": dividend}.items():
        if not isinstance(number, int | float) or not isfinite(number):
            raise DataError(f"{word}: expected a finite rate per year such as 0.01, found {number!r}")
    for name in chosen:
        if name not in GREEKS:
            raise DataError(f"chosen: expected names among {', '.join(GREEKS)}, found {name!r}")
    table = frame_of(table)
    price, strike = _price(table), _number(table, "strike")
    spot, years, sign = _spot(table, underlying), _years(table, zone), _sign(table)
    answers = _figures(price, spot, strike, years, sign, (rate, dividend))
    return table.with_columns(pl.Series(name, answers[name]).fill_nan(None) for name in chosen)


def _figures(
    price: "Numbers", spot: "Numbers", strike: "Numbers", years: "Numbers", sign: "Numbers", rates: tuple[float, float]
) -> dict[str, "Numbers"]:
    import numpy as np  # noqa: PLC0415 - comes with scipy
    from scipy.special import ndtr  # noqa: PLC0415 - an extra

    rate, dividend = rates
    with np.errstate(all="ignore"):  # what is undefined is NaN, and null in the table
        volatility = _implied(price, spot, strike, years, sign, rates)
        d1, d2 = _d(spot, strike, years, volatility, rates)
        interest, carried, root = np.exp(-rate * years), np.exp(-dividend * years), np.sqrt(years)
        density = np.exp(-d1 * d1 / 2) / np.sqrt(2 * np.pi)
        return {
            "implied_volatility": volatility,
            "delta": sign * carried * ndtr(sign * d1),
            "gamma": carried * density / (spot * volatility * root),
            "vega": spot * carried * density * root,
            "theta": -spot * carried * density * volatility / (2 * root)
            - sign * rate * strike * interest * ndtr(sign * d2)
            + sign * dividend * spot * carried * ndtr(sign * d1),
            "rho": sign * strike * years * interest * ndtr(sign * d2),
        }


def _column(table: pl.DataFrame, name: str, other: str = "") -> pl.Series:
    if name not in table.columns:
        raise DataError(f"options: expected the column {name!r}{other}, found {', '.join(table.columns) or 'none'}")
    return table[name]


def _typed(found: pl.Series, expected: str, *, fits: bool) -> None:
    if not fits:
        raise DataError(f"options: expected {expected} in column {found.name!r}, found {found.dtype}; cast the column")


def _number(table: pl.DataFrame, name: str, other: str = "") -> "Numbers":
    found = _column(table, name, other)
    _typed(found, "numbers", fits=found.dtype.is_numeric())
    return found.cast(pl.Float64).to_numpy()


def _sign(table: pl.DataFrame) -> "Numbers":
    right = _column(table, "right")
    _typed(right, "C or P", fits=right.dtype in {pl.String, pl.Categorical, pl.Enum})
    return right.cast(pl.String).replace_strict({"C": 1.0, "P": -1.0}, default=None, return_dtype=pl.Float64).to_numpy()


def _price(table: pl.DataFrame) -> "Numbers":
    import numpy as np  # noqa: PLC0415 - comes with scipy

    if "price" in table.columns:
        return _number(table, "price")
    if not {"bid", "ask", "last"} & {*table.columns}:
        _column(table, "price", " or else 'bid' and 'ask', or 'last'")
    bid, ask, last = (
        _number(table, name) if name in table.columns else np.full(table.height, np.nan)
        for name in ("bid", "ask", "last")
    )
    return np.where((bid > 0) & (bid <= ask) & (ask < np.inf), (bid + ask) / 2, last)


def _spot(table: pl.DataFrame, underlying: ArrowTable | None) -> "Numbers":
    if underlying is not None and "underlying_price" not in table.columns:
        table = with_underlying(table, underlying)
    return _number(table, "underlying_price", " (allause_enhancer.options.with_underlying adds it)")


def with_underlying(table: ArrowTable, underlying: ArrowTable) -> pl.DataFrame:
    """Return the options with ``underlying_price``, the underlying's last close not later than ``ts_event``.

    It is null where there is none.

    Args:
        table: has ``ts_event`` and ``underlying``.
        underlying: bars of the underlyings.

    Raises:
        DataError: a column is missing or of another type.
    """
    table = frame_of(table)
    bars = take_bars(underlying).select("ts_event", "close", underlying=pl.col("symbol").cast(pl.String))
    bars = bars.filter(pl.col("close").is_finite() & (pl.col("close") > 0)).sort("ts_event")
    asked = pl.DataFrame([_times(table), _column(table, "underlying").cast(pl.String)]).with_row_index("at")
    found = asked.sort("ts_event").join_asof(bars, on="ts_event", by="underlying", check_sortedness=False).sort("at")
    return table.with_columns(found["close"].alias("underlying_price"))


def _times(table: pl.DataFrame) -> pl.Series:
    found = _column(table, "ts_event")
    _typed(found, "Int64", fits=found.dtype == pl.Int64)
    return found


def _years(table: pl.DataFrame, zone: str) -> "Numbers":
    if "years" in table.columns:
        return _number(table, "years")
    if "expiry" not in table.columns:
        _column(table, "years", " or else 'expiry' and 'ts_event'")
    expiry = table["expiry"]
    _typed(expiry, "Date", fits=expiry.dtype == pl.Date)
    end = pl.col("expiry").cast(pl.Datetime("us")).dt.offset_by("1d")
    try:
        ended = end.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null").dt.epoch("us")
        left = pl.DataFrame([expiry, _times(table)]).select(ended - pl.col("ts_event") // 1000)
    except pl.exceptions.ComputeError as error:
        raise DataError(f"zone: expected a time zone such as America/New_York, found {zone!r}") from error
    return left.to_series().to_numpy() / _YEAR_US


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
