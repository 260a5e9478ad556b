"""Run contributed checks over the evidence, in a child forked off the host once everything of ours is judged.

The child has what the host has seen; it gives back a bounded list of results under its own name. So a contributed
check can neither alter a verdict of ours nor end the validation. It is the code of somebody who was opted for, not a
component under examination: it runs with the rights of the user.
"""

import json
import os
import selectors
import signal
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import attrs

from allause.checks import examine
from allause.checks.contribution import collect, refusal
from allause.discovery import Contributor, printable
from allause.exceptions import ComponentError
from allause.measurement import SystemClock
from allause.models.report import Result, Status
from allause.validation.execution import Examined

_DEADLINE_NS = 60_000_000_000
_LARGEST = 8_000_000
_MOST = 1_000
_POSSIBLE = {status.value for status in Status} - {Status.WAIVED.value}
_clock = SystemClock()


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
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        _speak(contributor, examined, writing)
    os.close(writing)
    try:
        content = _read(reading)
    finally:
        os.close(reading)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    try:
        said = json.loads(content)
    except (ValueError, RecursionError):
        raise ComponentError(f"{contributor.id} ended, hung or said too much before its checks were done") from None
    problem = said.get("problem", "") if isinstance(said, dict) else "no answer"
    if problem:
        raise ComponentError(printable(str(problem), 400))
    results = said.get("results")
    return results if isinstance(results, dict) else {}


def _speak(contributor: Contributor, examined: Sequence[Examined], writing: int) -> NoReturn:
    """Do a contributor's work in the child and never return."""
    code = 1
    try:
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nowhere, stream)
        with os.fdopen(writing, "w", encoding="utf-8", errors="backslashreplace") as file:
            json.dump(_answer(contributor, examined), file)
        code = 0
    finally:
        os._exit(code)  # nothing of the host may be unwound here


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


def _read(reading: int) -> bytes:
    """Return what a child says until it has done, or nothing when that is too much or takes too long."""
    end = _clock.monotonic_ns() + _DEADLINE_NS
    content = b""
    with selectors.DefaultSelector() as selector:
        selector.register(reading, selectors.EVENT_READ)
        while (left := end - _clock.monotonic_ns()) > 0 and len(content) <= _LARGEST:
            if selector.select(left / 1e9):
                part = os.read(reading, 1 << 16)
                if not part:
                    return content
                content += part
    return b""


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
