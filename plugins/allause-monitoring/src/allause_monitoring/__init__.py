"""Collect metrics and evaluate alert rules as an allause component."""

from allause_monitoring.config import MonitoringConfig
from allause_monitoring.plugin import AdvancedMonitoringFramework
from allause_monitoring.rules import RULES, AlertRule

#: The same class under the name other systems use.
PerformanceMonitor = AdvancedMonitoringFramework

__all__ = ["RULES", "AdvancedMonitoringFramework", "AlertRule", "MonitoringConfig", "PerformanceMonitor"]
