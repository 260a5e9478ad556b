"""Clean and enrich market data with polars as an allause component."""

from allause_enhancer.config import EnhancerConfig
from allause_enhancer.plugin import MarketDataEnhancer

__all__ = ["EnhancerConfig", "MarketDataEnhancer"]
