"""Follow an instrument through changes of its ticker, and keep out the company that had the ticker before."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import attrs
import polars as pl

from allause.exceptions import DataError
from allause_market_data.adjusting import days_of, numbered, parsed_day

_LEAST_FIELDS = 2


@attrs.frozen
class Span:
    """Hold the days, both included, on which an instrument had a ticker."""

    ticker: str
    first: date
    last: date


@attrs.frozen
class Identity:
    """Hold the tickers of one instrument, oldest first.

    Attributes:
        name: its latest ticker.
        spans: the tickers and their days; the first begins when the instrument was listed.
    """

    name: str
    spans: tuple[Span, ...]

    def ticker_on(self, day: date) -> str | None:
        """Return the ticker on a day; None before the instrument was listed."""
        return next((span.ticker for span in self.spans if span.first <= day <= span.last), None)

    def stitch(self, bars: Mapping[str, pl.DataFrame], *, zone: str = "UTC") -> pl.DataFrame:
        """Return the rows of the instrument under its latest ticker, from tables by ticker.

        Rows of a ticker outside the days the instrument had it belong to others and are left out.

        Raises:
            DataError: no table is of any of its tickers.
        """
        parts = []
        for span in self.spans:
            if span.ticker in bars:
                table = bars[span.ticker]
                day = days_of(table, zone)
                parts.append(table.filter((day >= span.first) & (day <= span.last)))
        if not parts:
            tickers = ", ".join(dict.fromkeys(span.ticker for span in self.spans))
            raise DataError(f"{self.name}: expected rows of {tickers}, found those of {', '.join(bars) or 'none'}")
        return pl.concat(parts).with_columns(symbol=pl.lit(self.name)).sort("ts_event", maintain_order=True)


def read_map(path: Path) -> Identity:
    """Read a Lean map file: the last day of each ticker; the first row's day is that of the listing.

    Raises:
        DataError: it is none; the message names the line.
    """
    rows: list[tuple[date, str]] = []
    for number, fields in numbered(path, "a Lean map file"):
        try:
            day = parsed_day(fields[0])
        except ValueError:
            day = None
        if day is None or len(fields) < _LEAST_FIELDS or not fields[1] or (rows and day < rows[-1][0]):
            raise DataError(
                f"{path}: expected a day, not before the last, and a ticker in line {number}, found "
                f"{','.join(fields)[:80]!r}; fetch it again"
            )
        rows.append((day, fields[1].upper()))
    if len(rows) < _LEAST_FIELDS:
        raise DataError(
            f"{path}: expected the day of the listing and at least one ticker, found one line; fetch it again"
        )
    first = rows[0][0]
    spans = []
    for day, ticker in rows[1:]:
        spans.append(Span(ticker, first, day))
        first = date.fromordinal(min(day.toordinal() + 1, date.max.toordinal()))
    return Identity(spans[-1].ticker, tuple(spans))
