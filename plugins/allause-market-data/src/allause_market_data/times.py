"""Event times: from what a file holds to integer nanoseconds UTC.

The rules, in one place:

- A full timestamp is taken as it is; without a time zone it is in the declared ``zone``, UTC unless told. A time that
  the change of clocks leaves out, or makes twice, is refused rather than guessed.
- A date alone marks the bar of that day, which ended when the day did: 00:00 of the NEXT day in the declared zone.
  Where a change of clocks leaves midnight out, or makes it twice, it is the moment at which that day began.
- Integers of eight digits that read as YYYYMMDD are dates. Other integers count from 1970: nanoseconds in
  ``ts_event`` and ``ts_init``, elsewhere in the declared ``unit``, or else in the longest of seconds, milliseconds,
  microseconds and nanoseconds in which they are before 2262. All of a column must be of one unit: that of its first.
  Text may have a decimal fraction of it, down to nanoseconds.
- 3/4/1999 is read month first unless that cannot be, or ``day_first`` says so; a file in which both readings fit
  every row is refused until ``day_first`` decides.
- What is decided by the first part of a file holds for the others.
"""

import re
from typing import Literal

import attrs
import polars as pl

from allause.exceptions import ConfigurationError, DataError

DAY_NS = 86_400_000_000_000
_EXPECTED = "a date or timestamp such as 2001-09-10 or 2001-09-10T13:30:00Z"
_CLOCKS = (
    "%Y-%m-%d %H:%M:%S%.f%z",
    "%Y-%m-%d %H:%M%z",
    "%Y/%m/%d %H:%M:%S%.f%z",
    "%Y/%m/%d %H:%M%z",
    "%Y%m%d %H:%M:%S%.f%z",
    "%Y%m%d %H:%M%z",
    "%Y%m%d %H%M%S%z",
    "%Y%m%d %H%M%z",
)
_OFFSET = r"\d[+-]\d\d:?\d\d$"
_COUNT = r"^-?\d{1,19}(\.\d{1,9})?$"
#: First and last year whose every moment is a count of nanoseconds in 64 bits.
YEARS = (1678, 2261)
_SMALLEST_EPOCH = 10**8
_UNITS = {"s": 1_000_000_000, "ms": 1_000_000, "us": 1_000, "ns": 1}
_DATES = (16_780_101, 22_611_231)
# a count beyond these makes no nanoseconds of 64 bits
_ENDS = {unit: (2**63 - 1) // factor for unit, factor in _UNITS.items()}


@attrs.frozen
class Habits:
    """Remember how the times of a file are written, so that all its parts are read alike.

    Attributes:
        units: what the integers of a column count: ``date``, or a unit since 1970.
        day_first: whether the dates of a column begin with the day.
    """

    units: dict[str, str] = attrs.field(factory=dict)
    day_first: dict[str, bool] = attrs.field(factory=dict)


def to_nanoseconds(
    column: pl.Series,
    name: str,
    *,
    exact_ns: bool = False,
    day_first: bool | None = None,
    zone: str | None = None,
    unit: str | None = None,
    first_row: int = 1,
    habits: Habits | None = None,
) -> pl.Series:
    """Return the times of a column as int64 nanoseconds UTC by the rules of this module.

    Args:
        column: text, integers, dates or datetimes.
        name: the file, for messages.
        exact_ns: whether integers are nanoseconds whatever their size.
        day_first: how slash dates are written.
        zone: the time zone of times that name none, such as ``America/New_York``; UTC unless told.
        unit: what integers count since 1970: ``s``, ``ms``, ``us`` or ``ns``; decided by their size unless told.
        first_row: number of the first row in the file, for messages.
        habits: of the file, which are kept from one part to the next.

    Raises:
        DataError: a value is missing, unreadable or out of the range of nanoseconds; the message names the row.
    """
    reading = _Reading(column, name, zone, unit, first_row, habits or Habits())
    reading.require(column.is_not_null())
    if column.dtype == pl.String:
        return reading.from_text(column.str.strip_chars(), exact_ns=exact_ns, day_first=day_first)
    if column.dtype == pl.Date:
        return reading.from_dates(column)
    if isinstance(column.dtype, pl.Datetime):
        reading.require(column.dt.year().is_between(*YEARS))
        return reading.in_zone(column) if column.dtype.time_zone is None else column.dt.epoch("ns").cast(pl.Int64)
    if column.dtype.is_integer():
        return reading.from_integers(column, exact_ns=exact_ns)
    raise DataError(
        f"{name}: expected dates, timestamps or integers in column {column.name!r}, found {column.dtype}; convert it"
    )


@attrs.frozen
class _Reading:
    """Hold a column and what is declared about it."""

    column: pl.Series
    name: str
    zone: str | None
    unit: str | None
    first_row: int
    habits: Habits

    def require(self, readable: pl.Series, expected: str = _EXPECTED) -> None:
        bad = readable.fill_null(value=False).not_().arg_true()
        if len(bad):
            row = int(bad[0])
            raise DataError(
                f"{self.name}: expected {expected} in column {self.column.name!r}, found {self.column[row]!r} in data "
                f"row {row + self.first_row} ({len(bad)} such rows); repair or remove them"
            )

    def from_text(self, text: pl.Series, *, exact_ns: bool, day_first: bool | None) -> pl.Series:
        first = text[0]
        if re.match(_COUNT, first):
            self.require(text.str.contains(_COUNT), "counts since 1970 or dates without marks like the first")
            if not text.str.contains(".", literal=True).any():
                return self.from_integers(text.cast(pl.Int64, strict=False), exact_ns=exact_ns)
            return self._from_fractions(text, exact_ns=exact_ns)
        if "/" in first and not first[:4].isdigit():
            if " " not in first:
                return self.from_dates(self._slash_dates(text, day_first=day_first))
            dates = self._slash_dates(text.str.extract(r"^(\S+) "), day_first=day_first)
            self.require(dates.is_not_null())
            text = dates.cast(pl.String) + text.str.extract(r"( .*)$")
        for pattern in ("%Y-%m-%d", "%Y/%m/%d"):
            dates = text.str.to_date(pattern, strict=False)
            if dates[0] is not None:
                return self.from_dates(dates)
        return self._from_clocks(text)

    def from_dates(self, dates: pl.Series) -> pl.Series:
        self.require(dates.dt.year().is_between(*YEARS))
        ends = (dates.cast(pl.Int32) + 1).cast(pl.Date).cast(pl.Datetime("ns"))
        if self.zone in {None, "UTC"}:
            return self.in_zone(ends)
        found = self._zoned(ends, "earliest")
        if found.null_count():  # clocks skip midnight: the day ends twelve hours after its noon
            noons = self._zoned(ends.dt.offset_by("-12h"), "earliest")
            found = found.zip_with(found.is_not_null(), noons + DAY_NS // 2)
        return found

    def in_zone(self, local: pl.Series) -> pl.Series:
        """Return wall-clock times of the declared zone as nanoseconds UTC."""
        local = local.cast(pl.Datetime("ns"))
        if self.zone in {None, "UTC"}:
            return local.dt.epoch("ns").cast(pl.Int64)
        zoned = self._zoned(local, "null")
        self.require(zoned.is_not_null(), f"times that {self.zone} has exactly once")
        return zoned

    def _zoned(self, local: pl.Series, ambiguous: Literal["earliest", "null"]) -> pl.Series:
        try:
            zoned = local.dt.replace_time_zone(self.zone, ambiguous=ambiguous, non_existent="null")
        except pl.exceptions.PolarsError:
            raise ConfigurationError(
                f"{self.name}: expected the name of a time zone such as America/New_York, found {self.zone!r}", "zone"
            ) from None
        return zoned.dt.epoch("ns").cast(pl.Int64)

    def _slash_dates(self, text: pl.Series, *, day_first: bool | None) -> pl.Series:
        by_month = text.str.to_date("%m/%d/%Y", strict=False)
        by_day = text.str.to_date("%d/%m/%Y", strict=False)
        known = self.habits.day_first
        if day_first is None and (by_day.null_count() or by_month.null_count()):
            known.setdefault(text.name, by_day.null_count() == 0)
        day_first = known.get(text.name) if day_first is None else day_first
        if day_first is not None:
            return by_day if day_first else by_month
        if by_month.equals(by_day):
            return by_month
        raise DataError(
            f"{self.name}: expected dates that can be read one way, found column {text.name!r} in which both "
            "month/day/year and day/month/year fit every row; set day_first in the configuration"
        )

    def _from_fractions(self, text: pl.Series, *, exact_ns: bool) -> pl.Series:
        counts = self.from_integers(text.str.extract(r"^(-?\d+)").cast(pl.Int64, strict=False), exact_ns=exact_ns)
        unit = "ns" if exact_ns else self.unit or self.habits.units[text.name]
        factor = _UNITS.get(unit, 1)  # of dates there are no parts
        billionths = text.str.extract(r"\.(\d+)$").fill_null("0").str.pad_end(9, "0").cast(pl.Int64)
        parts = billionths * factor
        most = 2**63 - 1 - factor
        self.require(
            (parts % _UNITS["s"] == 0) & counts.is_between(-most, most), f"parts of {unit} down to nanoseconds"
        )
        sign = 1 - 2 * text.str.starts_with("-").cast(pl.Int64)
        return counts + sign * (parts // _UNITS["s"])

    def _from_clocks(self, text: pl.Series) -> pl.Series:
        plain = text.str.replace("T", " ", literal=True).str.replace(r"\s?(Z|UTC)$", "+00:00")
        zoned = plain.str.contains(_OFFSET)
        if not zoned.all():
            plain = plain.str.replace(r"(:\d\d(\.\d+)?[+-]\d\d)$", "${1}00")  # an offset of hours alone
            zoned = plain.str.contains(_OFFSET)
        if self.zone not in {None, "UTC"} and not zoned.all():
            return self._local_clocks(plain, zoned)
        if not zoned.all():
            plain = plain.zip_with(zoned, plain + "+00:00")
        for pattern in _CLOCKS:
            # nanoseconds wrap silently outside 1678..2261, so the year is read in microseconds first
            coarse = plain.str.to_datetime(pattern, time_unit="us", strict=False)
            if coarse[0] is not None:
                self.require(coarse.dt.year().is_between(*YEARS))
                return plain.str.to_datetime(pattern, time_unit="ns").dt.epoch("ns").cast(pl.Int64)
        self.require(coarse.is_not_null())
        raise AssertionError("unreachable: the first row was not readable")

    def _local_clocks(self, plain: pl.Series, zoned: pl.Series) -> pl.Series:
        self.require(zoned.not_(), f"times that all name a zone, or none and so are of {self.zone},")
        for pattern in _CLOCKS:
            local = pattern.removesuffix("%z")
            coarse = plain.str.to_datetime(local, time_unit="us", strict=False)
            if coarse[0] is not None:
                self.require(coarse.dt.year().is_between(*YEARS))
                return self.in_zone(plain.str.to_datetime(local, time_unit="ns"))
        self.require(coarse.is_not_null())
        raise AssertionError("unreachable: the first row was not readable")

    def from_integers(self, column: pl.Series, *, exact_ns: bool) -> pl.Series:
        column = column.cast(pl.Int64, strict=False)
        unit = "ns" if exact_ns else self.unit
        self.require(column.is_not_null(), f"a count of {unit or 'time'} since 1970 before {YEARS[1] + 1}")
        if exact_ns:
            return column
        if self.unit is not None:
            end = _ENDS[self.unit]
            self.require(column.is_between(-end, end), f"a count of {unit} since 1970 before {YEARS[1] + 1}")
            return column * _UNITS[self.unit]
        known = self.habits.units.get(column.name)
        if known == "date" or (known is None and column.is_between(*_DATES).all()):
            dates = column.cast(pl.String).str.to_date("%Y%m%d", strict=False)
            if known or not dates.null_count():
                self.habits.units[column.name] = "date"
                self.require(dates.is_not_null(), "a date such as 20010910 as in the rows before")
                return self.from_dates(dates)
        self.require(column != -(2**63))  # the one without a magnitude
        return self._from_counts(column, known)

    def _from_counts(self, column: pl.Series, known: str | None) -> pl.Series:
        sizes = column.abs()
        largest = int(sizes.max())  # type: ignore[arg-type]  # integers, not empty
        if known is None and largest < _SMALLEST_EPOCH:
            raise DataError(
                f"{self.name}: expected {_EXPECTED} in column {column.name!r}, found integers up to {largest}, which "
                "are neither dates nor a count from 1970; add the date"
            )
        unit = known or next(unit for unit, end in _ENDS.items() if sizes[0] <= end)
        self.habits.units[column.name] = unit
        below = max((end for end in _ENDS.values() if end < _ENDS[unit]), default=-1)
        self.require(
            sizes.is_between(below, _ENDS[unit], closed="right"),
            f"counts of {unit} since 1970 like the first, or the setting time_unit,",
        )
        return column * _UNITS[unit]


def within(rows: pl.LazyFrame, start: int | None, end: int | None) -> pl.LazyFrame:
    """Keep the rows with ``start <= ts_event < end``."""
    if start is not None:
        rows = rows.filter(pl.col("ts_event") >= start)
    if end is not None:
        rows = rows.filter(pl.col("ts_event") < end)
    return rows
