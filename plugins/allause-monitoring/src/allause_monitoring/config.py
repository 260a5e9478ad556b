"""Say what can be configured."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs
from attrs.validators import and_, ge, gt, le

from allause.exceptions import ConfigurationError
from allause_monitoring.rules import RULES, AlertRule


def _check_thresholds(_instance: Any, _attribute: Any, thresholds: Mapping[str, float]) -> None:
    names = [rule.name for rule in RULES]
    for name, value in thresholds.items():
        path = f"thresholds.{name}"
        if name not in names:
            raise ConfigurationError(f"{path}: no such alert rule; there are {', '.join(names)}", path)
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise ConfigurationError(f"{path}: expected a finite number, got {value!r}", path)


@attrs.frozen(kw_only=True)
class MonitoringConfig:
    """Configure the monitoring component.

    Attributes:
        directory: where the metrics store lives; without it the directory given at ``start``, or none.
        sample_interval_s: between two background samples.
        retention_s: how long stored samples are kept.
        batch_rows: rows written to the store in one transaction.
        max_series: recorded series held at most; a label of high cardinality is refused beyond it.
        thresholds: other thresholds of alert rules, by rule name, in the rule's unit.
    """

    directory: Path | None = None
    sample_interval_s: float = attrs.field(default=1.0, validator=and_(gt(0), le(3_600)))
    retention_s: float = attrs.field(default=604_800.0, validator=and_(gt(0), le(10 * 366 * 86_400)))
    batch_rows: int = attrs.field(default=500, validator=and_(ge(1), le(1_000_000)))
    max_series: int = attrs.field(default=10_000, validator=and_(ge(1), le(1_000_000)))
    thresholds: Mapping[str, float] = attrs.field(factory=dict, validator=_check_thresholds)

    def rules(self) -> tuple[AlertRule, ...]:
        """Return the alert rules with the thresholds configured."""
        return tuple(
            attrs.evolve(rule, threshold=float(self.thresholds.get(rule.name, rule.threshold))) for rule in RULES
        )
