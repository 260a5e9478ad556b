"""A websocket server on loopback that replays a recording, and disturbs it as a plan says.

It is the venue: it knows its book and its trades whether or not anybody listens, gives snapshots and missed trades when
it is asked, and counts each disturbance. Nothing of the package under test is used.
"""

import asyncio
import gzip
import json
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from enum import StrEnum
from http import HTTPStatus
from itertools import islice
from random import Random
from threading import Event, Thread
from typing import Self

import attrs
import pytest

pytest.importorskip("websockets", reason="websockets, the extra live, is not installed")
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

_HEAD = 60  # so that a first trade has come: what was before it was never promised
_TAIL = 250  # messages at the end that nothing disturbs: what is lost after the last message cannot be noticed


class Disturbance(StrEnum):
    """Name what is done to a client, by what it should count."""

    CUT = "cuts"
    STALL = "heartbeats_lost"
    SILENCE = "silences"
    GARBLE = "garbled"
    DUPLICATE = "duplicates"
    REORDER = "late"
    DROP = "gaps"
    REFUSE = "failed_connections"
    NO_ANSWER = "failed_requests"


_CHAINED = {Disturbance.DROP, Disturbance.REORDER}  # nobody can miss a quote


@attrs.frozen
class Recording:
    """Hold the beginning of a recording: a snapshot, and the messages before and after it.

    Attributes:
        symbol: the instrument.
        snapshot: of the book.
        messages: text of each message, its kind and its content.
    """

    symbol: str
    snapshot: dict
    messages: list[tuple[str, str, dict]]

    @classmethod
    def read(cls, path, count: int) -> "Recording":
        with gzip.open(path, "rt") as file:
            lines = [line.partition(" ")[2].strip() for line in islice(file, count + 1)]
        (snapshot,) = [json.loads(line) for line in lines if line.startswith('{"lastUpdateId"')]
        messages = [(line, *_content(line)) for line in lines if line.startswith('{"stream"')]
        return cls(messages[0][2]["s"], snapshot, messages)

    @property
    def trades(self) -> list[dict]:
        return [data for _, kind, data in self.messages if kind == "trade"]

    def book(self) -> "Book":
        book = Book(self.snapshot)
        for _, kind, data in self.messages:
            if kind == "depthUpdate":
                book.change(data)
        return book


def _content(line: str) -> tuple[str, dict]:
    message = json.loads(line)
    return message["data"].get("e", "bookTicker"), message["data"]


class Book:
    """Keep levels as text, by the rule of the venue's documentation and nothing else."""

    def __init__(self, snapshot: dict) -> None:
        self.update = snapshot["lastUpdateId"]
        self.sides = [dict(map(tuple, snapshot[side])) for side in ("bids", "asks")]

    def change(self, data: dict) -> None:
        if data["u"] <= self.update:
            return
        self.update = data["u"]
        for side, levels in zip(self.sides, (data["b"], data["a"]), strict=True):
            for price, size in levels:
                if float(size):
                    side[price] = size
                else:
                    side.pop(price, None)

    def answer(self) -> dict:
        bids, asks = ([list(level) for level in side.items()] for side in self.sides)
        return {"lastUpdateId": self.update, "bids": bids, "asks": asks}


def plan(recording: Recording, seed: int, *, each: int = 2, stalls: int = 1) -> dict[int, Disturbance]:
    """Draw where what is done: ``each`` of every disturbance, at about equal distances."""
    random = Random(seed)
    wanted = [one for one in Disturbance for _ in range(each)]
    wanted = [one for one in wanted if one not in {Disturbance.STALL, Disturbance.SILENCE, Disturbance.NO_ANSWER}]
    wanted += [Disturbance.STALL] * stalls
    random.shuffle(wanted)
    step = (len(recording.messages) - _HEAD - _TAIL) // len(wanted)
    return {_HEAD + number * step + random.randrange(step): disturbance for number, disturbance in enumerate(wanted)}


