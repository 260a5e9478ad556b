"""The few fixes that are safe to make for an author, in a source checkout and nowhere else.

A checkout is an editable installation, or what the component was named by; a wheel, or what was installed from one, is
never touched.
"""

import ast
import difflib
import re
import shlex
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from io import StringIO
from pathlib import Path
from urllib.parse import unquote, urlsplit

import attrs

from allause.configuration import Place, without_waivers
from allause.discovery import ComponentRecord, ComponentState, normalize, printable
from allause.evidence import locate, read_source
from allause.evidence.artefact import read_artefact
from allause.exceptions import ConfigurationError
from allause.groups import GROUPS
from allause.models.report import ComponentReport, Report, Status
from allause.models.waiver import Waiver
from allause.nearest import nearest
from allause.replacement import replace

_MARKER = "from allause.hookspecs import hookimpl\n"


@attrs.frozen(kw_only=True)
class Fix:
    """Hold one change of one file.

    Attributes:
        path: of the file.
        before: its content; None when there is no such file.
        after: what it will be.
        reason: which finding it mends.
        then: what has to be done afterwards; empty when nothing.
    """

    path: Path
    before: str | None
    after: str
    reason: str
    then: str = ""

    def diff(self) -> str:
        """Return the change as a unified diff, escaped line by line."""
        old = (self.before or "").splitlines()
        source = "/dev/null" if self.before is None else str(self.path)
        lines = difflib.unified_diff(old, self.after.splitlines(), source, str(self.path), lineterm="")
        shown = [printable(line, 2_000) for line in lines] or [f"--- {source}", f"+++ {self.path} (empty)"]
        return "\n".join([f"fix: {self.reason}", *shown]) + "\n"

    def apply(self) -> None:
        """Put the new file in the place of the old one, whole or not at all, unless that has changed since it was read.

        Raises:
            ConfigurationError: it has, or nothing can be written there.
        """
        shown = printable(str(self.path))
        try:
            now = _text(self.path) if self.path.exists() else None
            if now == self.before:
                replace(self.path, self.after.encode())
                return
        except OSError as error:
            raise ConfigurationError(f"{shown} cannot be fixed: {error.strerror or error}; leave --fix out") from error
        raise ConfigurationError(f"{shown} has changed while it was being fixed; try again")


@attrs.frozen(kw_only=True)
class Checkout:
    """Hold where the author's own source of a component lies.

    Attributes:
        record: what metadata says.
        folder: nothing outside is changed.
        path: folders in which its modules are looked for; those of this environment when None.
        again: what has to be done once its metadata has changed; empty when nothing.
    """

    record: ComponentRecord
    folder: Path
    path: tuple[str, ...] | None = None
    again: str = ""

    def holds(self, file: Path) -> bool:
        """Tell whether a file lies in the folder, a link followed."""
        return file.resolve().is_relative_to(self.folder.resolve())


def fixes(
    report: Report, records: Sequence[ComponentRecord], place: Place, waivers: Sequence[Waiver]
) -> tuple[Fix, ...]:
    """Return what can be mended of the findings of a report.

    :param records: of the installed components in the report; those that are no editable checkout are left alone.
    :param place: the configuration, which loses the waivers of checks that pass.
    """
    found: list[Fix] = []
    by_id = {record.id: record for record in records}
    for component in report.components:
        source = _named(component) if component.path else _installed(by_id.get(component.id))
        failed = {result.code for result in component.results if result.status is Status.FAILED}
        for code, fix in _FIXES.items():
            if source is not None and code in failed:
                found += fix(source)
    found += _stale(report, place, waivers)
    return tuple({fix.path: fix for fix in reversed(found)}.values())  # one change of a file at a time


def checkout(record: ComponentRecord) -> Path | None:
    """Return the folder of an editable installation, whose files are the author's own; else None."""
    artefact = read_artefact(record.location)
    url = urlsplit(str(artefact.origin.get("url", "")))
    if not artefact.editable or url.scheme != "file":
        return None
    folder = Path(unquote(url.path))
    return folder if folder.is_dir() else None


def _installed(record: ComponentRecord | None) -> Checkout | None:
    folder = checkout(record) if record else None
    if record is None or folder is None:
        return None
    return Checkout(record=record, folder=folder, again=f"install it again: pip install -e {folder}")


def _named(component: ComponentReport) -> Checkout | None:
    """Return the checkout that a component was named by; None for a wheel, and where pyproject.toml does not tell."""
    folder = Path(shlex.split(component.path)[0]).expanduser()
    if not folder.is_dir():
        return None
    for group, name, value in _entry_points(folder / "pyproject.toml"):
        of_the_kind = group == f"allause.{component.kind}" or not component.kind
        if of_the_kind and component.id == f"{component.distribution}:{normalize(name)}":
            module, _, attribute = value.partition(":")
            record = ComponentRecord(
                id=component.id,
                kind=component.kind,
                name=name,
                distribution=component.distribution,
                version=component.version,
                module=module.strip(),
                attribute=attribute.strip(),
                state=ComponentState.FOUND,
                group=group,
            )
            return Checkout(record=record, folder=folder, path=(str(folder / "src"), str(folder)))
    return None


