"""The enhancement with polars: clean, order, de-duplicate, add columns."""

import polars as pl

from allause_enhancer.config import EnhancerConfig
from allause_enhancer.exchange import Market, chosen, kept
from allause_enhancer.figures import compute
from allause_enhancer.ordering import clean, needed


def enhance(market: Market, config: EnhancerConfig) -> pl.DataFrame:
    """Return the clean rows by symbol then key, the columns to keep, and those to add.

    The formulas stand in ``allause_enhancer.columns``. An outlier is judged by the window BEFORE its row: with itself
    inside, none could lie further out than (window - 1) / sqrt(window).
    """
    names = chosen(market, config)
    ordered = clean(market, needed(market, config, names))
    return compute(ordered, market, names, config).select(*kept(market, config, names), *names)
