"""Place to fill: a risk-checked, journalled order, filled by a venue in the same process, against one fdatasync.

The floor is one ``pwrite`` and ``fdatasync`` into a preallocated file on the same file system, measured in turns with
the orders. Then as many orders are in flight as asked for: awaited on one event loop, and placed by as many threads.
The same threads write into a journal alone, one thread has as many events in one commit, and one caller places orders
without a journal, so that what the disk, the journal and the engine cost can be told apart: no number in flight goes
beyond the rate of the engine alone, nor below a latency of that number of its orders. Prints one JSON object.
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

import attrs

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


def one_commit(journal: Journal, events: int) -> int:
    """Return the nanoseconds of as many durable events that one thread has in one commit."""
    begin = perf_counter_ns()
    tickets = [journal.enqueue(_BLOCK, durable=True) for _ in range(events)]
    journal.flush(tickets[-1])
    return perf_counter_ns() - begin


@attrs.frozen(kw_only=True)
class Times:
    """Hold nanoseconds measured in turns: of orders, of fdatasyncs, of durable events, of commits of many events."""

    placed: list[int]
    synced: list[int]
    written: list[int]
    committed: list[int]


def in_turns(component: TradingExecutionEngine, floor: Floor, journal: Journal, orders: int, many: int) -> Times:
    """Measure one at a time."""
    rows = [
        (place(component), floor.sync(), journal_alone(journal), one_commit(journal, many))
        for _ in range(_WARM + orders)
    ]
    placed, synced, written, committed = map(list, zip(*rows[_WARM:], strict=True))
    return Times(placed=placed, synced=synced, written=written, committed=committed)


def measure(directory: Path, orders: int, many: int) -> tuple[Times, list[int], dict[str, dict[str, float]]]:
    """Return the times in turns, those of fdatasyncs by themselves, and what was measured with many in flight."""
    each, found = max(1, 10 * orders // many), {}
    floor, journal = Floor(directory / "floor"), Journal(directory / "alone", orders_per_commit=many)
    component = start(directory / "one", 1)
    times = in_turns(component, floor, journal, orders, many)
    component.close()
    component = start(directory / "awaited", many)
    found["orders_in_flight"] = asyncio.run(awaited(many, each, component))
    component.close()
    component = start(directory / "none", 1, durable=False)
    found["engine_alone"] = together(1, 10 * orders, lambda: place(component))
    component.close()
    component = start(directory / "many", many)
    found["orders_in_flight_by_threads"] = together(many, each, lambda: place(component))
    component.close()
    found["journal_in_flight"] = together(many, each, lambda: journal_alone(journal))
    # by itself: a disk that other writers keep busy is another disk
    idle = [floor.sync() for _ in range(orders)]
    journal.close()
    return times, idle, found


def ratios(times: Times, fsync: float, many: int, found: dict[str, dict[str, float]]) -> dict[str, float]:
    """Return every figure as a ratio to the disk, or to one order at a time; ``fsync`` in nanoseconds."""
    loop, threads, alone = (
        found[name] for name in ("orders_in_flight", "orders_in_flight_by_threads", "journal_in_flight")
    )
    rate, ceiling = 1e9 * len(times.placed) / sum(times.placed), found["engine_alone"]["per_second"]
    return {
        **{
            f"place_to_fill_p{at}_to_fdatasync_p{at}": percentile(times.placed, at) / percentile(times.synced, at)
            for at in (50, 99)
        },
        "journal_alone_p50_to_fdatasync_p50": percentile(times.written, 50) / percentile(times.synced, 50),
        "journal_rate_of_one_commit_to_one_at_a_time": many * sum(times.written) / sum(times.committed),
        "one_commit_p99_to_fdatasync_p50": percentile(times.committed, 99) / percentile(times.synced, 50),
        "in_flight_rate_to_one_at_a_time": loop["per_second"] / rate,
        "in_flight_rate_to_fdatasync_rate": loop["per_second"] * fsync / 1e9,
        "in_flight_p99_to_fdatasync_p50": loop["p99_ns"] / fsync,
        "threads_rate_to_one_at_a_time": threads["per_second"] / rate,
        "threads_rate_to_fdatasync_rate": threads["per_second"] * fsync / 1e9,
        "threads_p99_to_fdatasync_p50": threads["p99_ns"] / fsync,
        "engine_alone_rate_to_one_at_a_time": ceiling / rate,
        "in_flight_rate_to_engine_alone_rate": loop["per_second"] / ceiling,
        "journal_in_flight_rate_to_fdatasync_rate": alone["per_second"] * fsync / 1e9,
        "journal_in_flight_p99_to_fdatasync_p50": alone["p99_ns"] / fsync,
    }


def main() -> None:
    """Measure in turns and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=1000)
    parser.add_argument("--in-flight", type=int, default=64)
    parser.add_argument("--directory", type=Path, default=None, help="where the file system is measured")
    options = parser.parse_args()
    with TemporaryDirectory(dir=options.directory) as name:
        times, idle, found = measure(Path(name), options.orders, options.in_flight)
    taken = {
        "place_to_fill_ns": times.placed,
        "fdatasync_ns": times.synced,
        "fdatasync_by_itself_ns": idle,
        "journal_alone_ns": times.written,
        "one_commit_ns": times.committed,
    }
    result = {
        "benchmark": "place_to_fill",
        "ratios": ratios(times, percentile(idle, 50), options.in_flight, found),
        "n": len(times.placed),
        "in_flight": options.in_flight,
        **{name: {f"p{at}": percentile(each, at) for at in (5, 50, 99)} for name, each in taken.items()},
        **found,
    }
    json.dump(result, sys.stdout, indent=2)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
