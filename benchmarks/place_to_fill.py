"""Place to fill: a risk-checked, journalled order, filled by a venue in the same process, against one fdatasync.

The floor is one ``pwrite`` and ``fdatasync`` into a preallocated file on the same file system, measured in turns with
the orders. Then as many orders are in flight as asked for: awaited on one event loop, and placed by as many threads.
The same threads write into a journal alone, and one caller places orders without a journal, so that what the disk,
the journal and the engine cost can be told apart: no number in flight goes beyond the rate of the engine alone, nor
below a latency of that number of its orders. Prints one JSON object.
"""

import argparse
import asyncio
import json
import logging
import os
import sys
from collections.abc import Callable
from decimal import Decimal
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Barrier, Thread
from time import perf_counter_ns, process_time_ns

from allause.measurement import SystemClock, percentile
from allause.models.context import Context
from allause.models.orders import OrderReport, OrderStatus
from allause.venue import InProcessSession, Venue
from allause_execution import Config, TradingExecutionEngine
from allause_execution.journal import Journal

_BLOCK = b"x" * 512
_FLOOR_BYTES = 1 << 24
_WARM = 20


def start(directory: Path, orders_per_commit: int, *, durable: bool = True) -> TradingExecutionEngine:
    """Return an engine on a venue deep enough for every order."""
    directory.mkdir()
    venue = Venue(seed=0)
    venue.quote("AAPL", Decimal(99), Decimal(101), Decimal(10**9), Decimal(10**9), ts=0)
    session, logger = InProcessSession(venue), logging.getLogger("benchmark")
    component = TradingExecutionEngine(Config(orders_per_commit=orders_per_commit, durable=durable))
    component.start(context=Context(clock=SystemClock(), directory=directory, seed=0, logger=logger, venue=session))
    return component


def place(component: TradingExecutionEngine) -> int:
    """Return the nanoseconds from the call to the answer that the order is filled."""
    begin = perf_counter_ns()
    report = component.place_order(symbol="AAPL", quantity=1, order_type="market")
    return _filled(report, perf_counter_ns() - begin)


def _filled(report: OrderReport, elapsed: int) -> int:
    if report.status is not OrderStatus.FILLED:
        raise SystemExit(f"expected a filled order, found {report}")
    return elapsed


