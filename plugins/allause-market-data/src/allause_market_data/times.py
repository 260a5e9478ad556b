"""Event times: from what a file holds to integer nanoseconds UTC.

The rules, in one place:

- A full timestamp is taken as it is; without a time zone it is UTC.
- A date alone marks the bar of that day, which ended when the day did: 00:00 UTC of the NEXT day.
- Integers of eight digits that read as YYYYMMDD are dates. Other integers count from 1970: nanoseconds in
  ``ts_event`` and ``ts_init``, elsewhere seconds, milliseconds, microseconds or nanoseconds by their magnitude.
- 3/4/1999 is read month first unless that cannot be, or ``day_first`` says so; a file in which both readings fit
  every row is refused until ``day_first`` decides.
"""

import polars as pl

from allause.exceptions import DataError

DAY_NS = 86_400_000_000_000
_EXPECTED = "a date or timestamp such as 2001-09-10 or 2001-09-10T13:30:00Z"
_CLOCKS = (
    "%Y-%m-%d %H:%M:%S%.f%z",
    "%Y-%m-%d %H:%M%z",
    "%Y/%m/%d %H:%M:%S%.f%z",
    "%Y/%m/%d %H:%M%z",
    "%Y%m%d %H:%M:%S%.f%z",
    "%Y%m%d %H:%M%z",
)
_YEARS = (1678, 2261)
# largest plausible magnitude of a count since 1970 in each unit, and its nanoseconds
_EPOCH_UNITS = ((10**11, 1_000_000_000), (10**14, 1_000_000), (10**17, 1_000), (2**63, 1))
_SMALLEST_EPOCH = 10**8


def to_nanoseconds(column: pl.Series, name: str, *, exact_ns: bool = False, day_first: bool | None = None) -> pl.Series:
    """Return the times of a column as int64 nanoseconds UTC by the rules of this module.

    Args:
        column: text, integers, dates or datetimes.
        name: the file, for messages.
        exact_ns: whether integers are nanoseconds whatever their size.
        day_first: how slash dates are written.

    Raises:
        DataError: a value is missing, unreadable or out of the range of nanoseconds; the message names the row.
    """
    _require(column, column.is_not_null(), name)
    if column.dtype == pl.String:
        return _from_text(column.str.strip_chars(), name, exact_ns=exact_ns, day_first=day_first)
    if column.dtype == pl.Date:
        return _from_dates(column, column, name)
    if isinstance(column.dtype, pl.Datetime):
        _require(column, column.dt.year().is_between(*_YEARS), name)
        return column.dt.epoch("ns").cast(pl.Int64)
    if column.dtype.is_integer():
        return _from_integers(column, name, exact_ns=exact_ns)
    raise DataError(
        f"{name}: expected dates, timestamps or integers in column {column.name!r}, found {column.dtype}; convert it"
    )


def _require(column: pl.Series, readable: pl.Series, name: str) -> None:
    bad = readable.fill_null(value=False).not_().arg_true()
    if len(bad):
        row = int(bad[0])
        raise DataError(
            f"{name}: expected {_EXPECTED} in column {column.name!r}, found {column[row]!r} in data row {row + 1} "
            f"({len(bad)} such rows); repair or remove them"
        )


def _from_text(text: pl.Series, name: str, *, exact_ns: bool, day_first: bool | None) -> pl.Series:
    if text.str.contains(r"^-?\d{1,19}$").all():
        return _from_integers(text.cast(pl.Int64, strict=False), name, exact_ns=exact_ns)
    first = text[0]
    if "/" in first and not first[:4].isdigit():
        return _from_dates(text, _slash_dates(text, name, day_first=day_first), name)
    for pattern in ("%Y-%m-%d", "%Y/%m/%d"):
        dates = text.str.to_date(pattern, strict=False)
        if dates[0] is not None:
            return _from_dates(text, dates, name)
    return _from_clocks(text, name)


def _from_dates(column: pl.Series, dates: pl.Series, name: str) -> pl.Series:
    _require(column, dates.dt.year().is_between(*_YEARS), name)
    return (dates.cast(pl.Int32).cast(pl.Int64) + 1) * DAY_NS


def _slash_dates(text: pl.Series, name: str, *, day_first: bool | None) -> pl.Series:
    by_month = text.str.to_date("%m/%d/%Y", strict=False)
    by_day = text.str.to_date("%d/%m/%Y", strict=False)
    if day_first is not None:
        return by_day if day_first else by_month
    if by_day.null_count():
        return by_month
    if by_month.null_count():
        return by_day
    if by_month.equals(by_day):
        return by_month
    raise DataError(
        f"{name}: expected dates that can be read one way, found column {text.name!r} in which both "
        "month/day/year and day/month/year fit every row; set day_first in the configuration"
    )


def _from_clocks(text: pl.Series, name: str) -> pl.Series:
    plain = text.str.replace("T", " ", literal=True).str.replace(r"\s?(Z|UTC)$", "+00:00")
    zoned = pl.when(pl.col("t").str.contains(r"\d[+-]\d\d:?\d\d$")).then("t").otherwise(pl.col("t") + "+00:00")
    plain = pl.DataFrame({"t": plain}).select(zoned).to_series()
    for pattern in _CLOCKS:
        # nanoseconds wrap silently outside 1678..2261, so the year is read in microseconds first
        coarse = plain.str.to_datetime(pattern, time_unit="us", strict=False)
        if coarse[0] is not None:
            _require(text, coarse.dt.year().is_between(*_YEARS), name)
            return plain.str.to_datetime(pattern, time_unit="ns").dt.epoch("ns").cast(pl.Int64)
    _require(text, coarse.is_not_null(), name)
    raise AssertionError("unreachable: the first row was not readable")


def _from_integers(column: pl.Series, name: str, *, exact_ns: bool) -> pl.Series:
    _require(column, column.is_not_null(), name)
    if exact_ns:
        return column.cast(pl.Int64)
    dates = column.cast(pl.String).str.to_date("%Y%m%d", strict=False)
    if column.is_between(16_780_101, 22_611_231).all() and not dates.null_count():
        return _from_dates(column, dates, name)
    largest = int(column.cast(pl.Int64).abs().max())  # type: ignore[arg-type]  # integers, not empty
    if largest < _SMALLEST_EPOCH:
        raise DataError(
            f"{name}: expected {_EXPECTED} in column {column.name!r}, found integers up to {largest}, which are "
            "neither dates nor a count from 1970; add the date"
        )
    unit = next(unit for bound, unit in _EPOCH_UNITS if largest < bound)
    return column.cast(pl.Int64) * unit
