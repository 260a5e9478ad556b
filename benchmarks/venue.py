"""Orders per second of the exam venue alone, against the smallest Python heap book on the same stream.

The heap book keeps two heaps of (price, number, quantity) and a dict for cancels: no states, no checks, no accounts,
no fees, no log. The venue has them all on. Both see the same orders and cancels in turns, and have to execute the
same quantity. Prints one JSON object.
"""

import argparse
import gc
import json
import sys
from decimal import Decimal
from heapq import heappop, heappush
from random import Random
from time import process_time_ns
from typing import NamedTuple

from allause.measurement import percentile
from allause.models import OrderIntent, OrderType, Side, TimeInForce
from allause.models.venue import Instrument
from allause.venue import Venue

_BAR = 0.2
_MIDDLE = 10_000


class Step(NamedTuple):
    """Hold one order, or the cancel of an earlier one when ``quantity`` is 0."""

    number: int
    is_buy: bool
    price: int
    quantity: int


class HeapBook:
    """Match by price, then number, with two heaps and a dict."""

    def __init__(self) -> None:
        self.bids: list[tuple[int, int, int]] = []
        self.asks: list[tuple[int, int, int]] = []
        self.live: dict[int, int] = {}
        self.executed = 0

    def submit(self, number: int, price: int, quantity: int, *, is_buy: bool) -> None:
        """Execute what crosses and let the rest stand."""
        facing, own, sign = (self.asks, self.bids, 1) if is_buy else (self.bids, self.asks, -1)
        live = self.live
        while quantity and facing:
            rank, maker, _ = facing[0]
            left = live.get(maker, 0)
            if not left:
                heappop(facing)
                continue
            if rank > sign * price:
                break
            traded = min(left, quantity)
            quantity -= traded
            self.executed += traded
            if traded == left:
                del live[maker]
                heappop(facing)
            else:
                live[maker] = left - traded
        if quantity:
            live[number] = quantity
            heappush(own, (-sign * price, number, quantity))

    def cancel(self, number: int) -> None:
        """Take an order out; its entry in the heap is skipped when it comes to the top."""
        self.live.pop(number, None)


def stream(length: int, seed: int) -> list[Step]:
    """Return orders around a middle that walks; one step in five cancels a recent order that still stands."""
    random, book = Random(seed), HeapBook()
    middle, steps = _MIDDLE, list[Step]()
    for number in range(length):
        middle += random.randint(-1, 1)
        recent = [earlier for earlier in range(number - 50, number) if earlier in book.live]
        if recent and random.random() < 0.2:
            chosen = random.choice(recent)
            steps.append(Step(chosen, steps[chosen].is_buy, 0, 0))
            book.cancel(chosen)
            continue
        is_buy = random.random() < 0.5
        away = random.randint(-2, 12)
        step = Step(number, is_buy, middle - away if is_buy else middle + away, random.randint(1, 100))
        steps.append(step)
        book.submit(step.number, step.price, step.quantity, is_buy=is_buy)
    return steps


def intents(steps: list[Step]) -> list[tuple[str, str, OrderIntent | None]]:
    """Return name, account and intent of each step; None cancels. Buyers and sellers are two accounts."""
    return [
        (
            f"c{step.number}",
            "buyer" if step.is_buy else "seller",
            OrderIntent(
                client_order_id=f"c{step.number}",
                symbol="AAA",
                side=Side.BUY if step.is_buy else Side.SELL,
                quantity=Decimal(step.quantity),
                order_type=OrderType.LIMIT,
                price=Decimal(step.price).scaleb(-2),
                time_in_force=TimeInForce.GTC,
            )
            if step.quantity
            else None,
        )
        for step in steps
    ]


def time_heap(steps: list[Step]) -> tuple[int, int]:
    """Return nanoseconds and quantity executed."""
    book = HeapBook()
    begin = process_time_ns()
    for number, is_buy, price, quantity in steps:
        if quantity:
            book.submit(number, price, quantity, is_buy=is_buy)
        else:
            book.cancel(number)
    return process_time_ns() - begin, book.executed


def time_venue(steps: list[tuple[str, str, OrderIntent | None]]) -> tuple[int, int]:
    """Return nanoseconds and quantity executed."""
    venue = Venue(seed=1, fee_rate=Decimal("0.0001"))
    venue.list_instrument(Instrument(symbol="AAA", tick_size=Decimal("0.01"), lot_size=Decimal(1)))
    begin = process_time_ns()
    for name, account, intent in steps:
        if intent is None:
            venue.drop(name, account)
        else:
            venue.take(intent, account)
    elapsed = process_time_ns() - begin
    return elapsed, int(sum(fill.last_qty for fill in venue.fills("buyer")))


def main() -> None:
    """Measure in turns and print the ratio of the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    steps = stream(options.orders, seed=1)
    asked = intents(steps)
    heap: list[int] = []
    venue: list[int] = []
    for _ in range(options.rounds):
        gc.collect()
        heap_ns, expected = time_heap(steps)
        gc.collect()
        venue_ns, executed = time_venue(asked)
        if executed != expected:
            raise SystemExit(f"expected {expected} executed at the venue, found {executed}")
        heap.append(heap_ns)
        venue.append(venue_ns)
    ratios = [one / other for one, other in zip(heap, venue, strict=True)]
    result = {
        "benchmark": "venue",
        "ratios": {"venue_to_heap_book_orders_per_second": percentile(ratios, 50)},
        "bars": {"venue_to_heap_book_orders_per_second": _BAR},
        "p5": percentile(ratios, 5),
        "p95": percentile(ratios, 95),
        "n": options.rounds,
        "orders": options.orders,
        "executed": expected,
        "heap_book_ns_per_order": percentile(heap, 50) / options.orders,
        "venue_ns_per_order": percentile(venue, 50) / options.orders,
    }
    json.dump(result, sys.stdout, indent=2)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
