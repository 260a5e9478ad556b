"""Find components from the metadata of what is installed.

The installed distributions are walked one by one, each guarded, and nothing is imported: a broken distribution
is a record with a reason. This is the only module that uses importlib-metadata, and it parses entry points
itself: every name and value in them is text from strangers.
"""

import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence

import attrs
from importlib_metadata import PathDistribution, distributions

from allause.discovery.record import ComponentRecord, ComponentState, Contributor
from allause.discovery.text import normalize, printable
from allause.groups import CHECKS_GROUP, GROUPS

_LARGEST_ENTRY_POINTS = 1_000_000
_LARGEST_METADATA = 1_000_000
_TARGET = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*", re.ASCII)
_CONTRIBUTION = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*(?::[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)?", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9])?", re.ASCII)


@attrs.frozen(kw_only=True)
class _Entry:
    group: str
    name: str
    value: str
    line: int


def discover(search_path: Sequence[str] | None = None) -> tuple[ComponentRecord, ...]:
    """List every component that an installed distribution offers, ordered by identity; nothing is imported.

    :param search_path: folders to look in; ``sys.path`` when left out.
    """
    records: list[ComponentRecord] = []
    home: dict[str, str] = {}
    for distribution in _walk(sys.path if search_path is None else search_path):
        # an earlier folder on the path hides a later copy of the same distribution, as for imports
        records += (r for r in _records(distribution) if home.setdefault(r.distribution, r.location) == r.location)
    return tuple(sorted(_marked_duplicates(records), key=lambda r: (r.id, r.location)))


def contributors(search_path: Sequence[str] | None = None) -> tuple[Contributor, ...]:
    """List those who contribute checks, ordered by identity; nothing is imported and what is malformed is left out.

    :param search_path: folders to look in; ``sys.path`` when left out.
    """
    found: dict[str, Contributor] = {}
    for distribution in _walk(sys.path if search_path is None else search_path):
        for entry in _readable_entries(distribution):
            if entry.group == CHECKS_GROUP and _CONTRIBUTION.fullmatch(entry.value) and _NAME.fullmatch(entry.name):
                owner, _ = _identity(distribution, str(getattr(distribution, "_path", "")))
                module, _, attribute = entry.value.partition(":")
                one = Contributor(
                    id=f"{owner}:{normalize(entry.name)}", distribution=owner, module=module, attribute=attribute
                )
                found.setdefault(one.id, one)
    return tuple(found[identity] for identity in sorted(found))


def _readable_entries(distribution: PathDistribution) -> Iterator[_Entry]:
    try:
        text = distribution.read_text("entry_points.txt") or ""
    except (OSError, ValueError):
        return
    if CHECKS_GROUP in text and len(text) <= _LARGEST_ENTRY_POINTS:
        yield from _entries(text)


def _walk(search_path: Sequence[str]) -> Iterator[PathDistribution]:
    for folder in dict.fromkeys(search_path):
        try:
            # one folder at a time, so that an unreadable one costs itself only
            found = distributions(path=[folder or "."])
            yield from (each for each in found if isinstance(each, PathDistribution))
        except (OSError, ValueError, RuntimeError):
            continue


def _records(distribution: PathDistribution) -> Iterator[ComponentRecord]:
    location = str(getattr(distribution, "_path", ""))
    try:
        text = distribution.read_text("entry_points.txt")
    except (OSError, ValueError) as error:
        # not readable as text: ours only if it says so in its folder's name
        if "allause" in location.rpartition("/")[2].lower():
            yield _broken(distribution, location, "DSC002", f"entry_points.txt cannot be read: {error}")
        return
    if not text or "allause" not in text.lower():
        return
    if len(text) > _LARGEST_ENTRY_POINTS:
        reason = f"entry_points.txt holds {len(text)} characters; at most {_LARGEST_ENTRY_POINTS} are read"
        yield _broken(distribution, location, "DSC002", reason)
        return
    for entry in _entries(text):
        kind = GROUPS.get(entry.group)
        if kind is not None:
            yield _component(distribution, location, entry, kind)
        elif "allause" in entry.group.lower() and entry.group not in (CHECKS_GROUP, "console_scripts"):
            from difflib import get_close_matches  # noqa: PLC0415 - slow, and only a wrong group needs it

            close = get_close_matches(entry.group, GROUPS, 1, 0.5)
            hint = f"; did you mean {close[0]!r}?" if close else f"; groups are {', '.join(GROUPS)}"
            reason = f"no kind has the entry point group {printable(entry.group)!r}{hint}"
            yield _broken(distribution, location, "DSC001", reason, entry)


