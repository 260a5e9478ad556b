"""The enhancement with polars: clean, order, de-duplicate, add columns."""

import polars as pl

from allause_enhancer.config import EnhancerConfig
from allause_enhancer.tables.exchange import Market, chosen, kept
from allause_enhancer.tables.figures import compute
from allause_enhancer.tables.larger import bars_of
from allause_enhancer.tables.ordering import clean, needed


def enhance(market: Market, config: EnhancerConfig) -> pl.DataFrame:
    """Return the clean rows by symbol then key, the columns to keep, and those to add.

    The formulas stand in ``allause_enhancer.columns``. An outlier is judged by the window BEFORE its row: with itself
    inside, none could lie further out than (window - 1) / sqrt(window).
    """
    return enhance_with_bars(market, config, bars=False)[0]


def enhance_with_bars(
    market: Market, config: EnhancerConfig, *, bars: bool
) -> tuple[pl.DataFrame, pl.DataFrame | None]:
    """Return the enhanced rows and the larger bars by time, of rows moved into order once."""
    names = chosen(market, config)
    keep = kept(market, config, names)
    more = ["symbol", "ts_init"] if bars else []
    ordered = clean(market, list(dict.fromkeys([*needed(market, config, names), *more])))
    made = bars_of(ordered, market, config.bar_interval_ns) if bars else None
    return compute(ordered, market, names, config).select(*keep, *names), made
