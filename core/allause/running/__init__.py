"""Run the components on recorded data: data, enhancer, strategy, execution, monitoring, analytics."""

from allause.running.engine import run
from allause.running.path import EventPath
from allause.running.settings import Deadlines, RunResult, RunSettings
from allause.running.summary import laid_out
from allause.running.supervisor import supervise

__all__ = ["Deadlines", "EventPath", "RunResult", "RunSettings", "laid_out", "run", "supervise"]
