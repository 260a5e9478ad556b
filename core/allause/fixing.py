"""The few fixes that are safe to make for an author, in a source checkout and nowhere else."""

import ast
import difflib
import re
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

import attrs

from allause.configuration import Place, without_waivers
from allause.discovery import ComponentRecord, printable
from allause.evidence import gather_static, locate
from allause.evidence.artefact import read_artefact
from allause.exceptions import ConfigurationError
from allause.groups import GROUPS
from allause.models.report import Report, Status
from allause.models.waiver import Waiver

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
        """Write the file, unless it has changed since it was read.

        Raises:
            ConfigurationError: it has.
        """
        now = _text(self.path) if self.path.exists() else None
        if now != self.before:
            raise ConfigurationError(f"{printable(str(self.path))} has changed while it was being fixed; try again")
        self.path.write_bytes(self.after.encode())


def fixes(
    report: Report, records: Sequence[ComponentRecord], place: Place, waivers: Sequence[Waiver]
) -> tuple[Fix, ...]:
    """Return what can be mended of the findings of a report.

    :param records: of the components in the report; those that are no editable checkout are left alone.
    :param place: the configuration, which loses the waivers of checks that pass.
    """
    found: list[Fix] = []
    by_id = {record.id: record for record in records}
    for component in report.components:
        record = by_id.get(component.id)
        folder = checkout(record) if record else None
        if record is None or folder is None:
            continue
        failed = {result.code for result in component.results if result.status is Status.FAILED}
        for code, fix in _FIXES.items():
            if code in failed:
                found += fix(record, folder)
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


def _typed(record: ComponentRecord, folder: Path) -> Iterator[Fix]:
    file = locate(record.module.partition(".")[0])
    if file is not None and file.name == "__init__.py" and file.is_relative_to(folder):
        marker = file.with_name("py.typed")
        if not marker.exists():
            yield Fix(path=marker, before=None, after="", reason=f"PKG009 not-typed of {record.id}")


def _marked(record: ComponentRecord, folder: Path) -> Iterator[Fix]:
    source = gather_static(record, core_version="").source
    if source.file is None or not source.readable or not source.file.is_relative_to(folder):
        return
    names = {member.name for member in source.members.values() if member.marked is False}
    try:
        before = _text(source.file)
    except UnicodeDecodeError:  # source of another encoding is the author's to mend
        return
    after = marked(before, record.attribute, names & _hooks(record.kind))
    if after != before:
        yield Fix(path=source.file, before=before, after=after, reason=f"CON003 unmarked-implementation of {record.id}")


def _hooks(kind: str) -> frozenset[str]:
    from allause.kinds import KINDS  # noqa: PLC0415 - only a fix of source needs the contract

    return frozenset(KINDS[kind].methods)


def marked(text: str, owner: str, names: frozenset[str] | set[str]) -> str:
    """Return source in which the methods ``names`` of the class ``owner`` carry the marker; unchanged if it cannot be.

    Only lines are added: the marker above each method, and its import below the last one at the top.
    """
    tree = ast.parse(text)
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == owner]
    methods = [
        node
        for each in classes
        for node in each.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name in names
    ]
    if not methods:
        return text
    lines = text.splitlines(keepends=True)
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
        ast.parse(result)
    except SyntaxError:  # an unusual layout, such as two statements on a line, is the author's to mend
        return text
    return result


def _regrouped(record: ComponentRecord, folder: Path) -> Iterator[Fix]:
    project = folder / "pyproject.toml"
    close = difflib.get_close_matches(record.group, GROUPS, 1, 0.5)
    if not close or not project.is_file():
        return
    before = _text(project)
    header = re.compile(rf"^(\s*\[\s*project\.entry-points\.)([\"']){re.escape(record.group)}\2(\s*\])", re.MULTILINE)
    after, count = header.subn(rf'\g<1>"{close[0]}"\g<3>', before)
    try:
        tomllib.loads(after)
    except tomllib.TOMLDecodeError:  # the right group is there too: two tables would become one
        return
    if count == 1:
        yield Fix(path=project, before=before, after=after, reason=f"DSC001 no-entry-point of {record.distribution}",
                  then=f"install it again: pip install -e {folder}")  # fmt: skip # one record


def _stale(report: Report, place: Place, waivers: Sequence[Waiver]) -> Iterator[Fix]:
    passed = {(c.id, r.code) for c in report.components for r in c.results if r.status is Status.PASSED}
    stale = [waiver for waiver in waivers if waiver.line and (waiver.component, waiver.code) in passed]
    if stale:
        after = without_waivers(place, stale)
        yield Fix(path=place.file, before=place.text, after=after, reason="WVR003 waiver-no-longer-needed")


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8")


_FIXES = {"PKG009": _typed, "CON003": _marked, "DSC001": _regrouped}
