"""The enhancement: clean, order, de-duplicate, and add columns.

Nearly all its time is the movement of rows into order, so each sort is of one integer: rows not yet in time order are
sorted by ``ts_event``; then symbol code and row number, packed into one 64-bit key, are sorted, and the low half of
the sorted keys is the order itself. Rows that come ordered are not moved. After that a repeated key equals its
neighbour, and a null at each symbol's first return keeps flat rolling windows within one symbol.
"""

import polars as pl

from allause_enhancer.config import EnhancerConfig

#: The added columns, in order.
ADDED = ("log_return", "rolling_volatility", "vwap", "is_outlier")

_PRICES = ("open", "high", "low", "close")
_ROW_BITS = 32
_CODE = "__allause_code__"
_ROW = "__allause_row__"
# returns of a constant growth differ by rounding only, which is not far out
_ROUNDING = 1e-12


def enhance(bars: pl.DataFrame, config: EnhancerConfig) -> pl.DataFrame:
    """Return the clean bars by symbol then ``ts_event``, every column kept, with the columns ``ADDED``.

    - ``log_return``: ln(close / previous close of the symbol); null on its first row.
    - ``rolling_volatility``: sample standard deviation (n - 1) of the last ``window`` returns of the symbol, this
      row's included; null until there are so many.
    - ``vwap``: sum(volume x typical) / sum(volume) since the symbol's first row, typical = (high + low + close) / 3;
      a row without a finite positive volume adds nothing; null until one has it.
    - ``is_outlier``: |log_return - m| > ``outlier_threshold`` x s, m and s being mean and sample standard deviation
      of the ``window`` returns BEFORE this row. A value is not judged by a window it belongs to: with itself inside,
      none could lie further out than (window - 1) / sqrt(window). False until there are so many, and where the
      distance is rounding (1e-12). Splits in unadjusted prices are outliers by this definition.

    A column of the input that already has an added name is computed anew.
    """
    ordered = clean(bars)
    first = pl.col(_CODE) != pl.col(_CODE).shift()
    log_return = pl.when(first.not_()).then((pl.col("close") / pl.col("close").shift()).log())
    ordered = ordered.with_columns(log_return=log_return, **_vwap_terms())
    returns = pl.col("log_return")
    ordered = ordered.with_columns(
        rolling_volatility=returns.rolling_std(config.window, min_samples=config.window),
        __allause_mean__=returns.rolling_mean(config.window, min_samples=config.window),
        __allause_value__=pl.col("__allause_value__").cum_sum().over(_CODE),
        __allause_volume__=pl.col("__allause_volume__").cum_sum().over(_CODE),
    )
    distance = (returns - pl.col("__allause_mean__").shift()).abs()
    far = distance > config.outlier_threshold * pl.col("rolling_volatility").shift()
    volume = pl.col("__allause_volume__")
    return ordered.select(
        *(name for name in bars.columns if name not in ADDED),
        "log_return",
        "rolling_volatility",
        pl.when(volume > 0).then(pl.col("__allause_value__") / volume).alias("vwap"),
        (far & (distance > _ROUNDING)).fill_null(value=False).alias("is_outlier"),
    )


def clean(bars: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with finite positive prices by symbol then ``ts_event``, the first of each key.

    The answer has one column more, the symbol's code.
    """
    good = pl.all_horizontal(*(pl.col(name).is_finite() & (pl.col(name) > 0) for name in _PRICES))
    keys = order(
        bars.select(_code(bars["symbol"]), "ts_event", good.fill_null(value=False).alias("good"))
        .with_row_index(_ROW)
        .filter("good")
    )
    code, time = pl.col(_CODE), pl.col("ts_event")
    keys = keys.filter(((code == code.shift()) & (time == time.shift())).fill_null(value=False).not_())
    return bars.select(pl.all().gather(keys[_ROW]), keys[_CODE])


def order(keys: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of a narrow table by code, then ``ts_event``, then as they came."""
    code, time = pl.col(_CODE), pl.col("ts_event")
    back = (code.diff() < 0) | ((code.diff() == 0) & (time.diff() < 0))
    if not keys.select(back.any()).item():
        return keys
    if not keys["ts_event"].is_sorted():
        keys = keys.sort("ts_event", maintain_order=True)
    packed = code * 2**_ROW_BITS + pl.int_range(pl.len(), dtype=pl.Int64)
    return keys.select(pl.all().gather(keys.select(packed.sort() % 2**_ROW_BITS).to_series()))


def _code(symbols: pl.Series) -> pl.Series:
    """Number the symbols in their order."""
    return symbols.cast(pl.Enum(symbols.unique().sort())).to_physical().cast(pl.Int64).alias(_CODE)


def _vwap_terms() -> dict[str, pl.Expr]:
    volume = pl.when(pl.col("volume").is_finite() & (pl.col("volume") > 0)).then(pl.col("volume")).otherwise(0.0)
    typical = (pl.col("high") + pl.col("low") + pl.col("close")) / 3
    return {"__allause_value__": volume * typical, "__allause_volume__": volume}


def larger_bars(bars: pl.DataFrame, interval_ns: int) -> pl.DataFrame:
    """Return bars of ``interval_ns`` made of the clean rows, by symbol then ``ts_event``.

    A row belongs to the interval in which it ended, its end included; intervals start at multiples of their length
    from 1970. ``ts_event`` is the interval's end, ``ts_init`` the latest of its rows, never before that end. ``vwap``
    is over the interval's typical prices and null without volume; ``rows`` counts what a bar is made of. The last
    bar of a symbol may be unfinished.
    """
    end = -((-pl.col("ts_event")) // interval_ns) * interval_ns
    rows = clean(bars).with_columns(end.alias("__allause_end__"), **_vwap_terms())
    volume = pl.col("__allause_volume__").sum()
    made = rows.group_by(_CODE, "__allause_end__", maintain_order=True).agg(
        pl.col("symbol").first(),
        pl.col("ts_init").max(),
        pl.col("open").first(),
        pl.col("high").max(),
        pl.col("low").min(),
        pl.col("close").last(),
        volume.alias("volume"),
        pl.col("adj_close").last(),
        pl.when(volume > 0).then(pl.col("__allause_value__").sum() / volume).alias("vwap"),
        pl.len().cast(pl.Int64).alias("rows"),
    )
    return made.select(
        "symbol",
        pl.col("__allause_end__").alias("ts_event"),
        pl.max_horizontal("ts_init", "__allause_end__").alias("ts_init"),
        *("open", "high", "low", "close", "volume", "adj_close", "vwap", "rows"),
    )
