"""Checks PKG: does the distribution say truly what it is and needs?"""

import platform
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from allause.checks.check import Check, Finding, Tier
from allause.checks.versions import within
from allause.discovery import normalize
from allause.evidence import UNREADABLE, Evidence, importable, neighbours, owners
from allause.hookspecs import CONTRACT_VERSION

_FAR = "999999"
_CLAIM = re.compile(r"Programming Language :: Python :: (3\.\d+)")
_CONTRACT = re.compile(r"(\d{1,6})\.(\d{1,6})")
_NAMED = re.compile(r"\s*([A-Za-z0-9][\w.-]*)", re.ASCII)
_PLAIN = re.compile(r"\s*[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?\s*([<>=!~][^;@()\[\]]*)?", re.ASCII)
_NOT_PACKAGES = {"build", "docs", "examples", "src", "tests"}


def core_range(evidence: Evidence) -> Iterator[Finding]:
    """Requirement on the core that is absent, open above, or excludes the running core.

    What: ``Requires-Dist: allause`` has no upper bound, does not admit this version, or is missing.
    Why: the next major release of the core would be installed beside a component never tried with it.
    Fails: ``dependencies = ["allause"]``
    Passes: ``dependencies = ["allause>=0.1,<0.2"]``
    """
    if unreadable := _unreadable(evidence):
        yield unreadable
        return
    texts = [text for text in evidence.record.requires if _named(text) == "allause"]
    wanted = [(text, admits) for text in texts if (admits := _range(text)) is not None]
    fix = 'write dependencies = ["allause>=0.1,<0.2"] with the versions it was tried with'
    if not wanted:
        yield Finding(
            message="the distribution does not require allause", location=evidence.record.distribution, fix=fix
        )
    for text, admits in wanted:
        if admits(_FAR):
            problem = "has no upper bound"
        elif not admits(evidence.core_version):
            problem = f"excludes the running core {evidence.core_version}"
        else:
            continue
        yield Finding(message=f"the requirement {text!r} {problem}", location=evidence.record.distribution, fix=fix)


