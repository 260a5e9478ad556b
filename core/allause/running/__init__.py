"""Run the components on recorded data: data, enhancer, strategy, execution, monitoring, analytics."""

from allause.running.engine import run
from allause.running.settings import KINDS_USED, RunResult, RunSettings

__all__ = ["KINDS_USED", "RunResult", "RunSettings", "run"]
