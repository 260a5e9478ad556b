"""Place orders once, whatever happens, as an allause component."""

from allause_execution.configuration import Config
from allause_execution.paper import PaperSession
from allause_execution.plugin import TradingExecutionEngine

__all__ = ["Config", "PaperSession", "TradingExecutionEngine"]
