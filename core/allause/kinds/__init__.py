"""KINDS: everything that differs by kind of component, as data. A new kind is one file here and one row."""

from collections.abc import Mapping
from types import MappingProxyType

from allause.kinds.analytics import ANALYTICS
from allause.kinds.execution import EXECUTION
from allause.kinds.kind import QUESTIONS, Ask, Heard, Interview, Kind, Problem, Question, Topic
from allause.kinds.market_data import MARKET_DATA
from allause.kinds.market_data_enhancer import MARKET_DATA_ENHANCER
from allause.kinds.monitoring import MONITORING
from allause.kinds.optimizer import OPTIMIZER

__all__ = ["KINDS", "KINDS_USED", "QUESTIONS", "Ask", "Heard", "Interview", "Kind", "Problem", "Question", "Topic"]

KINDS: Mapping[str, Kind] = MappingProxyType(
    {kind.name: kind for kind in (MARKET_DATA, MARKET_DATA_ENHANCER, EXECUTION, OPTIMIZER, MONITORING, ANALYTICS)}
)
#: The kinds that a run needs, in the order in which they are built.
KINDS_USED = ("market_data", "market_data_enhancer", "execution", "monitoring", "analytics")
