"""Find components from the metadata of what is installed.

The installed distributions are walked one by one, each guarded, and nothing is imported: a broken distribution
is a record with a reason. Folders are listed and entry points parsed here: every name and value in them is text from
strangers. This is the only module that uses importlib-metadata, and only for what is packed in an archive: it takes
longer to import than everything else that a listing does.
"""

import os
import re
import stat
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import attrs

from allause.discovery.record import ComponentRecord, ComponentState, Contributor
from allause.discovery.text import headers, normalize, printable
from allause.groups import CHECKS_GROUP, COMMANDS_GROUP, GROUPS, READERS_GROUP

if TYPE_CHECKING:  # slow
    from importlib_metadata import PathDistribution

_NO_KINDS = frozenset({CHECKS_GROUP, COMMANDS_GROUP, READERS_GROUP, "console_scripts"})
_LARGEST = 1_000_000  # bytes of a file of metadata
_LONGEST = 10_000  # characters of a name that are looked at
_TOLD_RIVALS = 5
_METADATA = (".dist-info", ".egg-info")
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9])?", re.ASCII)


@attrs.frozen(kw_only=True, eq=False, repr=False)
class _Entry:
    group: str
    name: str
    value: str
    line: int


class _Source:
    """Read one distribution's metadata, the headers at most once, and only files of a bearable size.

    Attributes:
        location: the folder that holds it.
        beginning: of the last file that was too large, or no text.
    """

    def __init__(self, location: str, packed: "PathDistribution | None" = None) -> None:
        """Take the folder; ``packed`` when it lies in an archive."""
        self.location = location
        self._packed = packed
        self.beginning = b""

    def text(self, name: str) -> str:
        """Return a file as text; empty when there is none.

        Raises:
            OSError: it cannot be read, or is no file, such as a pipe that would be waited for.
            ValueError: it is no text, or too large.
        """
        file = os.path.join(self.location, name)  # noqa: PTH118 - pathlib slows a listing
        try:
            found = os.stat(file)  # noqa: PTH116 - the same
        except (FileNotFoundError, NotADirectoryError):
            return (self._packed.read_text(name) or "") if self._packed else ""
        if not stat.S_ISREG(found.st_mode):
            raise OSError(f"{name} is no regular file")
        with open(file, "rb") as opened:  # noqa: PTH123 - the same
            content = opened.read(_LARGEST + 1)
        if len(content) > _LARGEST:
            self.beginning = content[:_LARGEST]
            raise ValueError(f"it holds {found.st_size} bytes; at most {_LARGEST} are read")
        try:
            return content.decode()
        except UnicodeDecodeError:
            self.beginning = content
            raise

    @cached_property
    def headers(self) -> dict[str, list[str]]:
        """Return the headers by lower-case name."""
        try:
            text = self.text("METADATA") or self.text("PKG-INFO")
        except (OSError, ValueError):  # malformed metadata costs only itself
            return {}
        return headers(text)

    @cached_property
    def identity(self) -> tuple[str, str]:
        """Return name and version, each from metadata or, where that cannot be read, from the folder's name."""
        folder = self.location.rpartition("/")[2].removesuffix(".dist-info").removesuffix(".egg-info")
        stem, _, tail = folder.partition("-")
        name, version = (self.headers.get(key, [""])[0] for key in ("name", "version"))
        return printable(normalize((name or stem)[:_LONGEST]), 100) or "?", printable(version or tail, 40)


def discover(
    search_path: Sequence[str] | None = None, *, tell: Callable[[str], None] | None = None
) -> tuple[ComponentRecord, ...]:
    """List every component that an installed distribution offers, ordered by identity; nothing is imported.

    :param search_path: folders to look in; ``sys.path`` when left out.
    :param tell: told of each folder or file that cannot be read and may hide a component.
    """
    hidden = tell or _unheard
    records: list[ComponentRecord] = []
    home: dict[str, str] = {}
    for source in _walk(sys.path if search_path is None else search_path, hidden):
        # an earlier folder on the path hides a later copy of the same distribution, as for imports
        records += (r for r in _records(source, hidden) if home.setdefault(r.distribution, r.location) == r.location)
    return tuple(sorted(_marked_duplicates(records), key=lambda r: (r.id, r.location)))


