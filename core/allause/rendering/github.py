"""Render a report as GitHub workflow commands, which become annotations of a pull request."""

from pathlib import Path

from allause.models.report import Report, Result, Status
from allause.rendering.place import place_of
from allause.rendering.verdict import WORST_FIRST, counts, examined_results, examined_steps, unexamined, verdict

_LEVELS = {Status.FAILED: "error", Status.ERRORED: "error", Status.INCONCLUSIVE: "warning", Status.BLOCKED: "warning"}
_REST = "notice"
_IN_DATA = (("%", "%25"), ("\r", "%0D"), ("\n", "%0A"))
_IN_PROPERTIES = (*_IN_DATA, (":", "%3A"), (",", "%2C"))


def render(report: Report, *, checkout: Path | None = None) -> str:
    """Return one line for each finding, the worst first, since only the first ten are shown, and one for the verdict.

    :param checkout: the folder whose files the annotations belong to; the current one when left out.
    """
    folder = checkout or Path.cwd()
    results = [(result.status, _check(each.id, each.path, result, folder)) for each, result in examined_results(report)]
    results += [(result.status, _check("validation", "", result, folder)) for result in report.validation
                if result.status in WORST_FIRST]  # fmt: skip # one thought
    steps = [(step.status, _step(workflow.name, step.name, step.message)) for workflow, step in examined_steps(report)]
    others = [(each.status, _command({"title": each.title}, f"{each.subject}: {each.story}"))
              for each in unexamined(report)]  # fmt: skip # one row an entry
    rows = sorted(results + steps + others, key=lambda row: WORST_FIRST.index(row[0]))
    lines = [f"::{_LEVELS.get(status, _REST)} {rest}" for status, rest in rows]
    level = "error" if report.exit_code else _REST
    lines.append(f"::{level} title=allause::{_escaped(f'{verdict(report)} {counts(report)}')}")
    return "\n".join(lines) + "\n"


def _check(name: str, path: str, result: Result, checkout: Path) -> str:
    properties = {"title": f"{result.code} {result.slug} ({result.status.value})"}
    place = place_of(result.location)
    if place is not None:
        properties = {"file": place.below(checkout, path), **properties}
        if place.line is not None:
            properties["line"] = str(place.line)
    where = f"{name}, {result.location}" if result.location else name
    fix = f"\nfix: {result.fix}" if result.fix else ""
    return _command(properties, f"{where}: {result.message}{fix}")


def _step(workflow: str, step: str, message: str) -> str:
    return _command({"title": f"workflow {workflow}, step {step}"}, message or "did not pass")


def _command(properties: dict[str, str], data: str) -> str:
    named = ",".join(f"{key}={_escaped(value, _IN_PROPERTIES)}" for key, value in properties.items())
    return f"{named}::{_escaped(data)}"


def _escaped(text: str, table: tuple[tuple[str, str], ...] = _IN_DATA) -> str:
    for character, code in table:
        text = text.replace(character, code)
    return text
