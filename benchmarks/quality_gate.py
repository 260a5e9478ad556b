"""Judge bars with the quality gate and enhance the same bars, both in this run, and print the ratio as JSON.

The bars are those of ``enhancement.py``: interleaved symbols, some repeated, late or without a price. What the gate
finds is checked against what was put in before anything is timed.
"""

import json
import sys
from statistics import median
from time import perf_counter, process_time

import polars as pl
from enhancement import SYMBOLS, arriving_bars

from allause.measurement import yardstick
from allause_enhancer import MarketDataEnhancer
from allause_market_data.gate import Cause, Gate
from allause_market_data.reading import Batch, Schema

REPETITIONS = 5


def batch_of(rows: int) -> Batch:
    """Return the bars as a reader gives them."""
    frame = pl.from_pandas(arriving_bars(rows)).with_columns(pl.selectors.float().fill_null(float("nan")))
    return Batch(Schema.BAR, frame.with_columns(row=pl.int_range(pl.len(), dtype=pl.Int64)), frozenset(frame.columns))


def check(batch: Batch, gate: Gate) -> None:
    """Compare what the gate finds with a slow count.

    Raises:
        ValueError: it differs.
    """
    frame = batch.frame
    counts = gate.judge(batch).counts()
    expected = {
        Cause.DUPLICATE: frame.height - frame.drop("row").unique().height,
        Cause.NON_FINITE: int(frame["close"].is_nan().sum()),
        Cause.DISORDER: int(
            frame.select((pl.col("ts_event") < pl.col("ts_event").cum_max().over("symbol")).sum()).item()
        ),
    }
    found = {cause: counts[cause] for cause in expected}
    if found != expected:
        raise ValueError(f"expected {expected}, found {found}")


def main(rows: int) -> None:
    """Run and print."""
    batch, gate, enhancer = batch_of(rows), Gate(), MarketDataEnhancer()
    check(batch, gate)
    table = batch.frame.drop("row")
    runs = {
        "gate": lambda: gate.judge(batch),
        "enhancement": lambda: enhancer.enhance_market_data(market_data=table),
    }
    wall: dict[str, list[float]] = {name: [] for name in runs}
    cpu: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(REPETITIONS):
        for name, run in runs.items():
            began, spent = perf_counter(), process_time()
            run()
            wall[name].append(perf_counter() - began)
            cpu[name].append(process_time() - spent)
    ratios = {
        kind: round(median(a / b for a, b in zip(taken["gate"], taken["enhancement"], strict=True)), 3)
        for kind, taken in (("wall", wall), ("cpu", cpu))
    }
    figures = {
        "rows": rows,
        "symbols": SYMBOLS,
        "gate_over_enhancement": ratios,
        "target": 0.5,
        "gate_rows_per_s": round(rows / min(wall["gate"])),
        "yardstick_ns": yardstick(),
    }
    print(json.dumps(figures, indent=1, default=str))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000_000)
