"""Run one workflow in the isolated child: plain data in, plain data out."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from allause.component import Component
from allause.discovery import ComponentRecord, build, discover
from allause.exceptions import AllauseError, UsageError
from allause.models.report import WorkflowReport
from allause.system import System
from allause.workflows.catalogue import find
from allause.workflows.workflow import not_built, run_workflow

#: How the host names ``run`` to the child.
REFERENCE = "allause.workflows.session:run"


def run(
    workflow: str,
    components: Mapping[str, str],
    seed: int,
    directory: str = "system",
    search_path: Sequence[str] | None = None,
    progress: Callable[[Mapping[str, Any]], None] | None = None,
) -> dict[str, Any]:
    """Build the components, run one workflow on them, and return its report as plain data.

    :param workflow: its name.
    :param components: kind to identity, as discovery finds them.
    :param seed: of every choice.
    :param directory: a folder for the components; below the working directory when relative.
    :param search_path: where to look for distributions; ``sys.path`` when left out.
    :param progress: told of what begins and ends.

    Raises:
        UsageError: an unknown workflow, or a component that discovery does not find.
    """
    chosen = find(workflow)
    records = _records(discover(search_path), components)
    folder = Path(directory).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        system = System.build(tuple(records[kind] for kind in chosen.kinds), folder)
    except AllauseError as error:
        return plain(not_built(chosen, error))

    def rebuild(kind: str, configuration: Mapping[str, Any]) -> Component:
        return build(records[kind], configuration or None)

    with system:
        return plain(run_workflow(chosen, system, seed=seed, rebuild=rebuild, announce=progress))


def plain(report: WorkflowReport) -> dict[str, Any]:
    """Return a report as plain data."""
    steps = [{**attrs.asdict(step), "status": str(step.status)} for step in report.steps]
    return {"name": report.name, "status": str(report.status), "steps": steps}


def _records(found: Sequence[ComponentRecord], components: Mapping[str, str]) -> dict[str, ComponentRecord]:
    by_kind = {(record.kind, record.id): record for record in found}
    missing = [f"{kind} {name}" for kind, name in components.items() if (kind, name) not in by_kind]
    if missing:
        raise UsageError(f"these components were found before and are not found now: {', '.join(missing)}")
    return {kind: by_kind[kind, name] for kind, name in components.items()}