@attrs.define(slots=False)
class Exchange:
    """Serve a recording of one instrument from a thread; a context manager.

    Attributes:
        recording: of what happens.
        plan: what to do at which message.
        seed: of how much is lost and how bytes are garbled.
        settled: whether the client has all of so many frames and misses nothing; asked before going on.
        patience_s: how long a client that has not settled is waited for.
        unanswered: requests that are cut off instead of being answered.
        deaf: called with the address of a client that is not heard any more.
        done: counts of what was done.
        over: set when everything has happened.
    """

    recording: Recording
    plan: dict[int, Disturbance] = attrs.field(factory=dict)
    seed: int = 0
    settled: Callable[[int], bool] = lambda _: True
    patience_s: float = 30
    unanswered: int = 0
    deaf: Callable[[tuple[str, int]], None] = lambda _: None
    done: Counter = attrs.field(factory=Counter)
    over: Event = attrs.field(factory=Event)
    url: str = ""
    sent: int = 0
    _refusals: int = 0

    def __enter__(self) -> Self:
        self._random = Random(self.seed)
        self._book, self._traded = Book(self.recording.snapshot), []
        self._links: list[ServerConnection] = []
        self._serving, self._ready = Thread(target=lambda: asyncio.run(self._serve()), daemon=True), Event()
        self._serving.start()
        self._ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._closing.set)
        self._serving.join()

    async def _serve(self) -> None:
        self._loop, self._closing = asyncio.get_running_loop(), asyncio.Event()
        self._subscriber: ServerConnection | None = None
        self._subscribed = asyncio.Condition()
        async with serve(
            self._client, "127.0.0.1", 0, process_request=self._door, compression=None, close_timeout=0.1
        ) as server:
            self.url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            self._ready.set()
            happening = asyncio.create_task(self._happen())
            closing = asyncio.create_task(self._closing.wait())
            await asyncio.wait([happening, closing], return_when=asyncio.FIRST_COMPLETED)
            if happening.done():
                happening.result()
                await closing
            happening.cancel()
            server.close()
            for link in self._links:  # also one that waits for the end of a goodbye
                link.transport.abort()

    def _door(self, link: ServerConnection, _: object) -> object:
        self._links.append(link)
        if self._refusals:
            self._refusals -= 1
            self.done[Disturbance.REFUSE] += 1
            return link.respond(HTTPStatus.SERVICE_UNAVAILABLE, "later\n")
        return None

    async def _client(self, link: ServerConnection) -> None:
        with suppress(ConnectionClosed):
            async for text in link:
                request = json.loads(text)
                await self._answer(link, request["method"], request["params"], request["id"])

    async def _answer(self, link: ServerConnection, method: str, params: object, number: int) -> None:
        result: object = None
        if method == "SUBSCRIBE":
            known = [stream for stream in params if stream.startswith(self.recording.symbol.lower() + "@")]
            if known != params:
                await link.send(json.dumps({"error": {"code": 2, "msg": "unknown stream"}, "id": number}))
                return
            self.sent += 1
            await link.send(json.dumps({"result": None, "id": number}))
            async with self._subscribed:
                self._subscriber = link
                self._subscribed.notify_all()
            return
        if self.unanswered:
            self.unanswered -= 1
            self.done[Disturbance.NO_ANSWER] += 1
            link.transport.close()
            return
        if method == "depth":
            result = self._book.answer()
        elif method == "trades.historical":
            found = [one for one in self._traded if one["t"] >= params["fromId"]][: params["limit"]]
            result = [{"id": one["t"], "price": one["p"], "qty": one["q"], "time": one["T"]} for one in found]
        await link.send(json.dumps({"id": number, "status": 200, "result": result}))

    async def _happen(self) -> None:
        """Let the recording happen, message by message."""
        held: dict[str, str] = {}  # by kind: what is sent after the next of its kind
        dropped = ""
        due: deque[Disturbance] = deque()
        places = iter(range(len(self.recording.messages)))
        link = await self._after(None)
        await self._settle()
        for place in places:
            text, kind = self._come_true(place)
            due.extend([self.plan[place]] if place in self.plan else ())
            is_free = due and not held and not dropped  # one at a time: each is to be noticed
            disturbance = due.popleft() if is_free and (due[0] not in _CHAINED or kind != "bookTicker") else None
            if disturbance is Disturbance.REORDER:
                held[kind] = text
                continue
            if disturbance is Disturbance.DROP:
                self.done[disturbance] += 1
                dropped = kind
                continue
            if disturbance is not None:
                link = await self._disturb(link, disturbance, text, places)
            else:
                await self._send(link, text)
            if kind in held:
                await self._send(link, held.pop(kind))
                self.done.update([Disturbance.REORDER, Disturbance.DROP])  # until it comes, there is a gap
                disturbance = Disturbance.REORDER
            if disturbance is not None or kind == dropped:
                dropped = "" if kind == dropped else dropped
                await self._settle()
        await self._settle()
        left = (*due, *held, dropped)
        assert left == ("",), f"the recording is too short for the plan: {left}"
        self.over.set()

    def _come_true(self, place: int) -> tuple[str, str]:
        text, kind, data = self.recording.messages[place]
        if kind == "depthUpdate":
            self._book.change(data)
        elif kind == "trade":
            self._traded.append(data)
        return text, kind

    async def _disturb(
        self, link: ServerConnection, disturbance: Disturbance, text: str, places: Iterator[int]
    ) -> ServerConnection:
        """Do it, and return the link to go on with; what comes true while there is none is lost."""
        self.done[Disturbance.CUT if disturbance is Disturbance.REFUSE else disturbance] += 1
        await self._send(link, self._garbled(text) if disturbance is Disturbance.GARBLE else text)
        if disturbance is Disturbance.DUPLICATE:
            await self._send(link, text)
            return link
        if disturbance is Disturbance.REFUSE:
            self._refusals = self._random.randrange(1, 3)
        if disturbance is Disturbance.STALL:
            link.transport.pause_reading()
            self.deaf(link.remote_address)
        elif disturbance in {Disturbance.CUT, Disturbance.REFUSE}:
            link.transport.close()
        for place in islice(places, self._random.randrange(12)):
            self._come_true(place)
        following = await self._after(link)
        link.transport.abort()
        return following

    def _garbled(self, text: str) -> str | bytes:
        at = self._random.randrange(1, len(text) - 1)
        noise = self._random.randbytes(8)
        return self._random.choice([text[:at], text[at:], text[:at].encode() + b"\xff\x00" + noise, noise.hex() + text])

    async def _send(self, link: ServerConnection, text: str | bytes) -> None:
        self.sent += 1
        with suppress(ConnectionClosed):
            await link.send(text)

    async def _after(self, link: ServerConnection | None) -> ServerConnection:
        """Wait for a subscriber other than ``link``."""
        async with self._subscribed:
            await self._subscribed.wait_for(lambda: self._subscriber is not link)
        return self._subscriber

    async def _settle(self) -> None:
        """Wait until the client has everything, or for as long as a client that mends could need."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self.patience_s):
                while not self.settled(self.sent):  # noqa: ASYNC110 - the client is in another thread
                    await asyncio.sleep(0.001)
