"""A column of days and a column of clock times, made one of moments."""

from collections.abc import Mapping

import polars as pl

from allause_market_data.columns import candidates

_CLOCK = r"^\s*(\d{1,2}:\d\d|\d{4}$|\d{6}$)"


def joined(raw: pl.DataFrame, overrides: Mapping[str, str]) -> pl.DataFrame:
    """Return the columns with ``Date`` and ``Time``, where these two tell the moment, as one; else as they are.

    Args:
        raw: under the names of the file.
        overrides: the file's column for a canonical one; a time that is chosen there is left alone.
    """
    found = [] if "ts_event" in overrides else candidates("ts_event", raw.columns)
    by_name = {name.strip().casefold(): name for name in found}
    if len(found) != 2 or by_name.keys() != {"date", "time"}:  # noqa: PLR2004 - a pair
        return raw
    day, clock = (raw[by_name[name]] for name in ("date", "time"))
    if day.dtype == pl.Date and clock.dtype == pl.Time:
        moment = pl.col(day.name).dt.combine(pl.col(clock.name), "ns")
    elif day.dtype == clock.dtype == pl.String and clock.head(1).str.contains(_CLOCK).any():
        moment = pl.concat_str(pl.col(day.name, clock.name).str.strip_chars(), separator=" ")
    else:
        return raw
    return raw.select(moment.alias(f"{day.name} {clock.name}"), pl.exclude(day.name, clock.name))
