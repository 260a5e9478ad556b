"""Place orders once, whatever happens, as an allause component."""

from allause_execution.configuration import Config
from allause_execution.plugin import TradingExecutionEngine
from allause_execution.sessions.paper import PaperSession

__all__ = ["Config", "PaperSession", "TradingExecutionEngine"]