def contributors(search_path: Sequence[str] | None = None, *, group: str = CHECKS_GROUP) -> tuple[Contributor, ...]:
    """List those who contribute to a group, ordered by identity; nothing is imported, what is malformed is left out.

    :param search_path: folders to look in; ``sys.path`` when left out.
    :param group: of the entry points; those of checks when left out.
    """
    found: dict[str, Contributor] = {}
    for source in _walk(sys.path if search_path is None else search_path):
        for entry in _readable_entries(source, group):
            if entry.group == group and _is_target(entry.value, whole=False) and _NAME.fullmatch(entry.name):
                owner, _ = source.identity
                module, _, attribute = entry.value.partition(":")
                one = Contributor(
                    id=f"{owner}:{normalize(entry.name)}", distribution=owner, module=module, attribute=attribute
                )
                found.setdefault(one.id, one)
    return tuple(found[identity] for identity in sorted(found))


def _readable_entries(source: _Source, group: str) -> Iterator[_Entry]:
    try:
        text = source.text("entry_points.txt")
    except (OSError, ValueError):
        return
    if group in text:
        yield from _entries(text)


def _unheard(_: str) -> None:
    """Take what nobody listens to."""


def _walk(search_path: Sequence[str], tell: Callable[[str], None] = _unheard) -> Iterator[_Source]:
    for folder in dict.fromkeys(search_path):
        try:
            names = os.listdir(folder or ".")  # noqa: PTH208 - pathlib slows a listing
        except FileNotFoundError:
            continue  # as usual on a search path
        except NotADirectoryError:
            yield from _packed(folder, tell)
            continue
        except (OSError, ValueError) as error:
            tell(_hidden(folder, error))
            continue
        # setuptools once installed folders NAME.egg, each of one distribution
        ends = (*_METADATA, "egg-info") if folder.lower().endswith(".egg") else _METADATA
        yield from (_Source(os.path.join(folder, each)) for each in names if each.lower().endswith(ends))  # noqa: PTH118 - the same


def _packed(archive: str, tell: Callable[[str], None]) -> Iterator[_Source]:
    from importlib_metadata import PathDistribution, distributions  # noqa: PLC0415 - see above

    try:
        found = list(distributions(path=[archive]))
    except (OSError, ValueError, RuntimeError) as error:
        tell(_hidden(archive, error))
        return
    for each in found:
        if isinstance(each, PathDistribution):
            yield _Source(str(getattr(each, "_path", "")), each)


def _hidden(place: str, error: Exception) -> str:
    return printable(f"{place} cannot be read and may hide components: {error}", 400)


def _records(source: _Source, tell: Callable[[str], None]) -> Iterator[ComponentRecord]:
    try:
        text = source.text("entry_points.txt")
    except (OSError, ValueError) as error:
        # not readable as text: ours only if it says so in its folder's name, or as far as it was read
        if "allause" in source.location.rpartition("/")[2].lower() or b"allause." in source.beginning.lower():
            yield _broken(source, "DSC002", f"entry_points.txt cannot be read: {error}")
        elif not isinstance(error, UnicodeDecodeError):
            tell(_hidden(f"{source.location}/entry_points.txt", error))
        return
    if "allause" not in text.lower():
        return
    for entry in _entries(text):
        kind = GROUPS.get(entry.group)
        if entry.name.startswith("["):
            if "allause" in entry.name.lower():
                reason = f"line {entry.line} of entry_points.txt is {printable(entry.name)!r}; expected [GROUP]"
                yield _broken(source, "DSC002", reason)
        elif kind is not None:
            yield _component(source, entry, kind)
        elif "allause" in entry.group.lower() and entry.group not in _NO_KINDS:
            from difflib import get_close_matches  # noqa: PLC0415 - slow, and only a wrong group needs it

            close = get_close_matches(entry.group, GROUPS, 1, 0.5)
            hint = f"; did you mean {close[0]!r}?" if close else f"; groups are {', '.join(GROUPS)}"
            reason = f"no kind has the entry point group {printable(entry.group)!r}{hint}"
            yield _broken(source, "DSC001", reason, entry)


