"""A link of a live feed is hung up, whatever happens while it is closed."""

import asyncio

import pytest

pytest.importorskip("websockets", reason="a live feed needs the extra live")

from websockets.asyncio.server import serve

from allause_market_data.live import SourceSettings
from allause_market_data.live.feed import LiveFeed


async def listen(link):
    async for _ in link:
        pass


async def interrupted_goodbye(open_link):
    """Say whether a link is hung up that was cancelled while it waited for the end of its goodbye."""
    opened = asyncio.Event()

    async def come_and_go(url):
        async with open_link(url) as link:
            link.transport.pause_reading()  # no answer comes through
            opened.link = link
            opened.set()

    async with serve(listen, "127.0.0.1", 0, close_timeout=0.1) as server:
        port = server.sockets[0].getsockname()[1]
        task = asyncio.create_task(come_and_go(f"ws://127.0.0.1:{port}"))
        await opened.wait()
        while opened.link.close_deadline is None:  # noqa: ASYNC110  nothing tells that a goodbye begins
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()
        try:
            return opened.link.transport.is_closing()
        finally:
            opened.link.transport.abort()


def test_a_link_whose_goodbye_is_interrupted_is_hung_up():
    feed = LiveFeed("a", ["A"], SourceSettings(url="ws://127.0.0.1"))
    assert asyncio.run(interrupted_goodbye(feed._session._open))
