"""Defects of a trade or a quote by itself, as the quality gate finds and rejects them in recorded rows."""

from allause.models import Quote, Trade
from allause_market_data.live.events import Count


def defect(event: Trade | Quote) -> Count | None:
    """Return the cause for which the gate would reject an event; its numbers are finite already."""
    if isinstance(event, Trade):
        return _signs(event.price, event.price, event.size)
    if found := _signs(event.bid, event.ask, min(event.bid_size, event.ask_size)):
        return found
    return Count.CROSSED_QUOTE if event.bid > event.ask else None


def _signs(price: float, other: float, size: float) -> Count | None:
    if price < 0 or other < 0 or size < 0:
        return Count.NEGATIVE_PRICE
    return Count.ZERO_PRICE if price == 0 or other == 0 else None
