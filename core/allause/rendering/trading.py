"""Say which way to trading is next for what has passed."""

from collections.abc import Sequence

from allause.kinds import KINDS_USED
from allause.models.report import Report

#: What a command may stand between.
QUOTES = "'\"`"


def trading(report: Report, paths: str) -> str:
    """Say that all has passed, and which way to trading is next."""
    if not (paths or report.workflows):
        return "every check passed; next, 'allause validate' with all components runs the workflows too."
    install = quoted(f"pip install {paths}") if paths else ""
    they = "it" if len(report.components) == 1 else "them"
    if all(each.kind not in KINDS_USED for each in report.components):
        return f"everything planned passed; next, {install} installs {they}." if paths else "everything planned passed."
    if missing := _missing(report):
        start = f"next, {install}; " if paths else ""
        return f"everything planned passed; {start}'allause run' also needs {_of_kinds(missing)}."
    after = f"after {install}, " if paths else ""
    return f"everything planned passed; next, {after}{quoted(_run(report))} trades recorded data with {they}."


def _missing(report: Report) -> list[str]:
    """Return the kinds that a run uses and that nothing usable offered, here or among what was examined."""
    installed = report.environment.get("kinds_installed")
    offered = [*(each.kind for each in report.components), *(installed if isinstance(installed, Sequence) else ())]
    return [kind for kind in KINDS_USED if kind not in offered]


def _of_kinds(kinds: Sequence[str]) -> str:
    *others, last = kinds
    return f"components of kind {', '.join(others)} and {last}" if others else f"a component of kind {last}"


def _run(report: Report) -> str:
    """Return the command that trades with what was examined: named, unless there is one of every kind and no other."""
    used = [each for each in report.components if each.kind in KINDS_USED]
    chosen = {each.kind: each.id for each in used}
    if len(chosen) == len(used) == len(KINDS_USED):
        return "allause run"
    return " ".join(("allause run", *(f"--component {identity}" for identity in chosen.values())))


def quoted(command: str) -> str:
    """Return a command between marks that are none of its own, as there are in a path with a space."""
    mark = next((each for each in QUOTES if each not in command), "")
    return f"{mark}{command}{mark}"
