"""Clean and enrich market data as an allause component."""

from allause_enhancer.columns import COLUMNS
from allause_enhancer.config import Engine, EnhancerConfig
from allause_enhancer.engine import EnhancedFrame, Enhancement
from allause_enhancer.plugin import MarketDataEnhancer
from allause_enhancer.stream import EnhancerStream

__all__ = [
    "COLUMNS",
    "Engine",
    "EnhancedFrame",
    "Enhancement",
    "EnhancerConfig",
    "EnhancerStream",
    "MarketDataEnhancer",
]
