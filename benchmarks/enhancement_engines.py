"""Enhance ticks with both engines, pandas, polars the obvious way and duckdb, all in this run; print ratios as JSON.

pandas and duckdb are needed for this script only. The pipeline is the same everywhere: drop invalid, order by symbol
and number, drop repeats, flag gaps, mid, spread, microprice, log return, rolling deviation, outliers, minute bars with
VWAP. All answers are compared before anything is timed. ``partitions.py`` measures a folder of Parquet files.
"""

import json
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, sleep
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl

from allause_enhancer import EnhancerConfig
from allause_enhancer.engine import run_with_bars
from allause_enhancer.pieces import enhance_file_with_bars
from allause_enhancer.tables.exchange import take

SYMBOLS = 32
WINDOW = 100
MINUTE_NS = 60_000_000_000
COLUMNS = ("is_gap", "mid", "spread", "microprice", "log_return", "rolling_volatility", "is_outlier")
REPETITIONS = 3
#: What the project promises, and which way.
BARS = {
    "pandas_to_polars_engine": (">=", 3.0),
    "obvious_polars_to_polars_engine": (">=", 2.0),
    "duckdb_to_polars_engine": (">=", 3.5),
    "pandas_to_kernel": (">=", 15.0),
    "polars_engine_to_kernel": (">=", 3.0),
    "kernel_to_copy": ("<=", 10.0),
    "kernel_peak_over_input": ("<=", 1.0),
    "parquet_to_enhanced_to_scan_plus_computation": ("<=", 1.3),
}


def ticks(rows: int, seed: int = 7) -> pl.DataFrame:
    """Return trades with quotes as they arrive: 0.1 % repeated, 0.5 % late by up to 3 of a symbol, 0.02 % missing."""
    random = np.random.default_rng(seed)
    symbol = random.integers(0, SYMBOLS, rows)
    order = np.argsort(symbol, kind="stable")
    starts = np.searchsorted(symbol[order], np.arange(SYMBOLS))
    number = np.empty(rows, np.int64)
    number[order] = np.arange(rows) - np.repeat(starts, np.diff([*starts, rows]))
    middle = np.empty(rows)
    steps = random.normal(0, 1e-4, rows) * np.where(random.random(rows) < 1e-4, 30, 1)
    for code in range(SYMBOLS):
        mine = symbol == code
        middle[mine] = 100 * np.exp(np.cumsum(steps[mine]))
    half = random.integers(1, 5, rows) * 0.005
    time = np.arange(rows, dtype=np.int64) * 2_400_000
    table = pl.DataFrame(
        {
            "symbol": pl.Series([f"S{code:02d}" for code in range(SYMBOLS)]).gather(symbol).cast(
                pl.Enum([f"S{code:02d}" for code in range(SYMBOLS)])
            ),
            "ts_event": time, "ts_init": time, "seq": number, "bid": middle - half, "ask": middle + half,
            "bid_size": random.integers(1, 100, rows).astype(float),
            "ask_size": random.integers(1, 100, rows).astype(float),
            "price": np.where(random.random(rows) < 1e-4, np.nan, middle),
            "size": random.integers(1, 100, rows).astype(float),
        }
    )  # fmt: skip
    place = np.arange(rows, dtype=float)
    late = random.random(rows) < 0.005
    place[late] += random.integers(1, 3 * SYMBOLS, int(late.sum()))
    kept = random.random(rows) >= 0.0002
    arrival = np.argsort(place, kind="stable")
    arrival = np.repeat(arrival[kept[arrival]], np.where(random.random(int(kept.sum())) < 0.001, 2, 1))
    return table[arrival].rechunk()


Answer = tuple[int, int, int, int, float]


def summary(rows: pl.DataFrame, bars: pl.DataFrame) -> Answer:
    """Return what is compared: rows, gaps, outliers, bars, sum of VWAP."""
    flags = rows.select(pl.col("is_gap").sum(), pl.col("is_outlier").sum()).row(0)
    return rows.height, int(flags[0]), int(flags[1]), bars.height, round(float(bars["vwap"].sum()), 4)


