"""Checks DSC: can the component be found, imported and told for what it is?"""

from collections.abc import Iterator
from pathlib import Path

from allause.checks.check import SEEN, Check, Finding, Tier
from allause.discovery import ComponentState
from allause.evidence import Evidence, locate, probes
from allause.groups import GROUPS
from allause.isolation import Outcome
from allause.nearest import nearest

_ALONE = "let the import succeed in an empty folder, without network or settings; do the work in start()"
_LINE = "mend what stands on that line"
_NAME = "correct the name, or add what ships it to dependencies and install the distribution again"
_UNPARSED = ("SyntaxError", "IndentationError", "TabError")
_IMPORTING = {
    **dict.fromkeys(_UNPARSED, _LINE),
    **dict.fromkeys(("NameError", "AttributeError", "TypeError"), _LINE),
    **dict.fromkeys(("ImportError", "ModuleNotFoundError"), _NAME),
}  # fmt: skip # by what was raised
_MATTERS = {"network": "the network", "process": "a process", "thread": "a thread", "file": "a file"}


def no_entry_point(evidence: Evidence) -> Iterator[Finding]:
    """Entry point in no group of ours.

    What: the distribution has an entry point whose group looks like one of ours and is none.
    Why: a misspelt group is never looked at, so the component silently does not exist.
    Fails: ``[project.entry-points."allause.marketdata"]``
    Passes: ``[project.entry-points."allause.market_data"]``
    """
    if evidence.record.defect == "DSC001":
        meant = nearest(evidence.record.group, GROUPS, 0.5) or "allause.<kind>"
        yield Finding(
            message=evidence.record.reason,
            location=evidence.record.distribution,
            fix=f'write [project.entry-points."{meant}"] in pyproject.toml and install the distribution again',
        )


def entry_point_malformed(evidence: Evidence) -> Iterator[Finding]:
    """Entry point that is not ``name = module:Class``.

    What: metadata that cannot be read, or a value that is not ``module:attribute``.
    Why: importers fail on it with errors that name neither the line nor the distribution.
    Fails: ``execution = my-module:Engine``
    Passes: ``execution = my_module:Engine``
    """
    if evidence.record.defect == "DSC002":
        yield Finding(
            message=evidence.record.reason,
            location=evidence.record.distribution,
            fix='write it as NAME = "package.module:Class" and install the distribution again',
        )


def module_not_found(evidence: Evidence) -> Iterator[Finding]:
    """Module that no file on the search path provides.

    What: the module left of the colon has no file, or the distribution lies in an archive, of which nothing more is
        looked at. Nothing is executed to find out.
    Why: every import of the component will fail.
    Fails: ``execution = my_engine.plugins:Engine`` where the file is ``my_engine/plugin.py``
    Passes: ``execution = my_engine.plugin:Engine``
    """
    if evidence.source.file is not None:
        return
    archive = next((place for place in Path(evidence.record.location).parents if place.is_file()), None)
    if archive is not None:
        yield Finding(
            message=f"the distribution lies in the archive {archive}; what is not unpacked is not examined",
            location=evidence.record.distribution,
            fix="install it with pip, which unpacks it, or name a wheel by its path: allause validate ./NAME.whl",
        )
        return
    parts = evidence.record.module.split(".")

    def _file(last: int) -> Path | None:
        return locate(".".join(parts[: last + 1]), evidence.search_path)

    found = ".".join(parts[: next((i for i in range(len(parts)) if not _file(i)), 0)])
    close = nearest(evidence.record.module, _beside(_file(len(found.split(".")) - 1), found)) if found else ""
    yield Finding(
        message=f"module {evidence.record.module} has no file on the search path; "
        + (f"the file of {found} was found, the rest was not" if found else f"neither has {parts[0]}"),
        location=evidence.record.distribution,
        fix=(f"write {close}:{evidence.record.attribute}" if close else "correct the module")
        + " in the entry point, or ship the file in the wheel",
    )


def _beside(package: Path | None, name: str) -> Iterator[str]:
    """Yield the full names of the modules in a package; none where it is no package."""
    if package is not None and package.name == "__init__.py":
        yield from (f"{name}.{file.stem}" for file in package.parent.glob("[!_]*.py"))


