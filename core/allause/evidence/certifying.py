"""What only a certificate asks for, seen in more children than a plain validation can afford."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from allause.discovery import ComponentRecord
from allause.evidence.artefact import Digests, read_artefact
from allause.evidence.source import locate
from allause.models.report import Status

if TYPE_CHECKING:
    from allause.isolation import Helper

#: Imported for comparison: pure Python, in every standard library, and not loaded in a child that begins.
REFERENCE = "xmlrpc.server"
_IMPORTS = 3


@attrs.frozen(kw_only=True, eq=False, repr=False)
class ImportTimes:
    """Hold how long imports took on the host's clock, each in a child of its own, the two in turn.

    Attributes:
        component_s: of the component's module; empty when it could not be imported.
        reference_s: of ``REFERENCE``.
    """

    component_s: tuple[float, ...] = ()
    reference_s: tuple[float, ...] = ()


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Verdicts:
    """Hold the status of every check by its code, one mapping for each time the component was examined."""

    runs: tuple[Mapping[str, Status], ...] = ()


def observe_import_times(record: ComponentRecord, helper: "Helper") -> ImportTimes:
    """Import the component and the reference in turn."""
    component: list[float] = []
    reference: list[float] = []
    for _ in range(_IMPORTS):
        component += _seconds(helper, record.module)
        reference += _seconds(helper, REFERENCE)
    return ImportTimes(component_s=tuple(component), reference_s=tuple(reference))


def installed_digest(record: ComponentRecord, search_path: Sequence[str] | None = None) -> str:
    """Return the SHA-256 over the path and content of every installed file of a component's distribution.

    These are the files of its RECORD and those in its package's folder, of which an editable installation records none.
    What cannot be read counts as such. Compiled files of Python are left out: running the code writes them.
    """
    info = Path(record.location)
    paths = {info.parent / name for name in read_artefact(record.location).record or ()}
    file = locate(record.module, search_path) if record.module else None
    if file is not None:
        depth = record.module.count(".") + file.name.startswith("__init__.")
        paths |= {file} if not depth else set([file, *file.parents][depth].rglob("*"))
    whole = hashlib.sha256()
    digests = Digests()
    for path in sorted(path for path in paths if "__pycache__" not in path.parts and not path.is_dir()):
        whole.update(f"{path}\0{_digest(path, digests)}\n".encode("utf-8", "backslashreplace"))
    return whole.hexdigest()


def _digest(path: Path, digests: Digests) -> str:
    try:
        return digests.of(path, "sha256").hex()
    except (OSError, ValueError) as error:
        return type(error).__name__


def _seconds(helper: "Helper", module: str) -> Iterator[float]:
    from allause.isolation import Outcome  # noqa: PLC0415 - slow, and its checks are read by a static look too

    with helper.session() as session:
        answer = session.request("import", module=module, names=[])
        if answer.outcome is Outcome.RETURNED:
            yield answer.seconds
