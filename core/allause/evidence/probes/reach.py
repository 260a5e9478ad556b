"""Watch what the import and a default-constructed component reach for: the system, and what belongs to others."""

from collections.abc import Mapping
from typing import Any

import attrs

from allause.evidence.asker import EndedError
from allause.evidence.bench import Bench
from allause.evidence.exchange import Exchange
from allause.evidence.probes.conduct import interview


@attrs.frozen(kw_only=True)
class SystemRequest:
    """Hold one thing asked of the system.

    Attributes:
        matter: ``network``, ``process``, ``thread`` or ``file``.
        detail: the event and what of its arguments is plain.
        file: of the module being imported at that time; empty when none was.
        line: in that module.
        callers: file and line of every frame on the stack, the innermost first; empty for a thread or file.
    """

    matter: str
    detail: str
    file: str
    line: int
    callers: tuple[tuple[str, int], ...] = ()


@attrs.frozen(kw_only=True)
class Reach:
    """Hold what was seen between the import and ``close``.

    Attributes:
        requests: asked of the system during the import.
        path: entries that came to (``+``) or left (``-``) sys.path during the import.
        network: requests to the network by the import, the construction and calls, before any ``start``.
        processes: other programs or processes begun.
        replaced: code of loaded modules that is not what it was before the import, or was rewritten in its place.
        ended: the exchange that ended it early; else None.
    """

    requests: tuple[SystemRequest, ...] = ()
    path: tuple[str, ...] = ()
    network: tuple[SystemRequest, ...] = ()
    processes: tuple[SystemRequest, ...] = ()
    replaced: tuple[str, ...] = ()
    ended: Exchange | None = None


def observe_reach(bench: Bench) -> Reach:
    """Interview an instance under the audit hook; how the child was before the import is known."""
    ended: Exchange | None = None
    with bench.shared() as examinee:
        try:
            interview(bench, examinee, [], "reach")
            examinee.call("close")
        except EndedError as lost:
            ended = lost.exchange
        imported = examinee.imported.get("audit", {})
        begun = imported.get("events", ())
        audited = examinee.observe("audit")
        events = [_request(event) for event in (*begun, *audited.get("events", ()))]
        replaced = [*examinee.observe("identities").get("replaced", ()), *audited.get("rewritten", ())]
        return Reach(
            requests=tuple(each for each in events[: len(begun)] if each.matter != "socket"),
            path=tuple(imported.get("path", ())),
            network=tuple(each for each in events if each.matter in {"network", "socket"}),
            processes=tuple(each for each in events if each.matter == "process"),
            replaced=tuple(dict.fromkeys(replaced)),
            ended=ended,
        )


def _request(event: Mapping[str, Any]) -> SystemRequest:
    callers = tuple((caller["file"], caller["line"]) for caller in event["callers"])
    return SystemRequest(**{**event, "callers": callers})
