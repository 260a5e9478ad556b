"""Receive the same messages over loopback with a live feed and with a bare client that decodes them, in turn.

Prints the ratio of their CPU time as JSON. The server is a process of its own. The feed checks numbers, keeps the book
and hands everything to another thread; what arrives is compared with what was sent.
"""

import asyncio
import json
import sys
from multiprocessing import get_context
from multiprocessing.connection import Connection
from statistics import median
from time import process_time

import msgspec
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve

from allause.measurement import yardstick
from allause_market_data.live import Kind, LiveBatch, SourceSettings
from allause_market_data.live.feed import LiveFeed

REPETITIONS = 7
BAR = 4.0
_SNAPSHOT = {"lastUpdateId": 0, "bids": [["99.00", "1"]], "asks": [["101.00", "1"]]}


def messages(count: int) -> list[str]:
    """Return quotes, trades and changes of depth in the proportions of a busy hour: 7, 2 and 1 of ten."""
    found = []
    for number in range(1, count + 1):
        price = f"{100 + number % 100 / 100:.2f}"
        if number % 10 == 0:
            levels = [[f"{90 + level}.00", str(number % 7 + level)] for level in range(8)]
            data = {"e": "depthUpdate", "E": number, "s": "A", "U": number - 9, "u": number, "b": levels, "a": levels}
            stream = "a@depth@100ms"
        elif number % 5 == 0 or number % 10 == 1:
            trade = number // 10 * 2 + (number % 10 == 5)
            data = {"e": "trade", "E": number, "s": "A", "t": trade, "p": price, "q": "1", "T": number}
            stream = "a@trade"
        else:
            data = {"u": number, "s": "A", "b": price, "B": "1", "a": price, "A": "2"}
            stream = "a@bookTicker"
        found.append(json.dumps({"stream": stream, "data": data}))
    return found


def server(pipe: Connection, count: int) -> None:
    """Send every message to whoever subscribes and has its snapshot, and answer as if nothing had been missed."""
    sent = messages(count)
    asked = asyncio.Event()

    async def client(link: ServerConnection) -> None:
        async for text in link:
            request = json.loads(text)
            if request["method"] == "SUBSCRIBE":
                await link.send(json.dumps({"result": None, "id": request["id"]}))
                if request["params"]:
                    await asked.wait()
                asked.clear()
                for message in sent:
                    await link.send(message)
            else:
                result = _SNAPSHOT if request["method"] == "depth" else []
                await link.send(json.dumps({"result": result, "id": request["id"]}))
                if request["method"] == "depth":
                    asked.set()

    async def run() -> None:
        async with serve(client, "127.0.0.1", 0, compression=None, ping_interval=None) as listening:
            pipe.send(listening.sockets[0].getsockname()[1])
            await asyncio.get_running_loop().run_in_executor(None, pipe.recv)

    asyncio.run(run())


def bare(url: str, count: int) -> float:
    """Return the CPU seconds in which a client receives and decodes the messages."""

    async def run() -> None:
        async with connect(url, compression=None) as link:
            await link.send('{"method":"SUBSCRIBE","params":[],"id":1}')
            for _ in range(count + 1):
                msgspec.json.decode(await link.recv(decode=False))

    start = process_time()
    asyncio.run(run())
    return process_time() - start


def live(url: str, count: int) -> float:
    """Return the CPU seconds in which a live feed receives them and another thread takes them."""
    settings = SourceSettings(url=url, quote_limit=count, depth_limit=count)
    seen = dict.fromkeys(Kind, 0)
    start = process_time()
    with LiveFeed("a", ["A"], settings) as feed:
        while sum(seen.values()) - seen[Kind.NOTICE] < count + 1:  # and the snapshot
            batch = feed.take(10)
            if not isinstance(batch, LiveBatch):
                raise SystemExit(f"the feed stopped after {seen}: {feed.status()}")
            for received in batch.received:
                seen[received.kind] += 1
    seconds = process_time() - start
    if (seen[Kind.TRADE], seen[Kind.DEPTH]) != (count // 5, count // 10 + 1):
        raise SystemExit(f"expected {count} messages as they were sent, found {seen}")
    return seconds


def main() -> None:
    """Run both clients in turn and print the ratio of the medians."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    context = get_context("spawn")
    pipe, other = context.Pipe()
    serving = context.Process(target=server, args=(other, count), daemon=True)
    serving.start()
    url = f"ws://127.0.0.1:{pipe.recv()}"
    seconds: dict[str, list[float]] = {"live": [], "bare": []}
    yardsticks = []
    for _ in range(REPETITIONS + 1):
        seconds["bare"].append(bare(url, count))
        seconds["live"].append(live(url, count))
        yardsticks.append(yardstick())
    pipe.send(None)
    serving.join()
    middle = {name: median(values[1:]) for name, values in seconds.items()}
    print(
        json.dumps(
            {
                "benchmark": "live_feed",
                "ratios": {"live_to_bare_client": middle["live"] / middle["bare"]},
                "bar": BAR,
                "messages_per_cpu_second": count / middle["live"],
                "messages": count,
                "n": REPETITIONS,
                "yardstick_ns": median(yardsticks),
            }
        )
    )


if __name__ == "__main__":
    main()
