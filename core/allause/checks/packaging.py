"""Checks PKG: does the distribution say truly what it is and needs?"""

import platform
import re
import sys
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from allause.checks.check import Check, Finding, Tier
from allause.evidence import UNREADABLE, Evidence, altered, importable, neighbours, owners
from allause.hookspecs import CONTRACT_VERSION

_FAR = "999999"
_CLAIM = re.compile(r"Programming Language :: Python :: (3\.\d+)")
_CONTRACT = re.compile(r"(\d{1,6})\.(\d{1,6})")
_NOT_PACKAGES = {"build", "docs", "examples", "src", "tests"}


def core_range(evidence: Evidence) -> Iterator[Finding]:
    """Requirement on the core that is absent, open above, or excludes the running core.

    What: ``Requires-Dist: allause`` has no upper bound, does not admit this version, or is missing.
    Why: the next major release of the core would be installed beside a component never tried with it.
    Fails: ``dependencies = ["allause"]``
    Passes: ``dependencies = ["allause>=0.1,<0.2"]``
    """
    wanted = [r for r in map(_parse, evidence.record.requires) if r and canonicalize_name(r.name) == "allause"]
    fix = 'write dependencies = ["allause>=0.1,<0.2"] with the versions it was tried with'
    if not wanted:
        yield Finding(
            message="the distribution does not require allause", location=evidence.record.distribution, fix=fix
        )
    for requirement in wanted:
        if requirement.specifier.contains(_FAR, prereleases=True):
            problem = "has no upper bound"
        elif not requirement.specifier.contains(evidence.core_version, prereleases=True):
            problem = f"excludes the running core {evidence.core_version}"
        else:
            continue
        yield Finding(message=f"the requirement {str(requirement)!r} {problem}",
                      location=evidence.record.distribution, fix=fix)  # fmt: skip # short


def python_range(evidence: Evidence) -> Iterator[Finding]:
    """Python versions that are not stated, or stated in two ways.

    What: ``Requires-Python`` is absent or unreadable, or excludes this Python or one that a classifier claims.
    Why: pip would install the distribution on a Python it was never tried with.
    Fails: no ``requires-python``; ``requires-python = ">=3.13"`` beside ``Python :: 3.11``
    Passes: ``requires-python = ">=3.11"``
    """
    wanted = evidence.artefact.requires_python
    place, fix = evidence.record.distribution, 'write requires-python = ">=3.11" with the oldest version it is tried on'
    try:
        range_ = SpecifierSet(wanted)
    except InvalidSpecifier:
        yield Finding(message=f"Requires-Python is {wanted!r}, which is no range of versions", location=place, fix=fix)
        return
    if not wanted:
        yield Finding(message="the distribution states no Requires-Python", location=place, fix=fix)
        return
    claims = [match[1] for line in evidence.artefact.classifiers if (match := _CLAIM.fullmatch(line))]
    # of a minor version the last release decides: ">=3.11.4" does not exclude 3.11
    excluded = [f"{claim}, which a classifier claims" for claim in claims if not range_.contains(f"{claim}.999")]
    if not range_.contains(platform.python_version(), prereleases=True):
        excluded.append(f"{platform.python_version()}, which runs it here")
    for version in excluded:
        yield Finding(message=f"Requires-Python {wanted!r} excludes {version}", location=place, fix=fix)


def undeclared_dependency(evidence: Evidence) -> Iterator[Finding]:
    """Import of a distribution that is not required.

    What: importing the component imports a module which an installed distribution ships that no ``Requires-Dist``
        names. Extras count as named. Not judged: imports inside functions, under ``TYPE_CHECKING`` or guarded by
        ``except ImportError``; modules whose distribution is unknown.
    Why: it works only where something else happens to have brought that distribution.
    Fails: ``import numpy`` at the top and no ``numpy`` in ``dependencies``
    Passes: ``dependencies = ["allause>=0.1,<0.2", "numpy>=1.26"]``
    """
    package = evidence.package
    declared = {canonicalize_name(r.name) for r in map(_parse, evidence.record.requires) if r}
    known = {*sys.stdlib_module_names, *(name.partition(".")[0] for name in package.modules), "allause", ""}
    for module in package.imported(lazily=False):
        for each in module.imports:
            name = each.module.partition(".")[0]
            if each.lazy or each.guarded or name in known:
                continue
            known.add(name)
            shippers = _shippers(name, evidence.search_path)
            if shippers and not shippers & {*declared, evidence.record.distribution}:
                yield Finding(
                    message=f"{module.name} imports {name}, which {' or '.join(sorted(shippers))} ships; "
                    "the distribution does not require it",
                    location=f"{module.name} ({module.file.name}:{each.line})",
                    fix=f"add {min(shippers)} to dependencies, or import it where it is optional, guarded",
                    inconclusive=UNREADABLE in shippers,
                )


def version_drift(evidence: Evidence) -> Iterator[Finding]:
    """Version that differs between the component and its distribution.

    What: ``get_component_info().version`` is not the version that is installed.
    Why: a report would name an artefact that was not examined.
    Fails: a constant that was forgotten at release
    Passes: ``importlib.metadata.version("my-distribution")``
    """
    declared = evidence.info("version")
    if declared != evidence.record.version:
        yield Finding(
            message=f"get_component_info().version is {declared!r}; installed is {evidence.record.distribution} "
            f"{evidence.record.version}",
            location=evidence.place("get_component_info"),
            fix="take the version from importlib.metadata",
        )


