"""Say what can be configured."""

import attrs
from attrs.validators import and_, ge, gt, le, lt


@attrs.frozen(kw_only=True)
class AnalyticsConfig:
    """Configure the analytics component.

    Attributes:
        anomaly_threshold: robust standard deviations from which a return is flagged.
        anomaly_window: preceding returns that a return is compared with.
        anomaly_history: preceding returns needed before anything is flagged; at most the window.
        trend_significance: p-value below which a slope is a trend.
    """

    anomaly_threshold: float = attrs.field(default=6.0, validator=and_(gt(0), le(1_000)))
    anomaly_window: int = attrs.field(default=250, validator=and_(ge(10), le(100_000)))
    anomaly_history: int = attrs.field(default=30, validator=ge(10))
    trend_significance: float = attrs.field(default=0.05, validator=and_(gt(0), lt(1)))

    def __attrs_post_init__(self) -> None:
        if self.anomaly_history > self.anomaly_window:
            raise ValueError(
                f"anomaly_history: expected at most anomaly_window, {self.anomaly_window}, got {self.anomaly_history}"
            )
