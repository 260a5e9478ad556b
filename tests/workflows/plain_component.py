"""The standard API by itself.

A module of its own, so that children can import it too.
"""

from allause.hookspecs import CONTRACT_VERSION, hookimpl
from allause.models import (
    ComponentInfo,
    ComponentValidation,
    FunctionalityCase,
    FunctionalityReport,
    OptimizationMetrics,
    PerformanceStats,
)


class Plain:
    """Answer the standard API and nothing else."""

    kind = "execution"

    def __init__(self, config=None):
        self.operations = 0

    @hookimpl
    def get_component_info(self):
        return ComponentInfo(name="it", kind=self.kind, version="1", contract_version=CONTRACT_VERSION)

    @hookimpl
    def get_performance_stats(self):
        return PerformanceStats(operations=self.operations, errors=0, busy_ns=0)

    @hookimpl
    def test_functionality(self):
        return FunctionalityReport(cases=(FunctionalityCase(name="it is there", passed=True),))

    @hookimpl
    def get_optimization_metrics(self):
        return OptimizationMetrics()

    @hookimpl
    def validate_component(self):
        return ComponentValidation(valid=True)

    @hookimpl
    def start(self, context):
        self.session = context.venue

    @hookimpl
    def close(self):
        pass
