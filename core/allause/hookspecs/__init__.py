"""The contract: pluggy hookspecs, signatures and docstrings only.

This is the only place where a signature is decided. The host calls every method by keyword. Parameters
annotated ``| None`` are optional: the host passes them only when they have a value, so an implementation gives
them a default, and a later minor version of the contract may add more of them.

The records that annotations name are imported when an annotation is evaluated (``Kind.answer``), for reading the
signatures needs none of them.
"""

from allause.hookspecs.analytics import AnalyticsSpec
from allause.hookspecs.execution import ExecutionSpec
from allause.hookspecs.markers import CONTRACT_VERSION, hookimpl, hookspec
from allause.hookspecs.market_data import MarketDataSpec
from allause.hookspecs.market_data_enhancer import MarketDataEnhancerSpec
from allause.hookspecs.monitoring import MonitoringSpec
from allause.hookspecs.optimizer import OptimizerSpec
from allause.hookspecs.standard import StandardSpec

__all__ = [
    "CONTRACT_VERSION",
    "AnalyticsSpec",
    "ExecutionSpec",
    "MarketDataEnhancerSpec",
    "MarketDataSpec",
    "MonitoringSpec",
    "OptimizerSpec",
    "StandardSpec",
    "hookimpl",
    "hookspec",
]
