"""Checks PKG of what is installed: can anybody get these bytes again?"""

import shlex
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from allause.checks.check import Check, Finding, Tier
from allause.checks.packaging import READABLE
from allause.evidence import Evidence, altered


def dirty_artefact(evidence: Evidence) -> Iterator[Finding]:
    """Installation whose bytes nobody can get again.

    What: it is editable, was installed from a folder, or from a version control system without a commit. Asked only
        when certifying; that there is a RECORD of its files is asked by PKG008, always.
    Why: a certificate is bound to bytes; a working copy has other bytes tomorrow.
    Fails: ``pip install --editable .``
    Passes: ``pip install my_engine-1.0-py3-none-any.whl``
    """
    artefact = evidence.artefact
    origin = artefact.origin
    commit = origin["vcs_info"].get("commit_id") if isinstance(origin.get("vcs_info"), dict) else None
    if artefact.editable:
        problem = "the installation is editable"
    elif "dir_info" in origin:
        problem = "it was installed from a folder"
    elif "vcs_info" in origin and not commit:
        problem = "it was installed from a version control system without a commit"
    else:
        return
    yield Finding(
        message=f"{evidence.record.distribution} {evidence.record.version}: {problem}",
        location=evidence.record.distribution,
        fix=f"build a wheel and install that: {_wheel(evidence)}",
    )


def record_mismatch(evidence: Evidence) -> Iterator[Finding]:
    """Installed file that is not the one the wheel held.

    What: a file is gone, its hash is not the one in RECORD, or RECORD cannot be read; without one, as where another
        tool than pip installed it, it is inconclusive. An editable installation records no code to compare.
    Why: what runs is then not what was released.
    Fails: a module edited inside ``site-packages``
    Passes: the files as pip wrote them
    """
    artefact = evidence.artefact
    if artefact.record is None:
        problem = artefact.problems.get("RECORD") or artefact.problems.get("")
        yield Finding(
            message="the installation has no RECORD of its files to compare them with"
            f"{f' ({problem})' if problem else ''}",
            location=evidence.record.distribution,
            fix=f"install it with pip: pip install --force-reinstall {evidence.record.distribution}",
            inconclusive=not problem,
        )
    for path, problem in altered(artefact):
        yield Finding(
            message=f"{path} {problem}",
            location=evidence.record.distribution,
            fix=f"install it again: pip install --force-reinstall {evidence.record.distribution}",
        )


def not_typed(evidence: Evidence) -> Iterator[Finding]:
    """Package without the marker that its annotations count.

    What: the component's package has no file ``py.typed`` (PEP 561); a single module cannot have one. Asked only
        when certifying.
    Why: type checkers ignore the annotations of a package that does not say it has them.
    Fails: a wheel without ``py.typed``
    Passes: an empty ``my_engine/py.typed``
    """
    folder = evidence.source.file.parent if evidence.source.file else Path()
    # the marker of a package counts for the packages in it
    depth = evidence.record.module.count(".") + (evidence.source.file is not None and _is_package(evidence.source.file))
    folders = [folder, *folder.parents][: max(depth, 0)]
    if not any((each / "py.typed").is_file() for each in folders):
        top = evidence.record.module.partition(".")[0]
        yield Finding(
            message=f"{top} has no file py.typed" if folders else f"{top} is a single module, which cannot be typed",
            location=evidence.place(),
            fix=f"add an empty {top}/py.typed to the wheel" if folders else f"make it a package {top}/ with py.typed",
        )


def _is_package(file: Path) -> bool:
    return file.name.startswith("__init__.")


def _wheel(evidence: Evidence) -> str:
    """Return the commands that build a wheel of the checkout it came from and install that."""
    url = urlsplit(str(evidence.artefact.origin.get("url", "")))
    checkout = shlex.quote(unquote(url.path)) if url.scheme == "file" else "CHECKOUT"
    wheel = f"dist/{evidence.record.distribution.replace('-', '_')}-*.whl"
    return f"pip wheel --no-deps -w dist {checkout} && pip install --force-reinstall --no-deps {wheel}"


CHECKS: tuple[Check[Evidence], ...] = (
    Check(
        code="PKG007", slug="dirty-artefact", tier=Tier.GOLD, how="M", function=dirty_artefact,
        needs=(*READABLE, "DSC003"), waivable=False, certifying=True,
    ),
    Check(
        code="PKG008", slug="record-mismatch", tier=Tier.GOLD, how="M", function=record_mismatch,
        needs=(*READABLE, "DSC003"), waivable=False,
    ),
    Check(
        code="PKG009", slug="not-typed", tier=Tier.PLATINUM, how="M", function=not_typed,
        needs=(*READABLE, "DSC003"), certifying=True,
    ),
)  # fmt: skip # one row a check
