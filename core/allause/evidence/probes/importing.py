"""Import the component while Python's audit events are kept, and once more with a clock when it was slow."""

from statistics import median

import attrs

from allause.evidence.bench import Bench

#: An import below this is not slow on any machine, and is not measured further.
HARMLESS_S = 1.0
#: Modules of the standard library whose import stands for this machine's speed; no child has them before.
REFERENCE = "xmlrpc.server"
_ROUNDS = 2


@attrs.frozen(kw_only=True)
class SystemRequest:
    """Hold one thing asked of the system while a module was imported.

    Attributes:
        matter: ``network``, ``process``, ``thread`` or ``file``.
        detail: the event and what of its arguments is plain.
        file: of the module being imported; empty when none was.
        line: in that module.
    """

    matter: str
    detail: str
    file: str
    line: int


@attrs.frozen(kw_only=True)
class Importing:
    """Hold what was seen.

    Attributes:
        requests: asked of the system during the import.
        path: entries that came to (``+``) or left (``-``) sys.path.
        seconds: the import, in a child of its own each time; the first one was watched.
        reference_s: the import of ``REFERENCE``, interleaved; empty when the component's was harmless.
    """

    requests: tuple[SystemRequest, ...] = ()
    path: tuple[str, ...] = ()
    seconds: tuple[float, ...] = ()
    reference_s: tuple[float, ...] = ()

    @property
    def ratio(self) -> float | None:
        """Return the median import over the median reference; None when it was harmless."""
        return median(self.seconds) / median(self.reference_s) if self.reference_s else None


def observe_importing(bench: Bench) -> Importing:
    """Import once under the audit hook; measure in further children only what took long."""
    with bench.helper.session() as session:
        session.request("audit")
        imported = session.request("import", module=bench.record.module, names=[])
        seen = {} if session.over else session.request("audit").data
    seconds, reference = [imported.seconds], list[float]()
    while imported.seconds >= HARMLESS_S and len(reference) < _ROUNDS:
        reference.append(_seconds(bench, REFERENCE))
        seconds.append(_seconds(bench, bench.record.module))
    return Importing(
        requests=tuple(SystemRequest(**event) for event in seen.get("events", ())),
        path=tuple(seen.get("path", ())),
        seconds=tuple(seconds),
        reference_s=tuple(reference),
    )


def _seconds(bench: Bench, module: str) -> float:
    with bench.helper.session() as session:
        return session.request("import", module=module, names=[]).seconds
