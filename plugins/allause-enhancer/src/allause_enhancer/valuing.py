"""Implied volatility and greeks among the columns chosen: valued when an engine is through with the rows.

A figure depends on its own row alone, so that every engine and any chunking gives the same.
"""

import attrs
import polars as pl

from allause_enhancer.config import EnhancerConfig
from allause_enhancer.options import GREEKS, READ, greeks
from allause_enhancer.tables.exchange import Market, kept


@attrs.frozen
class Valuing:
    """Know what an engine shall do, and what is left to do then.

    Attributes:
        config: for the engine: the other columns, and all that is read here kept.
        whole: what was asked for.
        answer: names of the columns of the answer, in order; empty where nothing is to be valued.
    """

    config: EnhancerConfig
    whole: EnhancerConfig
    answer: tuple[str, ...] = ()

    @classmethod
    def of(cls, market: Market, config: EnhancerConfig) -> "Valuing":
        """Share the work on rows.

        Raises:
            DataError: options are to be valued, and scipy is not installed or the rows are none of options.
        """
        names = tuple(dict.fromkeys(config.columns or ()))
        if not set(names) & set(GREEKS):
            return cls(config, config)
        keep = kept(market, config, names)
        read = (*keep, *(name for name in READ if name in market.frame.columns))
        others = tuple(name for name in names if name not in GREEKS)
        inner = attrs.evolve(config, columns=others, keep=tuple(dict.fromkeys(read)))
        made = cls(inner, config, (*keep, *names))
        made.added(market.frame.clear().with_columns(pl.lit(None).alias(name) for name in others))
        return made

    def added(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return the engine's answer with what is left to add."""
        if not self.answer:
            return frame
        whole = self.whole
        chosen = [name for name in self.answer if name in GREEKS and name in (whole.columns or ())]
        valued = greeks(frame, rate=whole.rate, dividend=whole.dividend, zone=whole.expiry_zone, chosen=chosen)
        return valued.select(self.answer)