def module_collision(evidence: Evidence) -> Iterator[Finding]:
    """Module that takes a name which is not the distribution's own.

    What: an installed file can be imported as a standard module, as the core, as ``tests`` or the like, or is a
        file of another distribution too. Namespace packages may share an ``__init__.py`` of the same content.
    Why: which of the two is imported depends on the order of folders, and removing one breaks the other.
    Fails: a wheel that holds a top-level ``tests`` package
    Passes: one package, named as the distribution is
    """
    artefact = evidence.artefact
    names = artefact.names or {evidence.record.module.partition(".")[0]}
    reasons = [
        (names & sys.stdlib_module_names, "is a module of the standard library"),
        (names & {"allause"}, "is the core's package"),
        (names & _NOT_PACKAGES, "is a folder of a project, not a package"),
    ]
    for taken, why in reasons:
        for name in sorted(taken):
            yield _collision(evidence, f"it installs {name!r}, which {why}")
    for other, record in neighbours(artefact):
        own = artefact.record or {}
        if record is None:
            problem = f"the RECORD of {other} cannot be read; whether it holds the same files is unknown"
            yield Finding(message=problem, location=other, fix=f"install {other} again", inconclusive=True)
            continue
        shared = [path for path in own.keys() & record.keys() if importable(path)]
        for path in sorted(p for p in shared if not (p.endswith("__init__.py") and own[p] == record[p])):
            yield _collision(evidence, f"{path} is a file of {canonicalize_name(other)} too")


def contract_version(evidence: Evidence) -> Iterator[Finding]:
    """Version of the contract that this core does not speak.

    What: ``get_component_info().contract_version`` is not ``MAJOR.MINOR``, has another major version than the
        core's, or a later minor one.
    Why: a later contract may promise what this core never does, and another major one breaks what it calls.
    Fails: ``contract_version="7.0"``
    Passes: ``contract_version=CONTRACT_VERSION`` from ``allause.hookspecs``
    """
    declared = evidence.info("contract_version")
    ours = tuple(map(int, CONTRACT_VERSION.split(".")))
    match = _CONTRACT.fullmatch(declared)
    theirs = (int(match[1]), int(match[2])) if match else None
    if theirs is None or theirs[0] != ours[0] or theirs > ours:
        yield Finding(
            message=f"get_component_info().contract_version is {declared!r}; this core speaks {CONTRACT_VERSION}",
            location=evidence.place("get_component_info"),
            fix="return CONTRACT_VERSION from allause.hookspecs, and install a core of the version it was written for",
        )


def dirty_artefact(evidence: Evidence) -> Iterator[Finding]:
    """Installation whose bytes nobody can get again.

    What: it is editable, was installed from a folder, from a version control system without a commit, or has no
        RECORD. Asked only when certifying.
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
    elif artefact.record is None:
        problem = f"the installation has no RECORD of its files{f' ({artefact.problem})' if artefact.problem else ''}"
    else:
        return
    yield Finding(
        message=f"{evidence.record.distribution} {evidence.record.version}: {problem}",
        location=evidence.record.distribution,
        fix="build a wheel and install that",
    )


def record_mismatch(evidence: Evidence) -> Iterator[Finding]:
    """Installed file that is not the one the wheel held.

    What: a file is gone, or its hash is not the one in RECORD. An editable installation records no code, so there
        is nothing to compare.
    Why: what runs is then not what was released.
    Fails: a module edited inside ``site-packages``
    Passes: the files as pip wrote them
    """
    for path, problem in altered(evidence.artefact):
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


def _collision(evidence: Evidence, message: str) -> Finding:
    return Finding(
        message=message,
        location=evidence.record.distribution,
        fix="ship one package whose name is the distribution's own",
    )


def _shippers(name: str, search_path: Sequence[str] | None) -> frozenset[str]:
    """Return the installed distributions that ship the top-level name; empty when none is known to."""
    folders = [Path(folder or ".") for folder in dict.fromkeys(search_path or sys.path)]
    found = frozenset[str]().union(*(owners(name, folder) for folder in folders if folder.is_dir()))
    return frozenset(canonicalize_name(each) for each in found)


@lru_cache(maxsize=4_096)
def _parse(text: str) -> Requirement | None:
    try:
        return Requirement(text)
    except InvalidRequirement:
        return None


_READABLE = ("DSC001", "DSC002")
_IMPORTED = (*_READABLE, "DSC003", "DSC004", "DSC006", "DSC007")

CHECKS: tuple[Check[Evidence], ...] = (
    Check(code="PKG001", slug="core-range", tier=Tier.SILVER, how="M", function=core_range, needs=_READABLE),
    Check(code="PKG002", slug="python-range", tier=Tier.SILVER, how="M", function=python_range, needs=_READABLE),
    Check(
        code="PKG003", slug="undeclared-dependency", tier=Tier.SILVER, how="M+A", function=undeclared_dependency,
        needs=_IMPORTED,
    ),
    Check(code="PKG004", slug="version-drift", tier=Tier.SILVER, how="M+X", function=version_drift, needs=("TYP002",)),
    Check(
        code="PKG005", slug="module-collision", tier=Tier.SILVER, how="M", function=module_collision,
        needs=(*_READABLE, "DSC005"),
    ),
    Check(
        code="PKG006", slug="contract-version", tier=Tier.BRONZE, how="M+X", function=contract_version,
        needs=("TYP002",), waivable=False,
    ),
    Check(
        code="PKG007", slug="dirty-artefact", tier=Tier.GOLD, how="M", function=dirty_artefact,
        needs=_READABLE, waivable=False, certifying=True,
    ),
    Check(
        code="PKG008", slug="record-mismatch", tier=Tier.GOLD, how="M", function=record_mismatch,
        needs=_READABLE, waivable=False,
    ),
    Check(
        code="PKG009", slug="not-typed", tier=Tier.PLATINUM, how="M", function=not_typed,
        needs=(*_READABLE, "DSC003"), certifying=True,
    ),
)  # fmt: skip # one row a check
