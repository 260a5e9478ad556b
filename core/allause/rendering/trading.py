"""Say which way to trading is next for what has passed."""

from collections.abc import Mapping, Sequence
from shlex import quote

from allause.kinds import KINDS_USED
from allause.models.report import Report

#: What a command may stand between.
QUOTES = "'\"`"


def trading(report: Report, paths: str) -> str:
    """Say which way to trading is next, when nothing has failed; empty when there is none."""
    if not (paths or report.workflows):
        return "next, 'allause validate' with all components runs the workflows too"
    install = quoted(f"pip install {paths}") if paths else ""
    they = "it" if len(report.components) == 1 else "them"
    if all(each.kind not in KINDS_USED for each in report.components):
        return f"next, {install} installs {they}" if paths else ""
    offered = _offered(report)
    if missing := [kind for kind in KINDS_USED if kind not in offered]:
        start = f"next, {install}; " if paths else ""
        return f"{start}'allause run' also needs {_of_kinds(missing)}"
    after = f"after {install}, " if paths else ""
    return f"next, {after}{quoted(_run(report, offered))} trades recorded data with {they}"


def _offered(report: Report) -> Mapping[str, Sequence[str]]:
    """Return the identities of what is usable by kind, that which was examined first: what is installed, and it."""
    installed = report.environment.get("components_installed")
    offered: dict[str, list[str]] = {}
    for kind, identities in installed.items() if isinstance(installed, Mapping) else ():
        if plain := [each for each in identities if _is_word(each)] if isinstance(identities, list) else []:
            offered[kind] = plain
    for each in report.components:
        others = (one for one in offered.get(each.kind, ()) if one != each.id)
        offered[each.kind] = [each.id, *others]
    return offered


def _is_word(identity: object) -> bool:
    """Tell whether it can stand in a command as it is; a report may come from anybody."""
    return isinstance(identity, str) and quote(identity) == identity


def _of_kinds(kinds: Sequence[str]) -> str:
    *others, last = kinds
    return f"components of kind {', '.join(others)} and {last}" if others else f"a component of kind {last}"


def _run(report: Report, offered: Mapping[str, Sequence[str]]) -> str:
    """Return the command that trades with what was examined, naming that, and one of each kind that several offer.

    Where there is one of every kind and no other, none has to be named.
    """
    examined = {each.kind for each in report.components}
    alone = all(kind in examined and len(offered[kind]) == 1 for kind in KINDS_USED)
    named = [] if alone else [k for k in KINDS_USED if k in examined or len(offered[k]) > 1]
    return " ".join(("allause run", *(f"--component {offered[kind][0]}" for kind in named)))


def quoted(command: str) -> str:
    """Return a command between marks that are none of its own, as there are in a path with a space."""
    mark = next((each for each in QUOTES if each not in command), "")
    return f"{mark}{command}{mark}"