def _entries(text: str) -> Iterator[_Entry]:
    group = ""
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if not line or line.startswith(("#", ";")):
            continue
        if line.startswith("[") and line.endswith("]"):
            group = line[1:-1].strip()
            continue
        name, _, value = line.partition("=")
        yield _Entry(group=group, name=name.strip(), value=value.partition(";")[0].strip(), line=number)


def _component(distribution: PathDistribution, location: str, entry: _Entry, kind: str) -> ComponentRecord:
    owner, version = _identity(distribution, location)
    target = entry.value.partition("[")[0].strip()  # extras, as in "module:attr [extra]", say nothing here
    reason = ""
    if not _TARGET.fullmatch(target):
        shown = printable(f"{entry.name} = {entry.value}")
        reason = f"line {entry.line} of entry_points.txt is {shown!r}; expected NAME = MODULE:CLASS"
    elif not _NAME.fullmatch(entry.name):
        reason = f"{printable(entry.name)!r} is no component name; use letters, digits, '.', '_' and '-'"
    module, _, attribute = target.partition(":") if not reason else ("", "", "")
    return ComponentRecord(
        id=f"{owner}:{printable(normalize(entry.name), 100) or '?'}",
        kind=kind,
        name=printable(entry.name, 100),
        distribution=owner,
        version=version,
        module=module,
        attribute=attribute,
        state=ComponentState.BROKEN if reason else ComponentState.FOUND,
        reason=reason,
        defect="DSC002" if reason else "",
        location=location,
        group=entry.group,
        requires=_requires(distribution),
    )


def _broken(
    distribution: PathDistribution, location: str, defect: str, reason: str, entry: _Entry | None = None
) -> ComponentRecord:
    owner, version = _identity(distribution, location)
    name = printable(normalize(entry.name), 100) if entry else "?"
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
        location=location,
        group=printable(entry.group) if entry else "",
    )


def _identity(distribution: PathDistribution, location: str) -> tuple[str, str]:
    """Return name and version, each from metadata or, where that cannot be read, from the folder's name."""
    folder = location.rpartition("/")[2].removesuffix(".dist-info").removesuffix(".egg-info")
    stem, _, tail = folder.partition("-")
    headers = _headers(distribution)
    name, version = headers.get("name", [""])[0], headers.get("version", [""])[0]
    return printable(normalize(name or stem), 100) or "?", printable(version or tail, 40)


def _requires(distribution: PathDistribution) -> tuple[str, ...]:
    return tuple(_headers(distribution).get("requires-dist", ()))


def _headers(distribution: PathDistribution) -> dict[str, list[str]]:
    """Return the headers of the metadata by lower-case name; the standard library's parser imports half of it."""
    try:
        text = distribution.read_text("METADATA") or distribution.read_text("PKG-INFO") or ""
    except (OSError, ValueError):  # malformed metadata costs only itself
        return {}
    headers: dict[str, list[str]] = defaultdict(list)
    last: list[str] = []
    for line in text[:_LARGEST_METADATA].splitlines():
        name, colon, value = line.partition(":")
        if line[:1] in {" ", "\t"} and last:
            last[-1] += f" {line.strip()}"
        elif not colon:
            break  # an empty line ends the headers, and so does one that is none
        else:
            last = headers[name.lower()]
            last.append(value.strip())
    return headers


def _marked_duplicates(records: Sequence[ComponentRecord]) -> Iterator[ComponentRecord]:
    claims: dict[tuple[str, str], list[ComponentRecord]] = defaultdict(list)
    for record in records:
        claims[record.kind, normalize(record.name)].append(record)
    for record in records:
        rivals = claims[record.kind, normalize(record.name)]
        if record.state is ComponentState.FOUND and len(rivals) > 1:
            owners = " and ".join(sorted(f"{r.distribution} {r.version}".strip() for r in rivals))
            reason = f"the {record.kind} name {record.name!r} is claimed by {owners}"
            yield attrs.evolve(record, state=ComponentState.DUPLICATE, reason=reason, defect="DSC005")
        else:
            yield record
