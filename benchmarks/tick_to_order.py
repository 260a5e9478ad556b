"""One tick to the bytes of an order, through the framework and wired by hand, and records in batches; print as JSON.

The JSON bytes of a quote are decoded, enhanced by the columns that a signal reads, judged by it, passed by a limit and
encoded as an order, in MessagePack as venues with a binary protocol take it: every tick makes one. Through the
framework, the enhancer is the component that was discovered and built, and the stages go over the event path; by hand,
the same callables are called by a function. Signal, limit and order are this script's: what an order costs on its way
to a venue is measured by ``place_order.py``. The bytes of both ways are compared before anything is timed. In the open
loop a tick is due every 10 microseconds whether the last one is done or not, and its time counts from when it was due.
"""

import argparse
import json
import random
from collections.abc import Callable
from time import perf_counter_ns
from typing import Any

import msgspec

from allause.discovery import build, discover, select
from allause.measurement import percentile, yardstick
from allause.models import Quote
from allause.running import EventPath

COLUMNS = ["mid", "microprice"]
RECORD_COLUMNS = [*COLUMNS, "log_return"]
#: What the project promises, and which way.
BARS = {
    "path_to_decode_p50": ("<=", 4.0),
    "path_to_hand_wired_p50": ("<=", 1.15),
    "path_p99_to_p50": ("<=", 3.0),
    "open_loop_p50_us": ("<=", 3.0),
    "open_loop_p99_us": ("<=", 50.0),
    "open_loop_lost": ("<=", 0),
    "records_of_64_million_per_s": (">=", 50.0),
}
#: Records of a call. They are measured in every round: all their repetitions take as long as one neighbour's work.
RECORDS = (1, 64, 512)
_STEP_NS = 10_000
_LIMIT = 1_000_000
_DEAREST = 100_000.0


class Order(msgspec.Struct, frozen=True, gc=False):
    """Hold an order: a negative quantity sells, the price is one that was quoted."""

    number: int
    symbol: str
    quantity: int
    price: float


def signal() -> Callable[[Any], Order]:
    """Return a function that buys below a moving average of the microprice and sells above it, at the last quote."""
    level, number = 0.0, 0

    def decide(seen: Any) -> Order:
        nonlocal level, number
        event, number = seen.event, number + 1
        level += 0.05 * (seen.microprice - level)
        if seen.mid < level:
            return Order(number, event.symbol, 1, event.ask)
        return Order(number, event.symbol, -1, event.bid)

    return decide


def limit() -> Callable[[Order], Order | None]:
    """Return a function that refuses an order that is too large or would take the position too far."""
    position, least, most = 0, -_LIMIT, _LIMIT

    def allow(order: Order) -> Order | None:
        nonlocal position
        after = position + order.quantity
        if not least <= after <= most or order.price > _DEAREST:
            return None
        position = after
        return order

    return allow


def ticks(count: int, symbols: int = 8, seed: int = 7) -> list[bytes]:
    """Return quotes as a feed would send them."""
    draw = random.Random(seed)
    prices = [100 * 1.5**code for code in range(symbols)]
    answer = []
    for number in range(count):
        code = draw.randrange(symbols)
        prices[code] *= 1 + draw.gauss(0, 1e-4)
        bid, time = round(prices[code], 2), 1_750_000_000_000_000_000 + number * _STEP_NS + draw.randrange(1000)
        quote = Quote(
            symbol=f"SYM{code:03d}", ts_event=time, ts_init=time + 120_000, bid=bid, ask=round(bid + 0.01, 2),
            bid_size=draw.randrange(1, 9_999) / 100, ask_size=draw.randrange(1, 9_999) / 100,
        )  # fmt: skip
        answer.append(msgspec.json.encode(quote))
    return answer


def enhancer(columns: list[str], capacity: int = 1) -> Any:
    """Return a fresh enhancer of events from the component that is installed."""
    (record,) = select(discover(), ("allause-enhancer:enhancer",))
    return build(record, {"columns": columns}).bind("events")(Quote, capacity=capacity)


def stages() -> dict[str, object]:
    """Return the stages by name."""
    return {
        "decoding": msgspec.json.Decoder(Quote).decode,
        "allause-enhancer:enhancer": enhancer(COLUMNS),
        "signal": signal(),
        "limit": limit(),
        "encoding": msgspec.msgpack.Encoder().encode,
    }


def by_hand(made: dict[str, Any]) -> Callable[[bytes], bytes | None]:
    """Return the same stages wired by hand."""
    decode, enhance, decide, allow, encode = (getattr(each, "on_event", each) for each in made.values())

    def handle(message: bytes) -> bytes | None:
        seen = enhance(decode(message))
        if seen is None:
            return None
        order = allow(decide(seen))
        if order is None:
            return None
        return encode(order)

    return handle


