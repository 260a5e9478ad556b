"""Enhance a million rows with allause-enhancer and with pandas, both in this run, and print the ratio as JSON.

pandas is needed for this script only. Both answers are compared before anything is timed.
"""

import json
import sys
from statistics import median
from time import perf_counter

import numpy as np
import pandas as pd
import polars as pl

from allause.measurement import yardstick
from allause.models import BAR_COLUMNS
from allause_enhancer import EnhancerConfig, MarketDataEnhancer
from allause_enhancer.tables.exchange import take
from allause_enhancer.tables.ordering import clean

SYMBOLS = 32
REPETITIONS = 7
SECOND_NS = 1_000_000_000
CONFIG = EnhancerConfig()


def arriving_bars(rows: int) -> pd.DataFrame:
    """Return one-second bars of many symbols as they arrive: interleaved, 0.1 % repeated, 0.5 % late, 0.1 % bad."""
    random = np.random.default_rng(20130301)
    steps = rows // SYMBOLS
    moves = random.normal(0.0, 0.001, (steps, SYMBOLS)) * np.where(random.random((steps, SYMBOLS)) < 0.001, 20.0, 1.0)
    close = 100 * np.exp(np.cumsum(moves, axis=0)).ravel()
    ends = np.repeat(1_600_000_000 * SECOND_NS + np.arange(steps) * SECOND_NS, SYMBOLS)
    bars = pd.DataFrame(
        {
            "symbol": np.tile([f"SYM{number:02d}" for number in range(SYMBOLS)], steps),
            "ts_event": ends,
            "ts_init": ends,
            "open": close * (1 + random.normal(0.0, 0.0001, close.size)),
            "high": close * 1.001,
            "low": close * 0.999,
            "close": np.where(random.random(close.size) < 0.001, np.nan, close),
            "volume": random.integers(1, 10_000, close.size).astype(float),
            "adj_close": close,
        },
        columns=list(BAR_COLUMNS),
    )
    order = np.arange(close.size, dtype=float)
    late = random.random(close.size) < 0.005
    order[late] += random.integers(1, 40 * SYMBOLS, int(late.sum()))
    repeated = np.flatnonzero(random.random(close.size) < 0.001)
    arrival = np.concatenate([np.argsort(order, kind="stable"), repeated])
    return bars.iloc[arrival].reset_index(drop=True)


def pandas_enhance(bars: pd.DataFrame) -> pd.DataFrame:
    """Do what the enhancer documents, as a pandas user would write it."""
    prices = bars[["open", "high", "low", "close"]]
    good = bars[(np.isfinite(prices) & (prices > 0)).all(axis=1)]
    good = good.sort_values(["symbol", "ts_event"], kind="stable").drop_duplicates(["symbol", "ts_event"])
    good = good.reset_index(drop=True)
    by_symbol = good.groupby("symbol", sort=False)
    good["log_return"] = np.log(good["close"] / by_symbol["close"].shift())
    rolling = by_symbol["log_return"].rolling(CONFIG.window)
    good["rolling_volatility"] = rolling.std().reset_index(level=0, drop=True)
    mean = rolling.mean().reset_index(level=0, drop=True)
    value = good["volume"] * (good["high"] + good["low"] + good["close"]) / 3
    good["vwap"] = value.groupby(good["symbol"]).cumsum() / by_symbol["volume"].cumsum()
    before = pd.DataFrame({"mean": mean, "deviation": good["rolling_volatility"]}).groupby(good["symbol"]).shift()
    distance = (good["log_return"] - before["mean"]).abs()
    good["is_outlier"] = distance > CONFIG.outlier_threshold * before["deviation"]
    return good


def difference(ours: pl.DataFrame, theirs: pd.DataFrame) -> float:
    """Return the largest relative difference of the numbers added; everything else must be equal.

    Raises:
        ValueError: it is not.
    """
    if ours.select("symbol", "ts_event").rows() != list(
        theirs[["symbol", "ts_event"]].itertuples(index=False, name=None)
    ):
        raise ValueError("the keys differ")
    if ours["is_outlier"].to_list() != theirs["is_outlier"].tolist():
        raise ValueError("the outlier flags differ")
    largest = 0.0
    for column in ("log_return", "rolling_volatility", "vwap"):
        mine, other = ours[column].to_numpy(), theirs[column].to_numpy()
        if not np.array_equal(np.isnan(mine), np.isnan(other)):
            raise ValueError(f"{column} is defined in other rows")
        # returns near zero are differences of near equal numbers: compared on the scale of their spread
        scale = np.nanstd(other) if column == "log_return" else np.abs(other)
        largest = max(largest, float(np.nanmax(np.abs(mine - other) / scale)))
    return largest


def obvious_clean(bars: pl.DataFrame) -> pl.DataFrame:
    """Clean with polars the obvious way: sort by two columns, then look for repeated keys."""
    good = pl.all_horizontal(
        (pl.col(name).is_finite() & (pl.col(name) > 0)) for name in ("open", "high", "low", "close")
    )
    ordered = bars.filter(good).sort("symbol", "ts_event", maintain_order=True)
    return ordered.unique(["symbol", "ts_event"], keep="first", maintain_order=True)


def main(rows: int) -> None:
    """Run and print."""
    frame = arriving_bars(rows)
    table = pl.from_pandas(frame)
    enhancer = MarketDataEnhancer(CONFIG)
    off = difference(enhancer.enhance_market_data(market_data=table), pandas_enhance(frame))
    if off > 1e-9:
        raise SystemExit(f"the answers differ by {off:.2e}, relative; expected at most 1e-9")
    if not obvious_clean(table).equals(clean(take(table)).select(table.columns)):
        raise SystemExit("the two ways to clean differ")
    runs = {
        "pandas": lambda: pandas_enhance(frame),
        "enhancer": lambda: enhancer.enhance_market_data(market_data=table),
        "obvious_clean": lambda: obvious_clean(table),
        "packed_clean": lambda: clean(take(table)),
    }
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    yardsticks = []
    for _ in range(REPETITIONS):
        for name, run in runs.items():
            start = perf_counter()
            run()
            seconds[name].append(perf_counter() - start)
            yardsticks.append(yardstick() / 1e9)
    medians = {name: median(values) for name, values in seconds.items()}
    print(
        json.dumps(
            {
                "benchmark": "enhancement",
                "ratios": {
                    "pandas_to_enhancer": medians["pandas"] / medians["enhancer"],
                    "polars_two_column_clean_to_packed_clean": medians["obvious_clean"] / medians["packed_clean"],
                    "enhancer_to_yardstick": medians["enhancer"] / median(yardsticks),
                },
                "n": len(frame),
                "repetitions": REPETITIONS,
                "largest_relative_difference": off,
                "seconds": seconds,
                "versions": {"polars": pl.__version__, "pandas": pd.__version__, "numpy": np.__version__},
            }
        )
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