def attribute_not_found(evidence: Evidence) -> Iterator[Finding]:
    """Class that the module does not hold.

    What: the name right of the colon is not bound at the top level of the module.
    Why: the component cannot be imported; usually the class was renamed and the entry point was not.
    Fails: ``my_engine:TradingEngine`` where the module has ``class TradingExecutionEngine``
    Passes: ``my_engine:TradingExecutionEngine``
    """
    name = evidence.record.attribute.partition(".")[0]
    source, importing = evidence.source, evidence.importing
    live = importing is not None and importing.error == "AttributeError" and evidence.record.attribute in importing.call
    static = source.readable and not source.wildcard and name not in source.names
    if not (static or (live and name not in source.names)):
        return
    close = nearest(name, sorted(source.names), 0.5)
    hint = f"; it has {close}" if close else ""
    file = source.file.name if source.file else ""
    yield Finding(
        message=f"from {evidence.record.module} import {name}: the module has no {name}{hint}",
        location=f"{evidence.record.module} ({file}:{source.line_of(close) if close else 1})",
        fix=f"point the entry point at {close}" if close else "point the entry point at the class",
    )


def duplicate_component_name(evidence: Evidence) -> Iterator[Finding]:
    """One name claimed by two distributions.

    What: two installed distributions offer a component of the same kind and name.
    Why: which of them is meant would depend on the order of folders.
    Fails: both ``vendor-a`` and ``vendor-b`` with ``execution = ...`` in ``allause.execution``
    Passes: ``vendor-a-execution`` and ``vendor-b-execution``
    """
    if evidence.record.state is ComponentState.DUPLICATE:
        yield Finding(
            message=evidence.record.reason,
            location=evidence.record.distribution,
            fix="rename one of them, or uninstall the distribution that is not wanted",
        )


def import_raises(evidence: Evidence) -> Iterator[Finding]:
    """Import that raises.

    What: importing the module, in a child process, raised an exception; or a module that it imports cannot be parsed.
    Why: nothing else of the component can be used.
    Fails: a module that reads a file at import which is not there
    Passes: reading it in ``start``
    """
    importing = evidence.importing
    broken = evidence.package.broken() if importing is None or importing.error in _UNPARSED else ()
    for module in broken:
        entry = evidence.record.module
        way = "" if module.name == entry else f", which import {entry} imports,"
        yield Finding(
            message=f"{module.name}{way} is no Python: {module.problem}",
            location=f"{module.name} ({module.file.name}:{module.problem_line})",
            fix=_LINE,
        )
    if importing and importing.outcome is Outcome.RAISED and importing.error != "SystemExit" and not broken:
        yield Finding(
            message=f"{importing.call} {importing.story}",
            location=evidence.raised_at(importing),
            fix=_IMPORTING.get(importing.error, _ALONE),
        )


def import_never_returns(evidence: Evidence) -> Iterator[Finding]:
    """Import that ends the process or never ends.

    What: importing the module hung, exited or died by a signal; exit code 0 is no excuse.
    Why: in a host without isolation it takes everything else with it.
    Fails: ``sys.exit(0)`` at the top level
    Passes: the same under ``if __name__ == "__main__":``
    """
    importing = evidence.importing
    if importing is None:
        return
    left = importing.outcome is Outcome.RAISED and importing.error == "SystemExit"
    if left or importing.ended_badly:
        how = f"called sys.exit: SystemExit({importing.message})" if left else importing.story
        yield Finding(
            message=f"{importing.call}: expected the module, the import {how}",
            location=evidence.raised_at(importing),
            fix="take sys.exit, os._exit, endless loops and native code that crashes out of the module's top level",
        )


def import_side_effect(evidence: Evidence) -> Iterator[Finding]:
    """Import that does more than define things.

    What: while a module of the distribution was imported it asked for the network, a process or a thread, or changed
        files; or the import changed sys.path. What a third party's module does in its own import is not judged,
        nor, here, what the import does to settings of the process.
    Why: whoever only lists, documents or type-checks components sets it off, and nothing can be configured before.
    Fails: ``logging.FileHandler("engine.log")`` at the top of a module
    Passes: the same in ``start``, in the folder that the context names
    """
    seen = evidence.of(probes.Reach)
    own = {str(module.file): module for module in evidence.package.modules.values()}
    told: set[tuple[str, str, int]] = set()
    for request in seen.requests:
        module = own.get(request.file)
        if module is None or (request.matter, request.file, request.line) in told:
            continue
        told.add((request.matter, request.file, request.line))
        yield Finding(
            message=f"importing {module.name} used {_MATTERS[request.matter]}: {request.detail}",
            location=f"{module.name} ({module.file.name}:{request.line})",
            fix="do it in start(), or when it is first needed",
        )
    if seen.path:
        yield Finding(
            message=f"importing {evidence.record.module} changed sys.path: {', '.join(seen.path)}",
            location=evidence.place(),
            fix="install what is imported, and leave sys.path alone",
        )


