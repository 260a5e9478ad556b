"""Run contributed checks over the evidence, in a process apart once everything of ours is judged.

That process has what the host has seen; it gives back a bounded list of results under its own name. So a contributed
check can neither alter a verdict of ours nor end the validation. It is the code of somebody who was opted for, not a
component under examination: it runs with the rights of the user.
"""

import json
import os
from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from allause.checks import examine
from allause.checks.contribution import collect, refusal
from allause.discovery import Contributor, printable
from allause.exceptions import ComponentError
from allause.models.report import Result, Status
from allause.validation.apart import said_apart
from allause.validation.execution import Examined

_DEADLINE_NS = 60_000_000_000
_LARGEST = 8_000_000
_MOST = 1_000
_POSSIBLE = {status.value for status in Status} - {Status.WAIVED.value}


@attrs.frozen(kw_only=True)
class Contribution:
    """Hold what contributors had to say.

    Attributes:
        results: further results by component.
        problems: one sentence for each contributor that could not be heard.
    """

    results: Mapping[str, tuple[Result, ...]]
    problems: tuple[str, ...]


def contribute(contributors: Sequence[Contributor], examined: Sequence[Examined]) -> Contribution:
    """Run the checks of each contributor, each in a child of its own."""
    results: dict[str, list[Result]] = {each.report.id: [] for each in examined}
    problems: list[str] = []
    taken: dict[str, str] = {}
    for contributor in contributors:
        try:
            said = _heard(contributor, examined)
            own = {identity: _results(said.get(identity), contributor) for identity in results}
            _claim(own, contributor, taken)
        except ComponentError as error:
            problems.append(f"contributed checks: {error}")
            continue
        for identity, found in own.items():
            results[identity] += found
    return Contribution(results={key: tuple(found) for key, found in results.items()}, problems=tuple(problems))


def _claim(own: Mapping[str, Sequence[Result]], contributor: Contributor, taken: dict[str, str]) -> None:
    """Note whose the codes are.

    Raises:
        ComponentError: one of them is another contributor's already.
    """
    for code in sorted({result.code for results in own.values() for result in results}):
        if taken.setdefault(code, contributor.id) != contributor.id:
            raise ComponentError(f"{contributor.id}: {code} is a check of {taken[code]} already")


def _heard(contributor: Contributor, examined: Sequence[Examined]) -> Mapping[str, Any]:
    def speak(writing: int) -> None:
        with os.fdopen(writing, "w", encoding="utf-8", errors="backslashreplace") as file:
            json.dump(_answer(contributor, examined), file)

    try:
        said = json.loads(said_apart(speak, _DEADLINE_NS, _LARGEST))
    except (ValueError, RecursionError):
        raise ComponentError(f"{contributor.id} ended, hung or said too much before its checks were done") from None
    problem = said.get("problem", "") if isinstance(said, dict) else "no answer"
    if problem:
        raise ComponentError(printable(str(problem), 400))
    results = said.get("results")
    return results if isinstance(results, dict) else {}


def _answer(contributor: Contributor, examined: Sequence[Examined]) -> Mapping[str, Any]:
    try:
        checks = collect(contributor)
    except ComponentError as error:
        return {"problem": str(error)}
    results = {}
    for each in examined:
        kind = each.report.kind
        own = [check for check in checks if kind in (check.kinds or (kind,))]
        found = examine(own, each.evidence, given=each.report.results)
        results[each.report.id] = [attrs.asdict(result) for result in found]
    return {"results": results}


def _results(said: Any, contributor: Contributor) -> tuple[Result, ...]:
    """Return results as the host words them; what is not of that shape is refused."""
    if not isinstance(said, list) or len(said) > _MOST:
        raise ComponentError(f"{contributor.id}: expected a list of at most {_MOST} results for each component")
    return tuple(_result(each, contributor) for each in said)


def _result(said: Any, contributor: Contributor) -> Result:
    fields = said if isinstance(said, dict) else {}
    problem = refusal(fields.get("code"), fields.get("slug"))
    if problem or fields.get("status") not in _POSSIBLE:
        raise ComponentError(f"{contributor.id}: {problem or 'a result has no status'}")
    seconds = fields.get("seconds")
    return Result(
        code=fields["code"],
        slug=fields["slug"],
        status=Status(fields["status"]),
        message=printable(str(fields.get("message", "")), 6_000),
        location=printable(str(fields.get("location", "")), 300),
        fix=printable(str(fields.get("fix", "")), 300),
        seconds=seconds if isinstance(seconds, float) and 0 <= seconds < _DEADLINE_NS else 0.0,
        origin=contributor.distribution,
    )
