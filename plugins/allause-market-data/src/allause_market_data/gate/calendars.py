"""How long an exchange was open between two moments; the extra ``calendars`` brings the calendars."""

import warnings
from collections.abc import Callable
from typing import Any

import polars as pl

from allause.exceptions import ConfigurationError
from allause_market_data.gate.settings import DAY_NS

ALWAYS = "24/7"


class Sessions:
    """Answer questions about the sessions of an exchange within a span of time."""

    def __init__(self, name: str, first: int, last: int) -> None:
        self.name = name
        self.zone = "UTC"
        if name == ALWAYS:
            days = range(first // DAY_NS, last // DAY_NS + 1)
            self.days = pl.Series("day", list(days), dtype=pl.Int32).cast(pl.Date)
            self.opens = self.days.cast(pl.Datetime("ns")).dt.epoch("ns").cast(pl.Int64)
            self.closes = self.opens + DAY_NS
            return
        calendar = _found(name)(start=_day(first - 7 * DAY_NS), end=_day(last + 7 * DAY_NS))
        self.zone = str(calendar.tz)
        self.days = pl.Series("day", [day.date() for day in calendar.sessions], dtype=pl.Date)
        self.opens, self.closes = (
            pl.Series("t", [when.as_unit("ns").value for when in moments], dtype=pl.Int64)
            for moments in (calendar.opens, calendar.closes)
        )

    def day_of(self, ts: pl.Series) -> pl.Series:
        """Return the day that ended at ``ts`` or during which it was, where the exchange is."""
        moment = (ts - 1).cast(pl.Datetime("ns", "UTC")).dt.convert_time_zone(self.zone)
        return moment.dt.date()

    def missing(self, present: pl.Series) -> pl.Series:
        """Return the sessions between the first and last day of ``present`` that are not in it."""
        first, last = present.min(), present.max()
        within = self.days.filter((self.days >= first) & (self.days <= last))
        return within.filter(~within.is_in(present.implode()))

    def open_ns(self, ts: pl.Series) -> pl.Series:
        """Return for how long the exchange had been open at each moment, counted from the first session."""
        lengths = self.closes - self.opens
        before = pl.concat([pl.Series([0], dtype=pl.Int64), lengths.cum_sum()])
        session = self.opens.search_sorted(ts, side="right").cast(pl.Int64) - 1
        known = session.clip(lower_bound=0).cast(pl.UInt32)
        inside = pl.select(
            pl.min_horizontal((ts - self.opens.gather(known)).clip(lower_bound=0), lengths.gather(known))
        ).to_series()
        return before.gather(known) + inside


def _day(ts: int) -> str:
    return str(pl.Series([ts]).cast(pl.Datetime("ns")).dt.date()[0])


def _found(name: str) -> Callable[..., Any]:
    try:
        import exchange_calendars  # type: ignore[import-untyped]  # noqa: PLC0415 - an extra
    except ImportError:
        raise ConfigurationError(
            f"calendar: expected the calendars of exchanges to be installed for {name!r}, found none; "
            "install them with: pip install 'allause-market-data[calendars]', "
            "or in a checkout './plugins/allause-market-data[calendars]'",
            "calendar",
        ) from None
    known = exchange_calendars.get_calendar_names(include_aliases=True)
    if name not in known:
        raise ConfigurationError(
            f"calendar: expected the MIC of an exchange such as XNYS, or 24/7, found {name!r}", "calendar"
        )

    def calendar(**span: str) -> Any:
        with warnings.catch_warnings():
            # the library calls what pandas will change; nothing a user could mend
            warnings.simplefilter("ignore", DeprecationWarning)
            warnings.simplefilter("ignore", PendingDeprecationWarning)
            warnings.simplefilter("ignore", FutureWarning)
            return exchange_calendars.get_calendar(name, **span)

    return calendar
