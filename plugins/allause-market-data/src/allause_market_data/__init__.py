"""Read, check and replay market data as an allause component."""

from allause_market_data.config import MarketDataConfig
from allause_market_data.plugin import LiveMarketDataSystem

__all__ = ["LiveMarketDataSystem", "MarketDataConfig"]
