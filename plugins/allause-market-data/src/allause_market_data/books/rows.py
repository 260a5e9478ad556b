"""Depth rows, one for each level of a message, as the events they were read from."""

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any

import polars as pl

from allause.depth import DepthDelta, DepthEvent, DepthSnapshot, Level
from allause.models import exact

_MESSAGE = ("symbol", "ts_event", "ts_init", "first_id", "last_id", "previous_id", "snapshot")


def depth_events(rows: pl.DataFrame) -> Iterator[DepthEvent]:
    """Yield the messages that a depth table holds, in its order.

    :param rows: with the columns of ``allause.models.DEPTH_COLUMNS``; rows of one message stand together.
    """
    for key, levels in groupby(rows.iter_rows(named=True), key=itemgetter(*_MESSAGE)):
        yield _event(dict(zip(_MESSAGE, key, strict=True)), list(levels))


def _event(message: dict[str, Any], rows: list[dict[str, Any]]) -> DepthEvent:
    sides: dict[str, list[Level]] = {"bid": [], "ask": []}
    for row in rows:
        if row["side"] is not None:  # a message that changed nothing, yet the chain goes through it
            sides[row["side"]].append((exact(row["price"]), exact(row["size"])))
    common = {name: message[name] for name in ("symbol", "ts_event", "ts_init")}
    bids, asks = tuple(sides["bid"]), tuple(sides["ask"])
    if message["snapshot"]:
        return DepthSnapshot(**common, update_id=message["last_id"], bids=bids, asks=asks)
    ids = {name: message[name] for name in ("first_id", "last_id", "previous_id")}
    return DepthDelta(**common, **ids, bids=bids, asks=asks)
