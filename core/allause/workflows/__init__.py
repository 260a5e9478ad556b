"""Six end-to-end workflows: real components together, on real data, against a venue whose log is the truth."""

from allause.workflows.catalogue import WORKFLOWS, find, plan
from allause.workflows.examination import examine
from allause.workflows.workflow import Step, Workflow, run_workflow

__all__ = ["WORKFLOWS", "Step", "Workflow", "examine", "find", "plan", "run_workflow"]
