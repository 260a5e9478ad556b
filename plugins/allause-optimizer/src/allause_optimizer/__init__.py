"""Measure a trading system under several settings as an allause component."""

from allause_optimizer.configuration import Config
from allause_optimizer.plugin import TradingSystemOptimizer

__all__ = ["Config", "TradingSystemOptimizer"]