def times(function: Callable[[bytes], object], messages: list[bytes]) -> list[int]:
    """Return the nanoseconds of each call, those of reading the clock included."""
    taken = []
    append, clock = taken.append, perf_counter_ns
    for message in messages:
        begun = clock()
        function(message)
        append(clock() - begun)
    return taken


def open_loop(path: EventPath, messages: list[bytes]) -> list[int]:
    """Put each tick when it is due and drain; return from due to done, for each."""
    clock, put, drain = perf_counter_ns, path.put, path.drain
    taken, number, count = [], 0, len(messages)
    begun = clock() + 1_000_000
    while number < count:
        now = clock()
        first = number
        while number < count and begun + number * _STEP_NS <= now:
            put(messages[number])
            number += 1
        if drain():
            done = clock()
            taken += [done - begun - each * _STEP_NS for each in range(first, number)]
    return taken


def records_of(size: int, capacity: int = 65_536, symbols: int = 32) -> float:
    """Return millions of records a second, whole calls of the kernel for ``size`` records each."""
    made = enhancer(RECORD_COLUMNS, capacity)
    draw, slots, records = random.Random(7), made.slots, made.slots.records
    codes = [made.codes[f"S{code}"] for code in range(symbols)]
    records["code"] = [draw.choice(codes) for _ in range(capacity)]
    records["ts_event"] = records["ts_init"] = range(capacity)
    records["bid"] = [100 + draw.random() for _ in range(capacity)]
    records["ask"] = records["bid"] + 0.01
    records["bid_size"] = records["ask_size"] = 5.0
    run, best = slots.run, float("inf")
    for _ in range(15):
        records["ts_event"] += capacity
        begun = perf_counter_ns()
        written = sum([run(begin, size) for begin in range(0, capacity, size)])
        best = min(best, perf_counter_ns() - begun)
        if written != capacity:
            raise SystemExit(f"{written} of {capacity} records were enhanced")
    return capacity / best * 1e3


def compare(messages: list[bytes]) -> None:
    """Compare the two ways, and what is drained in batches.

    Raises:
        SystemExit: they differ, or a tick made no order.
    """
    path, hand = EventPath(stages()), by_hand(stages())
    orders = [path.handle(message) for message in messages]
    if None in orders or orders != [hand(message) for message in messages]:
        raise SystemExit("the orders differ, or a tick made none")
    got: list[bytes] = []
    drained = EventPath({**stages(), "sent": got.append})
    for begin in range(0, len(messages), 100):
        for message in messages[begin : begin + 100]:
            drained.put(message)
        drained.drain()
    if got != orders:
        raise SystemExit("what was drained differs")


def main() -> None:
    """Measure in turns and print the medians of the rounds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ticks", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    messages = ticks(options.ticks)
    compare(messages[:5_000])
    decode = msgspec.json.Decoder(Quote).decode
    rounds: dict[str, list[float]] = {}
    orders: list[bytes] = []
    for _ in range(options.rounds):
        clock = percentile([-(perf_counter_ns() - perf_counter_ns()) for _ in messages], 50)
        path, hand = EventPath(stages()), by_hand(stages())
        taken = {"decode": times(decode, messages), "path": times(path.handle, messages), "hand": times(hand, messages)}
        middle = {name: percentile(values, 50) - clock for name, values in taken.items()}
        orders.clear()
        opened = open_loop(EventPath({**stages(), "sent": orders.append}), messages)
        round_of = {
            "path_to_decode_p50": middle["path"] / middle["decode"],
            "path_to_hand_wired_p50": middle["path"] / middle["hand"],
            "path_p99_to_p50": percentile(taken["path"], 99) / percentile(taken["path"], 50),
            "path_p50_us": middle["path"] / 1e3,
            "decode_p50_us": middle["decode"] / 1e3,
            "open_loop_p50_us": percentile(opened, 50) / 1e3,
            "open_loop_p99_us": percentile(opened, 99) / 1e3,
            "open_loop_lost": len(messages) - len(orders),
            **{f"records_of_{size}_million_per_s": records_of(size) for size in RECORDS},
        }
        numbers = [msgspec.msgpack.decode(order)["number"] for order in orders]
        if numbers != list(range(1, len(messages) + 1)):
            raise SystemExit("the open loop lost an order or changed their order")
        for name, value in round_of.items():
            rounds.setdefault(name, []).append(value)
    figures = {name: percentile(values, 50) for name, values in rounds.items()}
    held = {
        name: {"bar": f"{way} {bar}", "met": figures[name] >= bar if way == ">=" else figures[name] <= bar}
        for name, (way, bar) in BARS.items()
    }
    best = {name: (max if "per_s" in name else min)(values) for name, values in rounds.items()}
    print(
        json.dumps(
            {
                "benchmark": "tick_to_order", "ratios": figures, "bars": held, "best_round": best,
                "n": options.ticks * options.rounds, "bytes": len(messages[0]), "yardstick_ns": yardstick(),
            }
        )
    )  # fmt: skip


if __name__ == "__main__":
    main()
