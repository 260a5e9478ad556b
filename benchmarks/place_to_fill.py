"""Place to fill: a risk-checked, journalled order, filled by a venue in the same process, against one fdatasync.

Both run on the same file system in the same run, in turns. Prints one JSON object.
"""

import argparse
import json
import logging
import os
import sys
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter_ns

from allause.measurement import SystemClock, percentile
from allause.models.context import Context
from allause.models.orders import OrderStatus
from allause.venue import InProcessSession, Venue
from allause_execution import Config, TradingExecutionEngine

_BLOCK = b"x" * 512


def start(directory: Path) -> TradingExecutionEngine:
    """Return an engine with a durable journal and a venue deep enough for every order."""
    venue = Venue(seed=0)
    venue.quote("AAPL", Decimal(99), Decimal(101), Decimal(10**9), Decimal(10**9), ts=0)
    session, logger = InProcessSession(venue), logging.getLogger("benchmark")
    component = TradingExecutionEngine(Config())
    component.start(context=Context(clock=SystemClock(), directory=directory, seed=0, logger=logger, venue=session))
    return component


def place(component: TradingExecutionEngine) -> int:
    """Return the nanoseconds from the call to the answer that the order is filled."""
    begin = perf_counter_ns()
    report = component.place_order(symbol="AAPL", quantity=1, order_type="market")
    elapsed = perf_counter_ns() - begin
    if report.status is not OrderStatus.FILLED:
        raise SystemExit(f"expected a filled order, found {report}")
    return elapsed


def sync(descriptor: int) -> int:
    """Return the nanoseconds of appending one block and waiting for the disk."""
    begin = perf_counter_ns()
    os.write(descriptor, _BLOCK)
    os.fdatasync(descriptor)
    return perf_counter_ns() - begin


def main() -> None:
    """Measure in turns and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=1000)
    parser.add_argument("--directory", type=Path, default=None, help="where the file system is measured")
    options = parser.parse_args()
    placed: list[int] = []
    synced: list[int] = []
    with TemporaryDirectory(dir=options.directory) as name:
        component = start(Path(name))
        descriptor = os.open(Path(name) / "floor", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        for _ in range(20):
            place(component)
            sync(descriptor)
        for _ in range(options.orders):
            placed.append(place(component))
            synced.append(sync(descriptor))
        os.close(descriptor)
        component.close()
    result = {
        "benchmark": "place_to_fill",
        "ratios": {
            f"place_to_fill_p{percent}_to_fdatasync_p{percent}": percentile(placed, percent)
            / percentile(synced, percent)
            for percent in (50, 99)
        },
        "n": len(placed),
        "place_to_fill_ns": {f"p{percent}": percentile(placed, percent) for percent in (5, 50, 99)},
        "fdatasync_ns": {f"p{percent}": percentile(synced, percent) for percent in (5, 50, 99)},
    }
    json.dump(result, sys.stdout, indent=2)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
