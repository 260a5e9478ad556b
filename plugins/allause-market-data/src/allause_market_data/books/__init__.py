"""Books of orders, kept from recorded or live depth."""

from allause_market_data.books.book import OrderBook
from allause_market_data.books.rows import depth_events

__all__ = ["OrderBook", "depth_events"]