def python_range(evidence: Evidence) -> Iterator[Finding]:
    """Python versions that are not stated, or stated in two ways.

    What: ``Requires-Python`` is absent or unreadable, or excludes this Python or one that a classifier claims.
    Why: pip would install the distribution on a Python it was never tried with.
    Fails: no ``requires-python``; ``requires-python = ">=3.13"`` beside ``Python :: 3.11``
    Passes: ``requires-python = ">=3.11"``
    """
    if unreadable := _unreadable(evidence, inconclusive=True):  # PKG001 has failed for it
        yield unreadable
        return
    wanted = evidence.artefact.requires_python
    place, fix = evidence.record.distribution, 'write requires-python = ">=3.11" with the oldest version it is tried on'
    try:
        admits = within(wanted)
    except ValueError:
        yield Finding(message=f"Requires-Python is {wanted!r}, which is no range of versions", location=place, fix=fix)
        return
    if not wanted:
        yield Finding(message="the distribution states no Requires-Python", location=place, fix=fix)
        return
    claims = [match[1] for line in evidence.artefact.classifiers if (match := _CLAIM.fullmatch(line))]
    # of a minor version the last release decides: ">=3.11.4" does not exclude 3.11
    excluded = [f"{claim}, which a classifier claims" for claim in claims if not admits(f"{claim}.999")]
    if not admits(platform.python_version()):
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
    undeclared = _undeclared(evidence)
    package = evidence.package
    suspicious = [module for module in package.modules.values() if not module.may_import.isdisjoint(undeclared)]
    if not any(each.due and each.top in undeclared for module in suspicious for each in module.imports):
        return
    told: set[str] = set()
    for module in package.imported(lazily=False):
        for each in module.imports:
            if not each.due or each.top not in undeclared or each.top in told:
                continue
            told.add(each.top)
            shippers = undeclared[each.top]
            yield Finding(
                message=f"{module.name} imports {each.top}, which {' or '.join(sorted(shippers))} ships; "
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
            yield _collision(evidence, f"{path} is a file of {normalize(other)} too")


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


def _collision(evidence: Evidence, message: str) -> Finding:
    return Finding(
        message=message,
        location=evidence.record.distribution,
        fix="ship one package whose name is the distribution's own",
    )


def _unreadable(evidence: Evidence, *, inconclusive: bool = False) -> Finding | None:
    """Return that the metadata cannot be read, when they cannot; what they state is not known then."""
    problems = evidence.artefact.problems
    found = next(((name, problems[name]) for name in ("METADATA", "PKG-INFO") if name in problems), None)
    return found and Finding(
        message=f"{found[0]} of the distribution cannot be read: {found[1]}",
        location=evidence.record.distribution,
        fix=f"install it again: pip install --force-reinstall {evidence.record.distribution}",
        inconclusive=inconclusive,
    )


def _undeclared(evidence: Evidence) -> Mapping[str, frozenset[str]]:
    """Return the names that modules may import and no requirement covers, each with the distributions that ship it."""
    modules = evidence.package.modules
    known = {*sys.stdlib_module_names, *(name.partition(".")[0] for name in modules), "allause", ""}
    foreign = set[str]().union(*(module.may_import for module in modules.values())) - known
    covering = frozenset({*map(_named, evidence.record.requires), evidence.record.distribution})
    # what is required is looked at first: the records of all that is installed are long
    searched = [Path(folder or ".") for folder in dict.fromkeys(evidence.search_path or sys.path)]
    folders = [folder for folder in searched if folder.is_dir()]
    uncovered = [name for name in foreign if not _shippers(name, folders, covering) - {UNREADABLE}]
    shipped = {name: _shippers(name, folders) for name in uncovered}
    return {name: shippers for name, shippers in shipped.items() if shippers}


def _shippers(name: str, folders: Sequence[Path], among: frozenset[str] | None = None) -> frozenset[str]:
    """Return the installed distributions that ship the top-level name; empty when none is known to.

    :param among: those to look at; all when left out.
    """
    found = frozenset[str]().union(*(owners(name, folder, among) for folder in folders))
    return frozenset(normalize(each) for each in found)


def _named(requirement: str) -> str:
    """Return the name that a requirement begins with, normalised; empty when there is none."""
    found = _NAMED.match(requirement)
    return normalize(found[1]) if found else ""


def _range(requirement: str) -> Callable[[str], bool] | None:
    """Return what tells whether a requirement admits a version; None when it cannot be read."""
    plain = _PLAIN.fullmatch(requirement)
    try:
        if plain:
            return within(plain[1] or "")
        from packaging.requirements import Requirement  # noqa: PLC0415 - slow, and most have neither marker nor extra

        return within(str(Requirement(requirement).specifier))
    except ValueError:
        return None


READABLE = ("DSC001", "DSC002")
IMPORTED = (*READABLE, "DSC003", "DSC004", "DSC006", "DSC007")

CHECKS: tuple[Check[Evidence], ...] = (
    Check(code="PKG001", slug="core-range", tier=Tier.SILVER, how="M", function=core_range, needs=READABLE),
    Check(
        code="PKG002", slug="python-range", tier=Tier.SILVER, how="M", function=python_range,
        needs=(*READABLE, "DSC003"),
    ),
    Check(
        code="PKG003", slug="undeclared-dependency", tier=Tier.SILVER, how="M+A", function=undeclared_dependency,
        needs=IMPORTED,
    ),
    Check(code="PKG004", slug="version-drift", tier=Tier.SILVER, how="M+X", function=version_drift, needs=("TYP002",)),
    Check(
        code="PKG005", slug="module-collision", tier=Tier.SILVER, how="M", function=module_collision,
        needs=(*READABLE, "DSC005"),
    ),
    Check(
        code="PKG006", slug="contract-version", tier=Tier.BRONZE, how="M+X", function=contract_version,
        needs=("TYP002",), waivable=False,
    ),
)  # fmt: skip # one row a check
