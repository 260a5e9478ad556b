"""Decide what is wrong with each row, by cause.

A row counts once, under the first cause that applies in the order of ``DefectCause``:

- ``duplicate``: a bar whose (symbol, ts_event) stood in an earlier row; a trade or quote equal to an earlier row of
  the file in every column, those not served included.
- ``disorder``: its ts_event lies before that of an earlier row of its symbol. Such a row loses nothing by being put in
  its place, and is served there unless it has another defect; the rows of every other cause are left out.
- ``non_finite``: a price, volume or size that is missing, not a number or infinite; a missing adj_close is none, nor is
  a column that the file does not have.
- ``negative_price``: a price that is zero or negative, or a volume or size that is negative.
- ``impossible_bar``: high below open or close, or low above one of them (and so high below low).
- ``crossed_quote``: bid above ask; equal ones are locked, which happens.
- ``time_reversed``: ts_init before ts_event.
- ``gap``: of bars only, between two served rows of a symbol: for daily bars (median step one day) more than four days,
  otherwise more than five median steps. It lies between rows and spoils none.
"""

from collections.abc import Mapping, Sequence

import polars as pl

from allause.models import DefectCause
from allause_market_data.times import DAY_NS

_PRICES = ("open", "high", "low", "close", "price", "bid", "ask")
_SIZES = ("volume", "size", "bid_size", "ask_size")
_LONGEST_DAILY_STEP_NS = 4 * DAY_NS
_LONGEST_STEP_IN_MEDIANS = 5


def mark(frame: pl.DataFrame, present: Mapping[str, str], repeated: pl.Series) -> pl.DataFrame:
    """Add the columns ``defect`` (the cause counted, or null) and ``served``.

    Args:
        frame: canonical columns in the order of the file.
        present: the canonical columns that the file has.
        repeated: whether the row is a duplicate.
    """
    late = (pl.col("ts_event") < pl.col("ts_event").cum_max().over("symbol")).alias(DefectCause.DISORDER)
    causes = [repeated.alias(DefectCause.DUPLICATE), late, *_value_causes(frame.columns, present)]
    flags = frame.select(causes)
    defect = pl.coalesce(pl.when(pl.col(name)).then(pl.lit(name)) for name in flags.columns)
    spoiled = pl.any_horizontal(name for name in flags.columns if name != DefectCause.DISORDER)
    return frame.with_columns(flags.select(defect.alias("defect"), spoiled.not_().alias("served")))


def _value_causes(columns: Sequence[str], present: Mapping[str, str]) -> list[pl.Expr]:
    prices = [pl.col(name) for name in _PRICES if name in columns]
    sizes = [pl.col(name) for name in _SIZES if name in present]
    finite = [value.is_finite() for value in prices + sizes]
    if "adj_close" in present:
        finite.append(pl.col("adj_close").is_infinite().not_())
    causes = [
        pl.all_horizontal(finite).not_().alias(DefectCause.NON_FINITE),
        pl.any_horizontal([*(price <= 0 for price in prices), *(size < 0 for size in sizes)]).alias(
            DefectCause.NEGATIVE_PRICE
        ),
    ]
    if "high" in columns:
        above = pl.col("high") < pl.max_horizontal("open", "close")
        below = pl.col("low") > pl.min_horizontal("open", "close")
        causes.append((above | below).alias(DefectCause.IMPOSSIBLE_BAR))
    if "bid" in columns:
        causes.append((pl.col("bid") > pl.col("ask")).alias(DefectCause.CROSSED_QUOTE))
    causes.append((pl.col("ts_init") < pl.col("ts_event")).alias(DefectCause.TIME_REVERSED))
    return causes


def count_gaps(bars: pl.DataFrame) -> int:
    """Count the gaps between the served rows of each symbol in ``bars``."""
    served = bars.filter("served").sort("symbol", "ts_event")
    steps = served.select("symbol", step=pl.col("ts_event").diff().over("symbol")).drop_nulls()
    median = pl.col("step").median().over("symbol")
    longest = pl.when(median == DAY_NS).then(_LONGEST_DAILY_STEP_NS).otherwise(median * _LONGEST_STEP_IN_MEDIANS)
    return int(steps.select((pl.col("step") > longest).sum()).item())
