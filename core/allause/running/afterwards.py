"""What is asked of the components after the last order: a failure there is a problem, and the rest is still told."""

from collections.abc import Mapping

import attrs

from allause.component import Component
from allause.exceptions import AllauseError, ComponentError
from allause.measurement import percentile
from allause.models.analytics import AnalysisReport
from allause.models.monitoring import Alert
from allause.running.gateway import answer, answers
from allause.running.outcome import Outcome
from allause.running.trading import Trading
from allause.system import System


@attrs.define(eq=False)
class Afterwards:
    """Gather the last answers.

    Attributes:
        analysis: of the returns; None when it failed.
        alerts: state of every rule; empty when the monitoring component failed.
        problems: one sentence for each failure.
        notices: what a reader must know.
    """

    analysis: AnalysisReport | None = None
    alerts: tuple[Alert, ...] = ()
    problems: list[str] = attrs.field(factory=list)
    notices: list[str] = attrs.field(factory=list)

    def analyse(
        self, analytics: Component, trading: Trading, outcome: Outcome, trading_s: float, deadline_s: float
    ) -> None:
        """Ask for the analysis of the returns and of what was measured."""
        arguments: dict[str, object] = {}
        if outcome.returns:
            arguments["returns"] = outcome.returns
        if outcome.periods_per_year:
            arguments["periods_per_year"] = outcome.periods_per_year
        try:
            value = self._asked(analytics, arguments, _measured(trading, outcome, trading_s), deadline_s)
            self.analysis = answer(analytics, "analyze_performance", value, AnalysisReport)
        except AllauseError as error:
            self.problems.append(str(error))

    def look(self, monitoring: Component) -> None:
        """Ask for the alerts and end the monitoring."""
        try:
            self.alerts = answers(monitoring, "get_alerts", monitoring.call("get_alerts"), Alert)
        except AllauseError as error:
            self.problems.append(str(error))
        try:
            monitoring.call("stop_monitoring")
        except AllauseError as error:
            self.problems.append(str(error))

    def close(self, system: System) -> None:
        """Close every component."""
        self.problems += system.close()

    def _asked(
        self, analytics: Component, arguments: Mapping[str, object], measured: Mapping[str, float], deadline_s: float
    ) -> object:
        """Ask with all that was measured, and once more with what every rubric has when that is refused."""
        common = {name: value for name, value in measured.items() if name == "error_rate"}
        for measurements in (measured, common):
            given = {**arguments, "measurements": measurements} if measurements else arguments
            try:
                return analytics.call("analyze_performance", deadline_s=deadline_s, **given)
            except ComponentError as error:
                if measurements == common or not isinstance(error.__cause__, ValueError):
                    raise
                left_out = ", ".join(sorted(measured.keys() - common.keys()))
                self.notices.append(f"{analytics.id} refused measurements, and was asked again without {left_out}")
        return None


def _measured(trading: Trading, outcome: Outcome, trading_s: float) -> Mapping[str, float]:
    measured = {"market_data_events_per_second": len(trading.bars) / trading_s}
    if trading.attempts:
        failures = sum(order.status in ("rejected", "unknown") for order in outcome.orders.values())
        measured["error_rate"] = failures / len(trading.attempts)
        measured["order_latency_p99_seconds"] = percentile(trading.order_ns, 99) / 1e9
    return measured