def _entry_points(project: Path) -> Iterator[tuple[str, str, str]]:
    """Yield group, name and value of every entry point that a project file declares."""
    tables: object = {}
    with suppress(OSError, ValueError):  # what cannot be read is nothing to mend from
        tables = tomllib.loads(_text(project)).get("project", {}).get("entry-points", {})
    for group, entries in tables.items() if isinstance(tables, Mapping) else ():
        for name, value in entries.items() if isinstance(entries, Mapping) else ():
            if isinstance(value, str):
                yield group, name, value


def _typed(source: Checkout) -> Iterator[Fix]:
    file = locate(source.record.module.partition(".")[0], source.path)
    if file is not None and file.name == "__init__.py" and source.holds(file):
        marker = file.with_name("py.typed")
        if not marker.exists():
            yield Fix(path=marker, before=None, after="", reason=f"PKG009 not-typed of {source.record.id}")


def _marked(source: Checkout) -> Iterator[Fix]:
    record = source.record
    read = read_source(record.module, record.attribute, source.path)
    if read.file is None or not read.readable or not source.holds(read.file):
        return
    names = {member.name for member in read.members.values() if member.marked is False}
    try:
        before = _text(read.file)
    except UnicodeDecodeError:  # source of another encoding is the author's to mend
        return
    after = marked(before, record.attribute, names & _hooks(record.kind))
    if after != before:
        yield Fix(path=read.file, before=before, after=after, reason=f"CON003 unmarked-implementation of {record.id}")


def _hooks(kind: str) -> frozenset[str]:
    from allause.kinds import KINDS  # noqa: PLC0415 - only a fix of source needs the contract

    return frozenset(KINDS[kind].methods)


def marked(text: str, owner: str, names: frozenset[str] | set[str]) -> str:
    """Return source in which the methods ``names`` of the class ``owner`` carry the marker; unchanged if it cannot be.

    Only lines are added: the marker above each method, and its import below the last one at the top.
    """
    tree = ast.parse(text.encode())  # bytes may begin with a mark of their order
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == owner]
    methods = [
        node
        for each in classes
        for node in each.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name in names
    ]
    if not methods:
        return text
    lines = list(StringIO(text, newline=""))  # as the language counts them: a form feed ends none
    added = {min([node.lineno, *(d.lineno for d in node.decorator_list)]): f"{' ' * node.col_offset}@hookimpl\n"
             for node in methods}  # fmt: skip # one mapping
    imports = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    bound = {alias.asname or alias.name for node in imports for alias in node.names}
    if "hookimpl" not in bound:
        first = tree.body[0]
        docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
        last = imports[-1] if imports else first if docstring else None
        added[(last.end_lineno or last.lineno) + 1 if last else 1] = _MARKER
    end = "\r\n" if "\r\n" in text else "\n"
    result = "".join(added.get(n, "").replace("\n", end) + line for n, line in enumerate(lines, start=1))
    try:
        ast.parse(result.encode())
    except SyntaxError:  # an unusual layout, such as two statements on a line, is the author's to mend
        return text
    return result


def _regrouped(source: Checkout) -> Iterator[Fix]:
    record, project = source.record, source.folder / "pyproject.toml"
    close = nearest(record.group, GROUPS, 0.5)
    if not close or not project.is_file() or not source.holds(project):
        return
    header = re.compile(rf"^(\s*\[\s*project\.entry-points\.)([\"']){re.escape(record.group)}\2(\s*\])", re.MULTILINE)
    try:
        before = _text(project)
        after, count = header.subn(rf'\g<1>"{close}"\g<3>', before)
        tomllib.loads(after)
    except (ValueError, RecursionError):  # it is no TOML, or the right group is there too: two tables would become one
        return
    if count == 1:
        yield Fix(path=project, before=before, after=after, reason=f"DSC001 no-entry-point of {record.distribution}",
                  then=source.again)  # fmt: skip # one record


def _stale(report: Report, place: Place, waivers: Sequence[Waiver]) -> Iterator[Fix]:
    passed = {(c.id, r.code) for c in report.components for r in c.results if r.status is Status.PASSED}
    stale = [waiver for waiver in waivers if waiver.line and (waiver.component, waiver.code) in passed]
    if stale:
        after = without_waivers(place, stale)
        yield Fix(path=place.file, before=place.text, after=after, reason="WVR003 waiver-no-longer-needed")


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8")


_FIXES = {"PKG009": _typed, "CON003": _marked, "DSC001": _regrouped}
