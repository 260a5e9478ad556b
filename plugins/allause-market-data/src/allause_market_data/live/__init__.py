"""Live market data: a websocket feed that mends itself and counts what it mended.

``LiveFeed`` needs the extra ``live`` and is imported from ``allause_market_data.live.feed``.
"""

from allause_market_data.live.events import Count, FeedNotice, Kind, LiveBatch, Notice, Received, Rule
from allause_market_data.live.outbox import OVERFLOW, FeedBrokenError, Overflow
from allause_market_data.live.settings import MISSING_EXTRA, LiveSettings, SourceSettings

__all__ = [
    "MISSING_EXTRA",
    "OVERFLOW",
    "Count",
    "FeedBrokenError",
    "FeedNotice",
    "Kind",
    "LiveBatch",
    "LiveSettings",
    "Notice",
    "Overflow",
    "Received",
    "Rule",
    "SourceSettings",
]
