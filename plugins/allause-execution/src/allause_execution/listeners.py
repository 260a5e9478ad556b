"""Logs and metrics: who listens there keeps no order from leaving and no halt from being carried out."""

from logging import Logger

from allause.models.context import MetricsSink
from allause_execution.orders.intents import shown

_LOG, _METRICS = "the log", "the metrics"
_LONGEST = 200


class Listeners:
    """Tell those who listen; what one of them raises is kept, and is nobody's who traded.

    Args:
        logger: of the component.
        metrics: where figures go, None when nobody wants them.

    Attributes:
        failures: who could not be told the last time, and why.
    """

    def __init__(self, logger: Logger, metrics: MetricsSink | None = None) -> None:
        self.failures: dict[str, str] = {}
        self._logger = logger
        self._metrics = metrics

    @property
    def measures(self) -> bool:
        """Tell whether anybody wants figures."""
        return self._metrics is not None

    def log(self, level: int, message: str, *values: object, traced: bool = False) -> None:
        """Write a line, with the error at hand when it is to be ``traced``."""
        try:
            self._logger.log(level, message, *values, exc_info=traced, stacklevel=2)
        except Exception as error:  # noqa: BLE001  a stranger's handler
            self._failed(_LOG, error)
        else:
            self.failures.pop(_LOG, None)

    def record(self, name: str, value: float) -> None:
        """Give a figure away."""
        if self._metrics is not None:
            try:
                self._metrics.record(name, value)
            except Exception as error:  # noqa: BLE001  a stranger's sink, though the contract says that it never raises
                self._failed(_METRICS, error)
            else:
                self.failures.pop(_METRICS, None)

    def _failed(self, whom: str, error: Exception) -> None:
        self.failures[whom] = f"{whom} cannot be told: {shown(error, _LONGEST)}"
