"""Adjust bars for splits and dividends, and take the adjustment back.

A factor row holds for every day up to and including its own; after the last one factors are 1. An adjusted price is the
raw one times the price factor (dividends) and the split factor; an adjusted volume is the raw one over the split
factor. Factors come from a Lean factor file or from a table of corporate actions.

A dividend is money for a share as it trades on its ex-date: after a split of that day. Dividends of one day add up.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from math import inf, isfinite, prod
from pathlib import Path

import attrs
import polars as pl

from allause.exceptions import ConfigurationError, DataError
from allause_market_data.reading.exactness import EXACT_DIGITS

_PRICES = ("open", "high", "low", "close")
_FIELDS = 4
_KINDS = ("split", "dividend")
_MOST = 1e15  # a factor beyond it, or below its reciprocal, is a damaged one
_TEXT = (pl.String, pl.Categorical, pl.Enum)


@attrs.frozen
class Factors:
    """Hold the factors of one instrument.

    Attributes:
        rows: ``day`` (the last one a row holds for), ``price`` and ``split``, by day.
    """

    rows: pl.DataFrame

    def on(self, days: pl.Series) -> pl.DataFrame:
        """Return ``price`` and ``split`` of each day."""
        known = pl.DataFrame({"day": days, "at": pl.int_range(len(days), eager=True)}).sort("day", maintain_order=True)
        found = known.join_asof(self.rows, on="day", strategy="forward").sort("at")
        return found.select(pl.col("price").fill_null(1.0), pl.col("split").fill_null(1.0))


def read_factors(path: Path) -> Factors:
    """Read a Lean factor file: day, price factor, split factor, reference price.

    Raises:
        DataError: it is none; the message names the line.
    """
    rows: list[tuple[date, float, float]] = []
    for number, fields in numbered(path, "a Lean factor file"):
        try:
            day = parsed_day(fields[0])
            price, split = (float(field) for field in fields[1:3] if field.isascii() and "_" not in field)
            whole = len(fields) == _FIELDS and all(1 / _MOST < factor < _MOST for factor in (price, split))
        except (ValueError, IndexError):
            whole = False
        if not whole:
            raise DataError(
                f"{path}: expected day, price factor, split factor and reference price in line {number}, found "
                f"{','.join(fields)[:80]!r}; fetch it again"
            )
        rows.append((day, price, split))
    return _made(rows)


def factors_of(actions: pl.DataFrame, bars: pl.DataFrame, symbol: str, *, zone: str = "UTC") -> Factors:
    """Make factors from corporate actions.

    Args:
        actions: ``symbol``, ``ex_date``, ``kind`` (split or dividend) and ``value``: shares for one, or money a share.
        bars: raw bars; the dividends of a day weigh against the last close before it, over the split of that day.
        symbol: the instrument.
        zone: where the days of the bars are counted.

    Raises:
        DataError: a column is missing or of another type, an unknown kind, a value that is no finite number above 0, a
            row without a day, or a dividend without a close before it; the message names row or day.
    """
    _need(bars, "bars", {"symbol": _TEXT, "ts_event": (pl.Int64,), "close": ()})
    _need(actions, "actions", {"symbol": _TEXT, "ex_date": (pl.Date,), "kind": _TEXT, "value": ()})
    mine = bars.filter(pl.col("symbol") == symbol)
    closes = mine.select(day=days_of(mine, zone), close="close").sort("day")
    price = split = 1.0
    rows: list[tuple[date, float, float]] = []
    for ex_date, found in sorted(_by_day(actions, symbol).items(), reverse=True):
        before = closes.filter(pl.col("day") < ex_date)
        last = before["day"][-1] if before.height else date.fromordinal(ex_date.toordinal() - 1)
        shares, paid = prod(found["split"]), sum(found["dividend"])
        if paid:
            close = before["close"][-1] if before.height else None
            if close is None or not isfinite(close) or close / shares <= paid:
                found_close = "none" if close is None else f"{close} for {shares} shares" if shares != 1 else str(close)
                raise DataError(
                    f"{symbol}: expected a close above the dividend of {paid} before {ex_date}, found {found_close}; "
                    "mend one of them, or drop the dividend"
                )
            price *= 1 - paid * shares / close
        split /= shares
        # the row holds up to the day before; from there back, these actions count too
        rows.append((last, price, split))
    return _made(list(reversed(rows)))


def _by_day(actions: pl.DataFrame, symbol: str) -> dict[date, dict[str, list[float]]]:
    """Return the values of each kind of action by ex-date."""
    days: dict[date, dict[str, list[float]]] = {}
    mine = actions.with_row_index("row", 1).filter(pl.col("symbol") == symbol)
    for row, ex_date, kind, value in mine.select("row", "ex_date", "kind", "value").iter_rows():
        if ex_date is None or kind not in _KINDS or value is None or not 0 < value < inf:
            raise DataError(
                f"{symbol}: expected a split or dividend above 0 on {ex_date or 'a day'}, found {kind!r} {value!r} in "
                f"row {row} of the actions; mend or drop it"
            )
        days.setdefault(ex_date, {one: [] for one in _KINDS})[kind].append(value)
    return days


def _need(table: pl.DataFrame, word: str, columns: Mapping[str, tuple[type[pl.DataType], ...]]) -> None:
    """Refuse a table without a column or with one of another type than those; none stands for any number."""
    if not isinstance(table, pl.DataFrame):
        raise DataError(f"{word}: expected a polars table, found {type(table).__name__}")
    for name, kinds in columns.items():
        if name not in table.columns:
            raise DataError(f"{word}: expected the column {name!r}, found {', '.join(table.columns) or 'none'}")
        found = table.schema[name]
        if not (found in kinds if kinds else found.is_numeric()):
            expected = kinds[0].__name__ if kinds else "numbers"
            raise DataError(f"{word}: expected {expected} in column {name!r}, found {found}; cast the column")


def adjust(
    bars: pl.DataFrame, factors: Factors, *, dividends: bool = True, zone: str = "UTC", decimals: int | None = None
) -> pl.DataFrame:
    """Return raw bars of one instrument adjusted for all later splits, and dividends unless told otherwise.

    Args:
        bars: by any order; ``adj_close`` becomes the adjusted close.
        factors: of the instrument.
        dividends: whether the price factor counts, too.
        zone: where the days of the bars are counted.
        decimals: prices are rounded to so many; None for not at all.

    Raises:
        DataError: they are no table of bars, or of several instruments.
        ConfigurationError: there is no such zone.
    """
    return _applied(bars, factors, dividends=dividends, zone=zone, decimals=decimals, back=False)


def unadjust(
    bars: pl.DataFrame, factors: Factors, *, dividends: bool = True, zone: str = "UTC", decimals: int | None = None
) -> pl.DataFrame:
    """Return the raw bars of adjusted ones.

    With the ``decimals`` of the source prices are exactly those that ``adjust`` was given, and volumes are so up to 15
    significant digits. ``adj_close`` stays the adjusted close, as a table of raw bars has it.
    """
    return _applied(bars, factors, dividends=dividends, zone=zone, decimals=decimals, back=True)


def _applied(
    bars: pl.DataFrame, factors: Factors, *, dividends: bool, zone: str, decimals: int | None, back: bool
) -> pl.DataFrame:
    _need(bars, "bars", {"symbol": _TEXT, "ts_event": (pl.Int64,), **dict.fromkeys((*_PRICES, "volume"), ())})
    if bars["symbol"].n_unique() > 1:
        names = ", ".join(map(str, bars["symbol"].unique().sort().head(5)))
        raise DataError(f"bars: expected those of one instrument, found {names}; adjust each by itself")
    found = factors.on(days_of(bars, zone))
    split = found["split"]
    price = found["price"] * split if dividends else split

    def priced(name: str) -> pl.Series:
        value = bars[name] / price if back else bars[name] * price
        return (value if decimals is None else value.round(decimals)).alias(name)

    # times what it was divided by, a number comes back but for its last bits
    volume = (bars["volume"] * split).round_sig_figs(EXACT_DIGITS) if back else bars["volume"] / split
    made = bars.with_columns(*(priced(name) for name in _PRICES), volume.alias("volume"))
    if back or "adj_close" not in bars.columns:
        return made
    return made.with_columns(adj_close=pl.col("close"))


def days_of(bars: pl.DataFrame, zone: str) -> pl.Series:
    """Return the day of each bar: the one that ended at its time, or in which it was.

    Raises:
        ConfigurationError: there is no such zone.
    """
    moment = (bars["ts_event"] - 1).cast(pl.Datetime("ns", "UTC"))
    try:
        moment = moment.dt.convert_time_zone(zone)
    except (pl.exceptions.PolarsError, TypeError) as error:
        raise ConfigurationError(
            f"zone: expected the name of a time zone such as America/New_York, found {zone!r}", "zone"
        ) from error
    return moment.dt.date().alias("day")


def _made(rows: Sequence[tuple[date, float, float]]) -> Factors:
    schema = {"day": pl.Date, "price": pl.Float64, "split": pl.Float64}
    frame = pl.DataFrame(rows, schema=schema, orient="row").sort("day", maintain_order=True)
    # of several actions on one day the one counted last holds all of them
    return Factors(frame.unique("day", keep="first", maintain_order=True))


def numbered(path: Path, what: str) -> list[tuple[int, list[str]]]:
    """Return the lines of a small comma-separated file with their numbers.

    Raises:
        DataError: it cannot be read.
    """
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(
            f"{path}: expected {what}, found a file that cannot be read ({error}); check the path"
        ) from error
    found = [(number, line.split(",")) for number, line in enumerate(lines, 1) if line.strip()]
    if not found:
        raise DataError(f"{path}: expected {what}, found an empty file; fetch it again")
    return found


def parsed_day(text: str) -> date:
    """Return a day written as YYYYMMDD."""
    if len(text) != len("YYYYMMDD") or not (text.isascii() and text.isdigit()):
        raise ValueError(text)
    return date(int(text[:4]), int(text[4:6]), int(text[6:]))
