"""The six workflows, as data. A new workflow is one file and one row."""

from allause.exceptions import UsageError
from allause.workflows.error_recovery import WORKFLOW as ERROR_RECOVERY
from allause.workflows.market_data import WORKFLOW as MARKET_DATA
from allause.workflows.monitoring_analytics import WORKFLOW as MONITORING_ANALYTICS
from allause.workflows.optimization import WORKFLOW as OPTIMIZATION
from allause.workflows.performance_under_load import WORKFLOW as PERFORMANCE_UNDER_LOAD
from allause.workflows.trading_execution import WORKFLOW as TRADING_EXECUTION
from allause.workflows.workflow import Workflow

WORKFLOWS: tuple[Workflow, ...] = (
    MARKET_DATA,
    TRADING_EXECUTION,
    OPTIMIZATION,
    MONITORING_ANALYTICS,
    ERROR_RECOVERY,
    PERFORMANCE_UNDER_LOAD,
)


def find(name: str) -> Workflow:
    """Return the workflow of that name.

    Raises:
        UsageError: there is none; the message lists them.
    """
    for workflow in WORKFLOWS:
        if workflow.name == name:
            return workflow
    raise UsageError(f"no workflow is named {name!r}; there are {', '.join(w.name for w in WORKFLOWS)}")


def plan() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the name and the step names of every workflow: what a whole validation has to account for."""
    return tuple((workflow.name, workflow.step_names) for workflow in WORKFLOWS)
