"""Import the component while Python's audit events are kept."""

import attrs

from allause.evidence.bench import Bench


@attrs.frozen(kw_only=True)
class SystemRequest:
    """Hold one thing asked of the system.

    Attributes:
        matter: ``network``, ``process``, ``thread`` or ``file``.
        detail: the event and what of its arguments is plain.
        file: of the module being imported at that time; empty when none was.
        line: in that module.
    """

    matter: str
    detail: str
    file: str
    line: int


@attrs.frozen(kw_only=True)
class Importing:
    """Hold what was seen; nothing when the child did not live to tell.

    Attributes:
        requests: asked of the system during the import.
        path: entries that came to (``+``) or left (``-``) sys.path.
    """

    requests: tuple[SystemRequest, ...] = ()
    path: tuple[str, ...] = ()


def observe_importing(bench: Bench) -> Importing:
    """Import once, in a child of its own, under the audit hook."""
    with bench.helper.session() as session:
        session.request("audit")
        session.request("import", module=bench.record.module, names=[])
        seen = {} if session.over else session.request("audit").data
    requests = tuple(SystemRequest(**event) for event in seen.get("events", ()) if event["matter"] != "socket")
    return Importing(requests=requests, path=tuple(seen.get("path", ())))