def _entries(text: str) -> Iterator[_Entry]:
    group = ""
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if not line or line.startswith(("#", ";")):
            continue
        if line.startswith("[") and line.endswith("]"):
            group = line[1:-1].strip()
            continue
        if line.startswith("["):
            group = ""  # nobody can tell to which group belongs what follows
            yield _Entry(group=group, name=line, value="", line=number)
            continue
        name, _, value = line.partition("=")
        yield _Entry(group=group, name=name.strip(), value=value.partition(";")[0].strip(), line=number)


def _component(source: _Source, entry: _Entry, kind: str) -> ComponentRecord:
    owner, version = source.identity
    target = entry.value.partition("[")[0].strip()  # extras, as in "module:attr [extra]", say nothing here
    reason = ""
    if not _is_target(target):
        shown = printable(f"{entry.name} = {entry.value}")
        reason = f"line {entry.line} of entry_points.txt is {shown!r}; expected NAME = MODULE:CLASS"
    elif not _NAME.fullmatch(entry.name):
        reason = f"{printable(entry.name)!r} is no component name; use letters, digits, '.', '_' and '-'"
    module, _, attribute = target.partition(":") if not reason else ("", "", "")
    return ComponentRecord(
        id=f"{owner}:{printable(normalize(entry.name[:_LONGEST]), 100) or '?'}",
        kind=kind,
        name=printable(entry.name, 100),
        distribution=owner,
        version=version,
        module=module,
        attribute=attribute,
        state=ComponentState.BROKEN if reason else ComponentState.FOUND,
        reason=reason,
        defect="DSC002" if reason else "",
        location=source.location,
        group=entry.group,
        requires=tuple(source.headers.get("requires-dist", ())),
    )


def _is_target(text: str, *, whole: bool = True) -> bool:
    """Tell whether ``text`` is MODULE:ATTRIBUTE, both dotted, in the letters that Python takes.

    :param whole: whether the attribute has to be there.
    """
    module, colon, attribute = text.partition(":")
    parts = [*module.split("."), *(attribute.split(".") if colon or whole else ())]
    return all(part.isidentifier() for part in parts)


def _broken(source: _Source, defect: str, reason: str, entry: _Entry | None = None) -> ComponentRecord:
    owner, version = source.identity
    name = printable(normalize(entry.name[:_LONGEST]), 100) if entry else "?"
    return ComponentRecord(
        id=f"{owner}:{name or '?'}",
        kind="",
        name=name,
        distribution=owner,
        version=version,
        module="",
        attribute="",
        state=ComponentState.BROKEN,
        reason=printable(reason, 400),
        defect=defect,
        location=source.location,
        group=printable(entry.group) if entry else "",
    )


def _marked_duplicates(records: Sequence[ComponentRecord]) -> Iterator[ComponentRecord]:
    claims: dict[tuple[str, str], list[ComponentRecord]] = defaultdict(list)
    for record in records:
        claims[record.kind, normalize(record.name)].append(record)
    told = {claim: _told(rivals) for claim, rivals in claims.items() if len(rivals) > 1}
    for record in records:
        owners = told.get((record.kind, normalize(record.name)))
        if record.state is ComponentState.FOUND and owners:
            reason = f"the {record.kind} name {record.name!r} is claimed by {owners}"
            yield attrs.evolve(record, state=ComponentState.DUPLICATE, reason=reason, defect="DSC005")
        else:
            yield record


def _told(rivals: Sequence[ComponentRecord]) -> str:
    names = sorted(f"{r.distribution} {r.version}".strip() for r in rivals)
    more = [f"{len(names) - _TOLD_RIVALS} more"] if len(names) > _TOLD_RIVALS else []
    return " and ".join([*names[:_TOLD_RIVALS], *more])