def wrong_object(evidence: Evidence) -> Iterator[Finding]:
    """Entry point that names neither a class nor a factory.

    What: the object named is a module, an instance or a value.
    Why: the core builds the instance itself, from its configuration.
    Fails: ``engine = Engine()`` and an entry point to ``engine``
    Passes: an entry point to ``Engine``
    """
    target = evidence.target_type or evidence.source.target
    if target and target not in {"class", "function"}:
        shown = f"{'an' if target == 'instance' else 'a'} {target}"
        yield Finding(
            message=f"{evidence.record.module}:{evidence.record.attribute} is {shown}; "
            "expected a class, or a function that builds one",
            location=evidence.place(),
            fix="point the entry point at the class",
        )


def kind_mismatch(evidence: Evidence) -> Iterator[Finding]:
    """Component that declares another kind than its entry point group.

    What: ``get_component_info().kind`` differs from the group.
    Why: a host wires components by kind.
    Fails: group ``allause.execution`` and ``kind="analytics"``
    Passes: group ``allause.execution`` and ``kind="execution"``
    """
    declared = evidence.info("kind")
    if declared != evidence.record.kind:
        yield Finding(
            message=f"get_component_info().kind is {declared!r}; expected {evidence.record.kind!r}, "
            f"as in the group {evidence.record.group!r}",
            location=evidence.place("get_component_info"),
            fix=f"write kind={evidence.record.kind!r}, or name the group of the kind that it is",
        )


_READABLE = ("DSC001", "DSC002")
_FOUND = (*_READABLE, "DSC003", "DSC004")
_IMPORTED = (*_FOUND, "DSC006", "DSC007")

CHECKS: tuple[Check[Evidence], ...] = (
    Check(code="DSC001", slug="no-entry-point", tier=Tier.BRONZE, how="M", function=no_entry_point, waivable=False),
    Check(
        code="DSC002", slug="entry-point-malformed", tier=Tier.BRONZE, how="M", function=entry_point_malformed,
        needs=("DSC001",), waivable=False,
    ),
    Check(
        code="DSC003", slug="module-not-found", tier=Tier.BRONZE, how="A", function=module_not_found,
        needs=_READABLE, waivable=False,
    ),
    Check(
        code="DSC004", slug="attribute-not-found", tier=Tier.BRONZE, how="A+X", function=attribute_not_found,
        needs=(*_READABLE, "DSC003"), waivable=False,
    ),
    Check(
        code="DSC005", slug="duplicate-component-name", tier=Tier.BRONZE, how="M", function=duplicate_component_name,
        needs=_READABLE, waivable=False,
    ),
    Check(
        code="DSC006", slug="import-raises", tier=Tier.BRONZE, how="A+X", function=import_raises,
        needs=(*_READABLE, "DSC003", "DSC004", "DSC007"), waivable=False,
    ),
    Check(
        code="DSC007", slug="import-never-returns", tier=Tier.BRONZE, how="X", function=import_never_returns,
        needs=(*_READABLE, "DSC003"), waivable=False,
    ),
    Check(
        code="DSC008", slug="import-side-effect", tier=Tier.SILVER, how="X", function=import_side_effect,
        needs=(*_IMPORTED, "DSC010", "CON008"), complete_with=SEEN,
    ),
    Check(code="DSC010", slug="wrong-object", tier=Tier.BRONZE, how="A+X", function=wrong_object, needs=_IMPORTED),
    Check(
        code="DSC011", slug="kind-mismatch", tier=Tier.BRONZE, how="M+X", function=kind_mismatch, needs=("TYP002",)
    ),
)  # fmt: skip # one row a check