class Floor:
    """Write blocks one after the other into a file whose blocks are there, and wait for the disk."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT)
        os.pwrite(self._descriptor, bytes(_FLOOR_BYTES), 0)
        os.fsync(self._descriptor)
        self._offsets = count(0, len(_BLOCK))

    def sync(self) -> int:
        """Return the nanoseconds of one block."""
        offset = next(self._offsets) % _FLOOR_BYTES
        begin = perf_counter_ns()
        os.pwrite(self._descriptor, _BLOCK, offset)
        os.fdatasync(self._descriptor)
        return perf_counter_ns() - begin


def together(threads: int, each: int, work: Callable[[], int]) -> dict[str, float]:
    """Return rate, latencies and CPU time of the work, done by many threads at the same time."""
    taken: list[list[int]] = [[] for _ in range(threads)]
    ready = Barrier(threads + 1)

    def run(mine: list[int]) -> None:
        ready.wait()
        mine += [work() for _ in range(each)]

    workers = [Thread(target=run, args=(mine,)) for mine in taken]
    for worker in workers:
        worker.start()
    ready.wait()
    begin, cpu = perf_counter_ns(), process_time_ns()
    for worker in workers:
        worker.join()
    elapsed, spent = perf_counter_ns() - begin, process_time_ns() - cpu
    return _figures(taken, elapsed, spent)


async def awaited(tasks: int, each: int, component: TradingExecutionEngine) -> dict[str, float]:
    """Return rate, latencies and CPU time of orders that as many tasks of one event loop place."""
    taken: list[list[int]] = [[] for _ in range(tasks)]

    async def run(mine: list[int]) -> None:
        for _ in range(each):
            begin = perf_counter_ns()
            report = await component.aplace_order(symbol="AAPL", quantity=1, order_type="market")
            mine.append(_filled(report, perf_counter_ns() - begin))

    begin, cpu = perf_counter_ns(), process_time_ns()
    await asyncio.gather(*map(run, taken))
    return _figures(taken, perf_counter_ns() - begin, process_time_ns() - cpu)


def _figures(taken: list[list[int]], elapsed: int, spent: int) -> dict[str, float]:
    latencies = [latency for mine in taken for latency in mine]
    return {
        "per_second": 1e9 * len(latencies) / elapsed,
        "p50_ns": percentile(latencies, 50),
        "p99_ns": percentile(latencies, 99),
        "cpu_ns_each": spent / len(latencies),
    }


def journal_alone(journal: Journal) -> int:
    """Return the nanoseconds of one durable event."""
    begin = perf_counter_ns()
    journal.flush(journal.enqueue(_BLOCK, durable=True))
    return perf_counter_ns() - begin


def main() -> None:
    """Measure in turns and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=1000)
    parser.add_argument("--in-flight", type=int, default=64)
    parser.add_argument("--directory", type=Path, default=None, help="where the file system is measured")
    options = parser.parse_args()
    placed: list[int] = []
    synced: list[int] = []
    written: list[int] = []
    with TemporaryDirectory(dir=options.directory) as name:
        floor, journal = Floor(Path(name) / "floor"), Journal(Path(name) / "alone", orders_per_commit=options.in_flight)
        component = start(Path(name) / "one", 1)
        for number in range(-_WARM, options.orders):
            taken = place(component), floor.sync(), journal_alone(journal)
            if number >= 0:
                for times, one in zip((placed, synced, written), taken, strict=True):
                    times.append(one)
        component.close()
        each = max(1, 10 * options.orders // options.in_flight)
        component = start(Path(name) / "awaited", options.in_flight)
        loop = asyncio.run(awaited(options.in_flight, each, component))
        component.close()
        component = start(Path(name) / "none", 1, durable=False)
        ceiling = together(1, 10 * options.orders, lambda: place(component))
        component.close()
        component = start(Path(name) / "many", options.in_flight)
        many = together(options.in_flight, each, lambda: place(component))
        component.close()
        alone = together(options.in_flight, each, lambda: journal_alone(journal))
        # by itself: a disk that other writers keep busy is another disk
        idle = [floor.sync() for _ in range(options.orders)]
        journal.close()
    fsync, rate = percentile(idle, 50), 1e9 * len(placed) / sum(placed)
    result = {
        "benchmark": "place_to_fill",
        "ratios": {
            **{
                f"place_to_fill_p{at}_to_fdatasync_p{at}": percentile(placed, at) / percentile(synced, at)
                for at in (50, 99)
            },
            "journal_alone_p50_to_fdatasync_p50": percentile(written, 50) / percentile(synced, 50),
            "in_flight_rate_to_one_at_a_time": loop["per_second"] / rate,
            "in_flight_rate_to_fdatasync_rate": loop["per_second"] * fsync / 1e9,
            "in_flight_p99_to_fdatasync_p50": loop["p99_ns"] / fsync,
            "threads_rate_to_one_at_a_time": many["per_second"] / rate,
            "threads_rate_to_fdatasync_rate": many["per_second"] * fsync / 1e9,
            "threads_p99_to_fdatasync_p50": many["p99_ns"] / fsync,
            "engine_alone_rate_to_one_at_a_time": ceiling["per_second"] / rate,
            "in_flight_rate_to_engine_alone_rate": loop["per_second"] / ceiling["per_second"],
            "journal_in_flight_rate_to_fdatasync_rate": alone["per_second"] * fsync / 1e9,
            "journal_in_flight_p99_to_fdatasync_p50": alone["p99_ns"] / fsync,
        },
        "n": len(placed),
        "in_flight": options.in_flight,
        "place_to_fill_ns": {f"p{percent}": percentile(placed, percent) for percent in (5, 50, 99)},
        "fdatasync_ns": {f"p{percent}": percentile(synced, percent) for percent in (5, 50, 99)},
        "fdatasync_by_itself_ns": {f"p{percent}": percentile(idle, percent) for percent in (5, 50, 99)},
        "journal_alone_ns": {f"p{percent}": percentile(written, percent) for percent in (5, 50, 99)},
        "orders_in_flight": loop,
        "orders_in_flight_by_threads": many,
        "engine_alone": ceiling,
        "journal_in_flight": alone,
    }
    json.dump(result, sys.stdout, indent=2)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
