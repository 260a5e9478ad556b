"""Find components from the metadata of what is installed.

The installed distributions are walked one by one, each guarded, and nothing is imported: a broken distribution
is a record with a reason.
"""

import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

import attrs

from allause.discovery.distributions import Entry, Source, entries, hidden, identifier, unheard, walk
from allause.discovery.record import ComponentRecord, ComponentState, Contributor
from allause.discovery.text import normalize, printable
from allause.groups import CHECKS_GROUP, COMMANDS_GROUP, GROUPS, READERS_GROUP
from allause.nearest import nearest

_NO_KINDS = frozenset({CHECKS_GROUP, COMMANDS_GROUP, READERS_GROUP, "console_scripts"})
_TOLD_RIVALS = 5
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9])?", re.ASCII)


def discover(
    search_path: Sequence[str] | None = None, *, tell: Callable[[str], None] | None = None
) -> tuple[ComponentRecord, ...]:
    """List every component that an installed distribution offers, ordered by identity; nothing is imported.

    :param search_path: folders to look in; ``sys.path`` when left out.
    :param tell: told of each folder or file that cannot be read and may hide a component.
    """
    heard = tell or unheard
    records: list[ComponentRecord] = []
    home: dict[str, str] = {}
    for source in walk(sys.path if search_path is None else search_path, heard):
        # an earlier folder on the path hides a later copy of the same distribution, as for imports; of two in one
        # folder, as an upgrade that was broken off may leave, nobody can tell which holds
        folder = source.location.rpartition("/")[0]
        records += (r for r in _records(source, heard) if home.setdefault(r.distribution, folder) == folder)
    return tuple(sorted(_marked_duplicates(records), key=lambda r: (r.id, r.location)))


def contributors(search_path: Sequence[str] | None = None, *, group: str = CHECKS_GROUP) -> tuple[Contributor, ...]:
    """List those who contribute to a group, ordered by identity; nothing is imported, what is malformed is left out.

    :param search_path: folders to look in; ``sys.path`` when left out.
    :param group: of the entry points; those of checks when left out.
    """
    found: dict[str, Contributor] = {}
    for source in walk(sys.path if search_path is None else search_path):
        for entry in _readable_entries(source, group):
            if entry.group == group and _is_target(entry.value, whole=False) and _NAME.fullmatch(entry.name):
                owner, _ = source.identity
                module, _, attribute = entry.value.partition(":")
                one = Contributor(
                    id=f"{owner}:{normalize(entry.name)}", distribution=owner, module=module, attribute=attribute
                )
                found.setdefault(one.id, one)
    return tuple(found[identity] for identity in sorted(found))


def _readable_entries(source: Source, group: str) -> Iterator[Entry]:
    try:
        text = source.text("entry_points.txt")
    except (OSError, ValueError):
        return
    if group in text:
        yield from entries(text)


def _records(source: Source, tell: Callable[[str], None]) -> Iterator[ComponentRecord]:
    try:
        text = source.text("entry_points.txt")
    except (OSError, ValueError) as error:
        # not readable as text: ours only if it says so in its folder's name, or as far as it was read
        if "allause" in source.location.rpartition("/")[2].lower() or b"allause." in source.beginning.lower():
            yield _broken(source, "DSC002", f"entry_points.txt cannot be read: {error}")
        elif not isinstance(error, UnicodeDecodeError):
            tell(hidden(f"{source.location}/entry_points.txt", error))
        return
    if "allause" not in text.lower():
        return
    for entry in entries(text):
        kind = GROUPS.get(entry.group)
        if entry.name.startswith("["):
            if "allause" in entry.name.lower():
                reason = f"line {entry.line} of entry_points.txt is {printable(entry.name)!r}; expected [GROUP]"
                yield _broken(source, "DSC002", reason)
        elif kind is not None:
            yield _component(source, entry, kind)
        elif "allause" in entry.group.lower() and entry.group not in _NO_KINDS:
            close = nearest(entry.group, GROUPS, 0.5)
            hint = f"; did you mean {close!r}?" if close else f"; groups are {', '.join(GROUPS)}"
            reason = f"no kind has the entry point group {printable(entry.group)!r}{hint}"
            yield _broken(source, "DSC001", reason, entry)


def _component(source: Source, entry: Entry, kind: str) -> ComponentRecord:
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
        id=f"{owner}:{identifier(entry.name)}",
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


def _broken(source: Source, defect: str, reason: str, entry: Entry | None = None) -> ComponentRecord:
    owner, version = source.identity
    name = identifier(entry.name) if entry else "?"
    return ComponentRecord(
        id=f"{owner}:{name}",
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
