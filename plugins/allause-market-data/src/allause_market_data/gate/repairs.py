"""The repairs: each a definite rule, and the row keeps its flag.

- ``disorder``: put in its place by ``ts_event``, as every row that is served.
- ``clock_skew``: ``ts_init`` moved later, for all rows of the symbol alike, by the least that puts none before its
  event.
- ``time_reversed``: ``ts_init`` set to ``ts_event``.
- ``impossible_bar``: high and low widened to enclose open and close.
- ``one_sided``: the absent side carried over from the last quote of the symbol that had it.
"""

from collections.abc import Set as AbstractSet

import polars as pl

from allause_market_data.gate.causes import Cause
from allause_market_data.reading import Batch, Schema

_SIDES = ("bid", "ask", "bid_size", "ask_size")


def repaired(frame: pl.DataFrame, batch: Batch, mend: AbstractSet[Cause]) -> pl.DataFrame:
    """Return the rows with those mended that have a cause in ``mend``.

    Args:
        frame: rows with ``flags``.
        batch: that they are from.
        mend: the causes to repair.
    """
    wanted = [cause for cause in mend if cause is not Cause.DISORDER]
    if not wanted or not ((frame["flags"] & sum(cause.bit for cause in wanted)) != 0).any():
        return frame
    if Cause.CLOCK_SKEW in mend:
        lead = pl.when(_has(Cause.CLOCK_SKEW)).then(pl.col("ts_event") - pl.col("ts_init")).max().over("symbol")
        frame = frame.with_columns(pl.col("ts_init") + lead.fill_null(0))
    if Cause.TIME_REVERSED in mend:
        later = pl.when(_has(Cause.TIME_REVERSED)).then(pl.max_horizontal("ts_init", "ts_event"))
        frame = frame.with_columns(ts_init=later.otherwise("ts_init"))
    if Cause.IMPOSSIBLE_BAR in mend and batch.schema is Schema.BAR:
        bad = _has(Cause.IMPOSSIBLE_BAR)
        prices = [pl.col(name) for name in ("open", "high", "low", "close")]
        frame = frame.with_columns(
            high=pl.when(bad).then(pl.max_horizontal(prices)).otherwise("high"),
            low=pl.when(bad).then(pl.min_horizontal(prices)).otherwise("low"),
        )
    if Cause.ONE_SIDED in mend and {"bid", "ask"} <= set(frame.columns):
        carried = [pl.col(name).fill_nan(None).forward_fill().over("symbol").fill_null(float("nan")) for name in _SIDES]
        bad = _has(Cause.ONE_SIDED)
        frame = frame.with_columns(
            pl.when(bad).then(value).otherwise(name).alias(name) for name, value in zip(_SIDES, carried, strict=True)
        )
    return frame


def _has(cause: Cause) -> pl.Expr:
    return (pl.col("flags") & cause.bit) != 0
