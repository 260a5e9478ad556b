"""Frozen records: what components, venues and reports are made of."""

from typing import TYPE_CHECKING

from allause.deferred import deferred

if TYPE_CHECKING:
    from allause.models.analytics import (
        AnalysisReport,
        Anomaly,
        Figure,
        Grade,
        Trend,
    )
    from allause.models.component import (
        ComponentInfo,
        ComponentValidation,
        FunctionalityCase,
        FunctionalityReport,
        OptimizationMetrics,
        PerformanceStats,
        TunableSetting,
    )
    from allause.models.context import (
        Clock,
        Context,
        MetricsSink,
    )
    from allause.models.market import (
        BAR_COLUMNS,
        DEPTH_COLUMNS,
        OBSERVATION_COLUMNS,
        OPTION_COLUMNS,
        QUOTE_COLUMNS,
        TRADE_COLUMNS,
        ArrowTable,
        Bar,
        DataQuality,
        DefectCause,
        DoubtCause,
        MarketEvent,
        Quote,
        Trade,
    )
    from allause.models.measurement import (
        Measurement,
        ThroughputReport,
    )
    from allause.models.monitoring import (
        Alert,
        AlertState,
        MetricSample,
    )
    from allause.models.optimization import (
        OptimizationReport,
        OptimizationTarget,
        Trial,
    )
    from allause.models.orders import (
        Account,
        Fill,
        OrderIntent,
        OrderReport,
        OrderStatus,
        OrderType,
        Position,
        ReconciliationReport,
        Side,
        TimeInForce,
        exact,
    )
    from allause.models.report import (
        ComponentReport,
        Control,
        Progress,
        Report,
        Result,
        Status,
        StepResult,
        Summary,
        WorkflowReport,
    )
    from allause.models.venue import (
        Instrument,
        VenueEvent,
        VenueOrder,
        VenueSession,
    )

__all__ = [
    "BAR_COLUMNS",
    "DEPTH_COLUMNS",
    "OBSERVATION_COLUMNS",
    "OPTION_COLUMNS",
    "QUOTE_COLUMNS",
    "TRADE_COLUMNS",
    "Account",
    "Alert",
    "AlertState",
    "AnalysisReport",
    "Anomaly",
    "ArrowTable",
    "Bar",
    "Clock",
    "ComponentInfo",
    "ComponentReport",
    "ComponentValidation",
    "Context",
    "Control",
    "DataQuality",
    "DefectCause",
    "DoubtCause",
    "Figure",
    "Fill",
    "FunctionalityCase",
    "FunctionalityReport",
    "Grade",
    "Instrument",
    "MarketEvent",
    "Measurement",
    "MetricSample",
    "MetricsSink",
    "OptimizationMetrics",
    "OptimizationReport",
    "OptimizationTarget",
    "OrderIntent",
    "OrderReport",
    "OrderStatus",
    "OrderType",
    "PerformanceStats",
    "Position",
    "Progress",
    "Quote",
    "ReconciliationReport",
    "Report",
    "Result",
    "Side",
    "Status",
    "StepResult",
    "Summary",
    "ThroughputReport",
    "TimeInForce",
    "Trade",
    "Trend",
    "Trial",
    "TunableSetting",
    "VenueEvent",
    "VenueOrder",
    "VenueSession",
    "WorkflowReport",
    "exact",
]

__getattr__ = deferred(
    __name__,
    __all__,
    (
        "component",
        "orders",
        "market",
        "analytics",
        "monitoring",
        "measurement",
        "optimization",
        "venue",
        "context",
        "report",  # last, for components never ask for it and it is the slowest
    ),
)
