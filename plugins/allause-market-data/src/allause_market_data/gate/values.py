"""Defects a row has by itself: its values and its two times."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import reduce
from operator import add, or_

import attrs
import polars as pl
import polars.selectors as cs

from allause_market_data.gate.causes import Cause
from allause_market_data.gate.settings import Bounds
from allause_market_data.reading import Batch, Schema

PRICES = ("open", "high", "low", "close", "price", "bid", "ask")
_SIZES = ("volume", "size", "bid_size", "ask_size")
_BAR = frozenset({"open", "high", "low", "close"})
_ALWAYS = frozenset({"symbol", "ts_event", "ts_init"})
_UNCHAINED = "previous_id"  # not every venue tells it, and the first update follows on none
_LEVEL = frozenset({"side", "price", "size"})


def stated(batch: Batch) -> Batch:
    """Return the batch with every null number NaN, but of a level of depth: a message without levels has none.

    A null is neither above nor below anything, so that no rule would see it; what reads a file may leave one all the
    same.
    """
    if batch.schema is Schema.DEPTH or not any(map(pl.Series.null_count, batch.frame.select(cs.float()))):
        return batch
    return attrs.evolve(batch, frame=batch.frame.with_columns(cs.float().fill_null(float("nan"))))


def named(batch: Batch) -> Batch:
    """Return the batch with an empty symbol for each that is null, as rows are counted by their symbol."""
    if not batch.frame["symbol"].null_count():
        return batch
    return attrs.evolve(batch, frame=batch.frame.with_columns(pl.col("symbol").fill_null("")))


def dated(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with a time for each that has none, that of the row before, for rules that compare rows."""
    if not frame["ts_event"].null_count():
        return frame
    return frame.with_columns(pl.col("ts_event").forward_fill().backward_fill().fill_null(0))


def flags(frame: pl.DataFrame, schema: Schema, told: frozenset[str], bounds: Bounds) -> pl.Series:
    """Return the bits of each row's own defects.

    Args:
        frame: the rows.
        schema: of the rows.
        told: the columns that the file has.
        bounds: beyond which something is wrong.
    """
    empty = [name for name in schema.columns if name in told | _ALWAYS and frame[name].null_count()]
    causes = dict(_causes(schema, told, bounds, empty))
    # most rows have none, and to see that takes a tenth of putting bits together
    index = frame.select(pl.any_horizontal(_doubts(schema, told, causes)).fill_null(value=True)).to_series().arg_true()
    bits = [
        pl.when(found).then(pl.lit(cause.bit, dtype=pl.UInt32)).otherwise(pl.lit(0, dtype=pl.UInt32))
        for cause, found in causes.items()
    ]
    nothing = pl.zeros(frame.height, dtype=pl.UInt32, eager=True).alias("flags")
    if not len(index):
        return nothing
    ill = frame if len(index) == frame.height else frame[index]
    return nothing.scatter(index, ill.select(reduce(or_, bits)).to_series())


def _doubts(schema: Schema, told: frozenset[str], causes: Mapping[Cause, pl.Expr]) -> list[pl.Expr]:
    """Return what holds, one or the other, of all rows with a defect and few others, in as few looks as may be."""
    if schema is not Schema.BAR or not told >= _BAR:
        return list(causes.values())
    open_, high, low, close = (pl.col(name) for name in ("open", "high", "low", "close"))
    # where no price is below low, low alone can be 0 or less
    doubts = [high < open_, high < close, low > open_, low > close, low <= 0]
    if "volume" in told:
        doubts.append(pl.col("volume") < 0)
    seen = (Cause.IMPOSSIBLE_BAR, Cause.NEGATIVE_PRICE, Cause.ZERO_PRICE)
    return doubts + [found for cause, found in causes.items() if cause not in seen]


def _causes(
    schema: Schema, told: frozenset[str], bounds: Bounds, empty: Sequence[str]
) -> Iterator[tuple[Cause, pl.Expr]]:
    columns = set(schema.columns) & told
    yield Cause.NON_FINITE, pl.any_horizontal(_non_finite(schema, columns), *_missing(schema, empty))
    if schema is not Schema.OBSERVATION:
        prices = [pl.col(name) for name in PRICES if name in columns]
        sizes = [pl.col(name) for name in _SIZES if name in columns]
        # NaN compares as the largest number: not below, and so no second defect
        if prices or sizes:
            yield Cause.NEGATIVE_PRICE, pl.any_horizontal(value < 0 for value in prices + sizes)
        if prices:
            yield Cause.ZERO_PRICE, pl.any_horizontal(price == 0 for price in prices)
    if schema is Schema.BAR:
        high, low = pl.col("high"), pl.col("low")
        above = (high < pl.col("open")) | (high < pl.col("close"))
        below = (low > pl.col("open")) | (low > pl.col("close"))
        solid = reduce(add, (pl.col(name) for name in ("open", "high", "low", "close"))).is_not_nan()
        yield Cause.IMPOSSIBLE_BAR, (above | below) & solid
    if {"bid", "ask"} <= columns:
        bid, ask = pl.col("bid"), pl.col("ask")
        both = bid.is_not_nan() & ask.is_not_nan()
        yield Cause.ONE_SIDED, bid.is_nan() ^ ask.is_nan()
        yield Cause.CROSSED_QUOTE, (bid > ask) & both
        yield Cause.LOCKED_QUOTE, (bid == ask) & both
    if "ts_init" in told:
        yield Cause.TIME_REVERSED, pl.col("ts_init") < pl.col("ts_event")
        yield Cause.LATE, pl.col("ts_init") - pl.col("ts_event") > bounds.late_ns
    if bounds.now is not None:
        yield Cause.FUTURE, pl.max_horizontal("ts_event", "ts_init") > bounds.now


def _non_finite(schema: Schema, columns: set[str]) -> pl.Expr:
    def finite(name: str) -> pl.Expr:
        return pl.col(name).is_finite()

    if schema is Schema.DEPTH:
        # a message without levels has neither, which is no defect
        return (finite("price") & finite("size")).not_() & pl.col("side").is_not_null()
    numbers = [pl.col(name) for name in (*PRICES, *_SIZES, "value", "strike") if name in columns - _sides(columns)]
    # a sum is finite when its terms are: one look in place of many; what overflows is no price either
    found = [reduce(add, numbers).is_finite().not_()] if numbers else []
    if "adj_close" in columns:
        found.append(pl.col("adj_close").is_infinite())
    if {"bid", "ask"} <= columns:
        # one absent side, price and size, is a quote of the other side alone
        found.append(pl.col("bid").is_nan() & pl.col("ask").is_nan())
        found.extend(pl.col(name).is_infinite() for name in sorted(_sides(columns)))
        found.extend(
            pl.col(f"{side}_size").is_nan() & pl.col(side).is_not_nan()
            for side in ("bid", "ask")
            if f"{side}_size" in columns
        )
    return pl.any_horizontal(found) if found else pl.lit(value=False)


def _missing(schema: Schema, empty: Iterable[str]) -> Iterator[pl.Expr]:
    for name in empty:
        if schema is Schema.DEPTH and name in _LEVEL:
            # a message without levels has nothing of one
            yield pl.col(name).is_null() & pl.any_horizontal(pl.col(other).is_not_null() for other in sorted(_LEVEL))
        elif name != _UNCHAINED:
            yield pl.col(name).is_null()


def _sides(columns: set[str]) -> set[str]:
    return {"bid", "ask", "bid_size", "ask_size"} & columns if {"bid", "ask"} <= columns else set()
