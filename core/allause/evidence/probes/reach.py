"""Watch what a default-constructed component reaches for: network, processes, and what belongs to others."""

import attrs

from allause.evidence.bench import Bench
from allause.evidence.examinee import EndedError
from allause.evidence.exchange import Exchange
from allause.evidence.probes.conduct import interview


@attrs.frozen(kw_only=True)
class Reach:
    """Hold what was seen between the import and ``close``.

    Attributes:
        network: requests to the network by the import, the construction and calls, before any ``start``.
        processes: other programs or processes begun.
        replaced: code of loaded modules that is not what it was before the import.
        ended: the exchange that ended it early; else None.
    """

    network: tuple[str, ...] = ()
    processes: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    ended: Exchange | None = None


def observe_reach(bench: Bench) -> Reach:
    """Import, construct and interview under the audit hook, between two looks at the code of every module."""
    examinee = bench.examinee()
    examinee.observe("audit")
    examinee.observe("identities")
    ended: Exchange | None = None
    with examinee:
        try:
            interview(bench, examinee, [], "reach")
            examinee.call("close")
        except EndedError as lost:
            ended = lost.exchange
        events = examinee.observe("audit").get("events", ())
        return Reach(
            network=tuple(dict.fromkeys(e["detail"] for e in events if e["matter"] in {"network", "socket"})),
            processes=tuple(dict.fromkeys(e["detail"] for e in events if e["matter"] == "process")),
            replaced=tuple(examinee.observe("identities").get("replaced", ())),
            ended=ended,
        )
