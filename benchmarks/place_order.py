"""Place an order without a journal, through the component and the in-process venue, against a smallest Python book.

The book keeps two heaps of prices and matches by price and time; it checks nothing and records nothing. Both take the
same orders in turns. Prints one JSON object.
"""

import argparse
import json
import logging
import sys
from decimal import Decimal
from heapq import heappop, heappush
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter_ns

from allause.measurement import SystemClock, percentile
from allause.models.context import Context
from allause.models.orders import OrderStatus
from allause.venue import InProcessSession, Venue
from allause_execution import Config, TradingExecutionEngine


class HeapBook:
    """Match orders by price, then time, in integers, with as little as can be done."""

    def __init__(self) -> None:
        self._sides: dict[str, list[list[int]]] = {"buy": [], "sell": []}
        self._numbers = count()

    def place(self, side: str, quantity: int, price: int) -> list[tuple[int, int]]:
        """Return the executions, quantity and price each; the rest rests."""
        sign = 1 if side == "buy" else -1
        other, fills = self._sides["sell" if side == "buy" else "buy"], []
        while quantity and other and other[0][0] * -sign >= -price * sign:
            best = other[0]
            traded = min(quantity, best[2])
            fills.append((traded, abs(best[0])))
            quantity -= traded
            best[2] -= traded
            if not best[2]:
                heappop(other)
        if quantity:
            heappush(self._sides[side], [-price * sign, next(self._numbers), quantity])
        return fills


def start(directory: Path) -> TradingExecutionEngine:
    """Return an engine in simulation mode on a venue deep enough for every order."""
    venue = Venue(seed=0)
    venue.quote("AAPL", Decimal(99), Decimal(101), Decimal(10**9), Decimal(10**9), ts=0)
    session, logger = InProcessSession(venue), logging.getLogger("benchmark")
    component = TradingExecutionEngine(Config(durable=False))
    component.start(context=Context(clock=SystemClock(), directory=directory, seed=0, logger=logger, venue=session))
    return component


def place(component: TradingExecutionEngine) -> int:
    """Return the nanoseconds from the call to the answer that the order is filled."""
    begin = perf_counter_ns()
    report = component.place_order(symbol="AAPL", quantity=1, order_type="limit", price=101)
    elapsed = perf_counter_ns() - begin
    if report.status is not OrderStatus.FILLED:
        raise SystemExit(f"expected a filled order, found {report}")
    return elapsed


def book_order(book: HeapBook) -> int:
    """Return the nanoseconds of the same order in the smallest book."""
    begin = perf_counter_ns()
    fills = book.place("buy", 1, 101)
    elapsed = perf_counter_ns() - begin
    if fills != [(1, 101)]:
        raise SystemExit(f"expected one execution, found {fills}")
    return elapsed


def main() -> None:
    """Measure in turns and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=5000)
    options = parser.parse_args()
    book = HeapBook()
    book.place("sell", 10**9, 101)
    placed: list[int] = []
    matched: list[int] = []
    with TemporaryDirectory() as name:
        component = start(Path(name))
        for _ in range(200):
            place(component)
            book_order(book)
        for _ in range(options.orders):
            placed.append(place(component))
            matched.append(book_order(book))
        component.close()
    result = {
        "benchmark": "place_order",
        "ratios": {
            f"place_order_p{percent}_to_heap_book_p{percent}": percentile(placed, percent)
            / percentile(matched, percent)
            for percent in (50, 99)
        },
        "n": len(placed),
        "place_order_ns": {f"p{percent}": percentile(placed, percent) for percent in (5, 50, 99)},
        "heap_book_ns": {f"p{percent}": percentile(matched, percent) for percent in (5, 50, 99)},
    }
    json.dump(result, sys.stdout, indent=2)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
