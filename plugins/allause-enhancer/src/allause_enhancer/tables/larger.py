"""Larger bars of rows: by time, by number of rows, by volume, by turnover."""

from enum import StrEnum

import polars as pl
from polars.dataframe.group_by import GroupBy

from allause_enhancer.records import BARS
from allause_enhancer.tables.exchange import Market
from allause_enhancer.tables.figures import prices
from allause_enhancer.tables.ordering import CODE, clean


class By(StrEnum):
    """Name what fills a bar."""

    TIME = "time"
    TICK = "tick"
    VOLUME = "volume"
    DOLLAR = "dollar"


def larger_bars(market: Market, size: float, by: By = By.TIME) -> pl.DataFrame:
    """Return bars made of the clean rows, by symbol then ``ts_event``.

    By time: a row belongs to the interval of ``size`` nanoseconds in which it ended, its end included; intervals start
    at multiples of their length from 1970. ``ts_event`` is the interval's end. By number of rows, by volume or by
    turnover (volume x typical price): a row belongs to the bar number floor(sum before it / ``size``), so that it is
    never split; ``ts_event`` is that of the bar's last row. ``ts_init`` is the latest of its rows, never before
    ``ts_event``. ``vwap`` is over the bar's typical prices and null without volume; ``rows`` counts what a bar is made
    of. The last bar of a symbol may be unfinished.

    Raises:
        ValueError: ``size`` is so small that the number of a bar is beyond 64 bits.
    """
    return bars_of(clean(market), market, size, by)


def bars_of(ordered: pl.DataFrame, market: Market, size: float, by: By = By.TIME) -> pl.DataFrame:
    """Return bars made of rows that are clean and in order."""
    price = prices(market)
    adjusted = pl.col("adj_close") if market.shape == BARS else pl.lit(float("nan"))
    names = ("open", "high", "low", "t", "v", "typical")
    rows = ordered.select(
        CODE,
        "symbol",
        "ts_event",
        "ts_init",
        adjusted.alias("adjusted"),
        *(price[name].alias("_" + name) for name in names),
    )
    rows = rows.with_columns(_bar(size, by).alias("bar"), (pl.col("_v") * pl.col("_typical")).alias("_value"))
    if rows["bar"].has_nulls():
        raise ValueError(f"size: expected a size that makes fewer than 2^63 bars by {by}, found {size!r}")
    volume, value = pl.col("_v").sum(), pl.col("_value").sum()
    made = _grouped(rows).agg(
        pl.col("bar").first(),
        pl.col("symbol").first(),
        pl.col("ts_event").max(),
        pl.col("ts_init").max(),
        pl.col("_open").first().alias("open"),
        pl.col("_high").max().alias("high"),
        pl.col("_low").min().alias("low"),
        pl.col("_t").last().alias("close"),
        volume.alias("volume"),
        pl.col("adjusted").last().alias("adj_close"),
        pl.when(volume > 0).then(value / volume).alias("vwap"),
        pl.len().cast(pl.Int64).alias("rows"),
    )
    end = pl.col("bar") if by is By.TIME else pl.col("ts_event")
    return made.with_columns(end.alias("ts_event")).select(
        "symbol",
        "ts_event",
        pl.max_horizontal("ts_init", "ts_event").alias("ts_init"),
        *("open", "high", "low", "close", "volume", "adj_close", "vwap", "rows"),
    )


def _grouped(rows: pl.DataFrame) -> GroupBy:
    """Return the rows grouped by symbol and bar: where no bar comes again, by runs, which takes no table of groups."""
    code, bar = pl.col(CODE), pl.col("bar")
    same = code == code.shift()
    if rows.select((same & (bar < bar.shift())).any()).item():
        return rows.group_by(CODE, bar.alias("of"), maintain_order=True)
    begins = (same & (bar == bar.shift())).fill_null(value=False).not_()
    return rows.group_by(begins.cum_sum().set_sorted().alias("of"), maintain_order=True)


def _bar(size: float, by: By) -> pl.Expr:
    if by is By.TIME:
        return -((-pl.col("ts_event")) // size) * size
    if by is By.TICK:
        return (pl.int_range(pl.len()) // size).cast(pl.Int64, strict=False).over(CODE)
    filled = pl.col("_v") if by is By.VOLUME else pl.col("_v") * pl.col("_typical")
    return (filled.cum_sum().shift(fill_value=0.0) // size).cast(pl.Int64, strict=False).over(CODE)
