"""What a live source gives: events with their numbers, notices about the source itself, and what it counts."""

from collections.abc import Iterator, Mapping
from enum import StrEnum

import attrs
import msgspec
import polars as pl

from allause.depth import DepthEvent
from allause.models import Quote, Trade


class Kind(StrEnum):
    """Name what is received."""

    TRADE = "trade"
    QUOTE = "quote"
    DEPTH = "depth"
    NOTICE = "notice"


class Notice(StrEnum):
    """Name what a source tells about itself."""

    CONNECTED = "connected"
    DISCONNECTED = "disconnected"
    GAP = "gap"
    STALE = "stale"
    FRESH = "fresh"
    RENUMBERED = "renumbered"
    UNSOUND = "unsound"
    FAIL_OVER = "fail_over"
    DISAGREEMENT = "disagreement"


class Rule(StrEnum):
    """Name how sources are made one."""

    PRIMARY = "primary"  # the first source that is well; the next one when it is not
    FIRST = "first"  # whoever brings a number first; for lines of one venue


class Count(StrEnum):
    """Name what is counted of a source; each name stands in the reference."""

    CONNECTIONS = "connections"
    FAILED_CONNECTIONS = "failed_connections"
    CUTS = "cuts"
    HEARTBEATS_LOST = "heartbeats_lost"
    SILENCES = "silences"
    FRAMES = "frames"
    TRADES = "trades"
    QUOTES = "quotes"
    DEPTH = "depth"
    GARBLED = "garbled"
    NEGATIVE_PRICE = "negative_price"
    ZERO_PRICE = "zero_price"
    CROSSED_QUOTE = "crossed_quote"
    UNKNOWN = "unknown"
    DUPLICATES = "duplicates"
    LATE = "late"
    FAR = "far"
    RENUMBERED = "renumbered"
    GAPS = "gaps"
    CROSSED = "crossed"
    SNAPSHOTS = "snapshots"
    MISSED_TRADES = "missed_trades"
    FAILED_REQUESTS = "failed_requests"
    STALE = "stale"
    TRADES_DROPPED = "trades_dropped"
    QUOTES_DROPPED = "quotes_dropped"
    DEPTH_DROPPED = "depth_dropped"
    NOTICES_DROPPED = "notices_dropped"


class FeedNotice(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Tell something about a source, in its place among the events.

    Attributes:
        notice: what.
        source: its name.
        symbol: the instrument it is about; empty for all.
        ts_event: when it was noticed here, as ``ts_init``.
        detail: for people.
    """

    notice: Notice
    source: str
    symbol: str
    ts_event: int
    ts_init: int
    detail: str = ""


class Received(msgspec.Struct, frozen=True, gc=False):
    """Hold one event with what tells it from its like.

    Attributes:
        kind: of the event.
        number: the venue's: of a trade, of the update a quote shows, of the last update of depth; 0 for a notice.
        event: itself.
    """

    kind: Kind
    number: int
    event: Trade | Quote | DepthEvent | FeedNotice


@attrs.frozen
class LiveBatch:
    """Hold what had arrived when it was asked for, in the order of arrival.

    Iterating gives the events; ``received`` has their numbers too.

    Attributes:
        source: the name of the source.
        received: at least one.
    """

    source: str
    received: tuple[Received, ...]

    @property
    def ts_init(self) -> int:
        """When the last of it was received."""
        return self.received[-1].event.ts_init

    def tables(self) -> Mapping[str, pl.DataFrame]:
        """Return its trades and quotes as tables by ``trade`` and ``quote``, such as the gate and the store take.

        Trades have their numbers too, as ``seq``; those of quotes do not follow one on another.
        """
        found = {
            kind.value: [(one.number, msgspec.structs.asdict(one.event)) for one in self.received if one.kind is kind]
            for kind in (Kind.TRADE, Kind.QUOTE)
        }
        return {
            name: pl.DataFrame([{**row, "seq": number} if name == Kind.TRADE else row for number, row in rows])
            for name, rows in found.items()
            if rows
        }

    def __len__(self) -> int:
        return len(self.received)

    def __iter__(self) -> Iterator[Trade | Quote | DepthEvent | FeedNotice]:
        return (one.event for one in self.received)