def ours(table: pl.DataFrame | Path, engine: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Run an engine of the enhancer, for a table or a Parquet file."""
    config = EnhancerConfig(
        window=WINDOW, columns=COLUMNS, keep=("symbol", "ts_event"), engine=engine, bar_interval_ns=MINUTE_NS
    )
    if isinstance(table, Path):
        rows, bars = enhance_file_with_bars(table, config)
    else:
        rows, bars = run_with_bars(take(table), config)
    return rows, bars if bars is not None else pl.DataFrame()


def obvious(table: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Run polars as it is written at first."""
    finite = [pl.col(name).is_finite() & (pl.col(name) > 0) for name in ("bid", "ask", "price")]
    rows = table.filter(*finite, pl.col("bid") <= pl.col("ask")).sort("symbol", "seq", maintain_order=True)
    rows = rows.unique(["symbol", "seq"], keep="first", maintain_order=True)
    sizes = pl.col("bid_size") + pl.col("ask_size")
    rows = rows.with_columns(
        is_gap=(pl.col("seq").diff() != 1).over("symbol").fill_null(value=False),
        mid=(pl.col("bid") + pl.col("ask")) / 2,
        spread=pl.col("ask") - pl.col("bid"),
        microprice=(pl.col("bid") * pl.col("ask_size") + pl.col("ask") * pl.col("bid_size")) / sizes,
    )
    rows = rows.with_columns(log_return=(pl.col("mid") / pl.col("mid").shift()).log().over("symbol"))
    change = pl.col("log_return")
    rows = rows.with_columns(
        rolling_volatility=change.rolling_std(WINDOW).over("symbol"), mean=change.rolling_mean(WINDOW).over("symbol")
    )
    distance = (change - pl.col("mean").shift().over("symbol")).abs()
    rows = rows.with_columns(
        is_outlier=(distance > 5 * pl.col("rolling_volatility").shift().over("symbol")).fill_null(value=False)
    )
    end = -((-pl.col("ts_event")) // MINUTE_NS) * MINUTE_NS
    price = pl.col("price")
    bars = rows.group_by("symbol", end.alias("end"), maintain_order=True).agg(
        open=price.first(), high=price.max(), low=price.min(), close=price.last(), volume=pl.col("size").sum(),
        vwap=(price * pl.col("size")).sum() / pl.col("size").sum(),
    )  # fmt: skip
    return rows, bars


def with_pandas(frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Run pandas."""
    numbers = frame[["bid", "ask", "price"]].to_numpy()
    good = (np.isfinite(numbers) & (numbers > 0)).all(axis=1) & (frame["bid"] <= frame["ask"]).to_numpy()
    rows = frame[good].sort_values(["symbol", "seq"], kind="stable").drop_duplicates(["symbol", "seq"])
    rows = rows.reset_index(drop=True)
    by = rows.groupby("symbol", sort=False, observed=True)
    step = by["seq"].diff()
    rows["is_gap"] = step.notna() & (step != 1)
    rows["mid"] = (rows["bid"] + rows["ask"]) / 2
    rows["spread"] = rows["ask"] - rows["bid"]
    weighted = rows["bid"] * rows["ask_size"] + rows["ask"] * rows["bid_size"]
    rows["microprice"] = weighted / (rows["bid_size"] + rows["ask_size"])
    rows["log_return"] = np.log(rows["mid"] / by["mid"].shift())
    rolling = by["log_return"].rolling(WINDOW)
    rows["rolling_volatility"] = rolling.std().reset_index(level=0, drop=True)
    rows["mean"] = rolling.mean().reset_index(level=0, drop=True)
    distance = (rows["log_return"] - by["mean"].shift()).abs()
    rows["is_outlier"] = distance > 5 * by["rolling_volatility"].shift()
    rows["value"] = rows["price"] * rows["size"]
    rows["end"] = -((-rows["ts_event"]) // MINUTE_NS) * MINUTE_NS
    by = rows.groupby(["symbol", "end"], sort=False, observed=True)
    bars = by.agg(
        open=("price", "first"), high=("price", "max"), low=("price", "min"), close=("price", "last"),
        volume=("size", "sum"), value=("value", "sum"),
    )  # fmt: skip
    bars["vwap"] = bars["value"] / bars["volume"]
    return rows, bars


_SQL = f"""
create or replace temp table enhanced as
with fine as (
  select symbol, seq, any_value(ts_event) ts_event, any_value(bid) bid, any_value(ask) ask,
         any_value(bid_size) bid_size, any_value(ask_size) ask_size, any_value(price) price, any_value(size) size
  from ticks where isfinite(bid) and isfinite(ask) and isfinite(price) and bid > 0 and ask > 0 and price > 0
    and bid <= ask
  group by symbol, seq),
a as (select *, (bid + ask) / 2 mid, ask - bid spread,
      (bid * ask_size + ask * bid_size) / (bid_size + ask_size) microprice,
      coalesce(seq - lag(seq) over w <> 1, false) is_gap from fine window w as (partition by symbol order by seq)),
b as (select *, ln(mid / lag(mid) over w) log_return from a window w as (partition by symbol order by seq)),
c as (select *, stddev_samp(log_return) over w rolling_volatility, avg(log_return) over w mean,
        count(log_return) over w n
      from b window w as (partition by symbol order by seq rows between {WINDOW - 1} preceding and current row))
select *, coalesce(abs(log_return - lag(mean) over w) > 5 * lag(rolling_volatility) over w
  and lag(n) over w = {WINDOW}, false) is_outlier
from c window w as (partition by symbol order by seq)
"""
_SQL_BARS = f"""
create or replace temp table bars as
select symbol, (ts_event + {MINUTE_NS} - 1) // {MINUTE_NS} * {MINUTE_NS} as bar,
  arg_min(price, seq) open, max(price) high, min(price) low, arg_max(price, seq) as close,
  sum(size) volume, sum(price * size) / sum(size) vwap
from enhanced group by all
"""


def with_duckdb(connection: duckdb.DuckDBPyConnection) -> Answer:
    """Run window functions of duckdb."""
    connection.execute(_SQL)
    connection.execute(_SQL_BARS)
    found = connection.sql(
        "select (select count(*) from enhanced), (select count(*) from enhanced where is_gap), "
        "(select count(*) from enhanced where is_outlier), count(*), sum(vwap) from bars"
    ).fetchall()[0]
    return int(found[0]), int(found[1]), int(found[2]), int(found[3]), round(float(found[4]), 4)


def timed(function: Callable[[], object], repetitions: int = REPETITIONS) -> float:
    """Return the best of some repetitions in seconds, after one that warms up."""
    function()
    seconds = []
    for _ in range(repetitions):
        begun = perf_counter()
        function()
        seconds.append(perf_counter() - begun)
    return min(seconds)


def resident() -> int:
    """Return the bytes of this process in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")


def peak_over(function: Callable[[], object]) -> int:
    """Return by how much a call raised the memory of this process, sampled every few milliseconds."""
    before, highest, done = resident(), 0, threading.Event()

    def watch() -> None:
        nonlocal highest
        while not done.is_set():
            highest = max(highest, resident())
            sleep(0.003)

    watcher = threading.Thread(target=watch)
    watcher.start()
    answer = function()
    done.set()
    watcher.join()
    del answer
    return highest - before


def from_parquet(table: pl.DataFrame, engine: str, path: Path, expected: Answer) -> dict[str, float]:
    """Return the seconds of reading a file, of computing, and of enhancing the file.

    Raises:
        SystemExit: the file gives another answer than the table.
    """
    table.write_parquet(path)
    if (found := summary(*ours(path, engine))) != expected:
        raise SystemExit(f"the file answers {found}; expected {expected}")
    return {
        "reading": timed(lambda: pl.read_parquet(path)),
        "computing": timed(lambda: ours(table, engine)),
        "together": timed(lambda: ours(path, engine)),
    }


def agreed(table: pl.DataFrame, frame: pd.DataFrame, connection: duckdb.DuckDBPyConnection) -> tuple[Answer, Answer]:
    """Return what the polars engine and the kernel answer.

    Raises:
        SystemExit: one of the ways gives another answer.
    """
    expected = summary(*ours(table, "polars"))
    pandas_rows, pandas_bars = with_pandas(frame)
    answers: dict[str, Any] = {
        "kernel": summary(*ours(table, "kernel")),
        "obvious": summary(*obvious(table)),
        "pandas": (
            len(pandas_rows), int(pandas_rows["is_gap"].sum()), int(pandas_rows["is_outlier"].sum()), len(pandas_bars),
            round(float(pandas_bars["vwap"].sum()), 4),
        ),
        "duckdb": with_duckdb(connection),
    }  # fmt: skip
    for name, answer in answers.items():
        if answer[:4] != expected[:4] or abs(answer[4] - expected[4]) > 1e-3:
            raise SystemExit(f"{name} answers {answer}; expected {expected}")
    return expected, answers["kernel"]


def main(rows: int) -> None:
    """Run and print."""
    table = ticks(rows)
    frame = table.to_pandas()
    connection = duckdb.connect()
    connection.register("ticks", table.with_columns(pl.col("symbol").cast(pl.String)).to_arrow())
    expected, kernels = agreed(table, frame, connection)
    size = table.estimated_size()
    arrays = [table[name].to_physical().to_numpy() for name in table.columns]
    peak = peak_over(lambda: ours(table, "kernel"))
    seconds = {
        "copy": timed(lambda: [array.copy() for array in arrays], 5),
        "kernel": timed(lambda: ours(table, "kernel")),
        "polars": timed(lambda: ours(table, "polars")),
        "obvious": timed(lambda: obvious(table)),
        "pandas": timed(lambda: with_pandas(frame), 1),
        "duckdb": timed(lambda: with_duckdb(connection), 1),
    }
    connection.close()
    with TemporaryDirectory() as folder:
        part = from_parquet(table, "kernel", Path(folder, "part.parquet"), kernels)
    ratios = {
        "pandas_to_polars_engine": seconds["pandas"] / seconds["polars"],
        "obvious_polars_to_polars_engine": seconds["obvious"] / seconds["polars"],
        "duckdb_to_polars_engine": seconds["duckdb"] / seconds["polars"],
        "pandas_to_kernel": seconds["pandas"] / seconds["kernel"],
        "polars_engine_to_kernel": seconds["polars"] / seconds["kernel"],
        "kernel_to_copy": seconds["kernel"] / seconds["copy"],
        "kernel_peak_over_input": peak / size,
        "parquet_to_enhanced_to_scan_plus_computation": part["together"] / (part["reading"] + part["computing"]),
    }
    print(
        json.dumps(
            {
                "benchmark": "enhancement_engines",
                "ratios": ratios,
                "bars": {
                    name: {"bar": f"{way} {bar}", "met": ratios[name] >= bar if way == ">=" else ratios[name] <= bar}
                    for name, (way, bar) in BARS.items()
                },
                "n": table.height,
                "answer": expected,
                "seconds": seconds | part,
                "versions": {each.__name__: each.__version__ for each in (pl, pd, np, duckdb)},
            }
        )
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
