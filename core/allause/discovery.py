"""Find components from metadata alone, then build one when it is asked for.

Stage one walks the installed distributions one by one, each guarded, and imports nothing: a broken
distribution is a record with a reason. Stage two imports one component and builds it from its configuration.
This is the only module that uses importlib-metadata, and it parses entry points itself: every name and value in
them is text from strangers.
"""

import difflib
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from importlib import import_module
from typing import Any

import attrs
import cattrs
from importlib_metadata import PathDistribution, distributions

from allause.component import Component
from allause.exceptions import ComponentError, ConfigurationError, UsageError
from allause.kinds import KINDS

_LARGEST_ENTRY_POINTS = 1_000_000
_TARGET = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9])?", re.ASCII)
_GROUPS = {kind.group: name for name, kind in KINDS.items()}


class ComponentState(StrEnum):
    """Name what metadata alone says of a component."""

    FOUND = "found"
    DUPLICATE = "duplicate"
    BROKEN = "broken"


@attrs.frozen(kw_only=True)
class ComponentRecord:
    """Hold what metadata says of one component.

    Attributes:
        id: ``distribution:name``, both normalised; ``?`` where one is unknown.
        kind: from the entry point group; empty when the group is none of ours.
        name: the entry point's name as written.
        distribution: the distribution's name, normalised.
        version: of the distribution; empty when unknown.
        module: left of the colon; empty when the value is malformed.
        attribute: right of the colon.
        state: see ``ComponentState``.
        reason: why it is broken or a duplicate; empty when found.
        defect: the code of the check this reason belongs to; empty when found.
        location: the folder that holds the distribution's metadata.
        group: the entry point group as written.
        requires: the distribution's requirements as written.
    """

    id: str
    kind: str
    name: str
    distribution: str
    version: str
    module: str
    attribute: str
    state: ComponentState
    reason: str = ""
    defect: str = ""
    location: str = ""
    group: str = ""
    requires: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class _Entry:
    group: str
    name: str
    value: str
    line: int


def normalize(name: str) -> str:
    """Return a name in the form in which two spellings of the same name are equal."""
    return re.sub(r"[-_.]+", "-", name).lower()


def printable(text: str, limit: int = 200) -> str:
    """Return text from a stranger, cut, with every character that a terminal could act on escaped."""
    cut = text if len(text) <= limit else text[: limit - 1] + "…"
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "backslashreplace").decode() for c in cut)


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


def select(records: Sequence[ComponentRecord], names: Sequence[str]) -> tuple[ComponentRecord, ...]:
    """Return the records that ``names`` mean: identities, or bare names where these are unambiguous.

    Raises:
        UsageError: an unknown or ambiguous name, with what was probably meant.
    """
    chosen: list[ComponentRecord] = []
    for name in names:
        wanted = ":".join(normalize(part) for part in name.split(":"))
        found = [r for r in records if r.id == wanted] or [
            r for r in records if ":" not in wanted and wanted in (normalize(r.name), r.distribution)
        ]
        if not found:
            close = difflib.get_close_matches(wanted, [r.id for r in records] + [r.name for r in records], 1, 0.5)
            hint = f"; did you mean {close[0]}?" if close else "; 'allause list' shows what is installed"
            raise UsageError(f"no component {printable(name)!r} is installed{hint}")
        if len(found) > 1 and len({r.id for r in found}) > 1:
            ids = ", ".join(r.id for r in found)
            raise UsageError(f"{printable(name)!r} is ambiguous: {ids}; name one of these")
        chosen += [record for record in found if record not in chosen]
    return tuple(chosen)


def load(record: ComponentRecord) -> Any:
    """Import a component's module and return its class or factory.

    Raises:
        ComponentError: the record is broken, or the import fails; the cause is attached.
    """
    if not record.module:
        raise ComponentError(f"{record.id} cannot be imported: {record.reason}", record.id, "import")
    try:
        target: Any = import_module(record.module)
        for part in record.attribute.split("."):
            target = getattr(target, part)
    except (Exception, SystemExit) as error:
        text = f"{type(error).__name__}: {printable(str(error))}"
        raise ComponentError(
            f"{record.id}: importing {record.module}:{record.attribute} raised {text}", record.id, "import"
        ) from error
    return target


def build(record: ComponentRecord, configuration: Mapping[str, Any] | None = None) -> Component:
    """Build one instance from its configuration and host it.

    Raises:
        ComponentError: import or construction failed.
        ConfigurationError: a key or value does not fit the component's ``Config`` class.
    """
    target = load(record)
    arguments = {} if configuration is None else {"config": structure(record, target, configuration)}
    try:
        instance = target(**arguments)
    except ConfigurationError:
        raise
    except (Exception, SystemExit) as error:
        text = f"{type(error).__name__}: {printable(str(error))}"
        raise ComponentError(f"{record.id}: constructing it raised {text}", record.id, "construct") from error
    return Component(record.id, KINDS[record.kind], instance)


def structure(record: ComponentRecord, target: Any, configuration: Mapping[str, Any]) -> Any:
    """Turn a mapping into the component's ``Config``.

    Raises:
        ConfigurationError: naming the key, what was expected and, for an unknown key, what was probably meant.
    """
    shape = getattr(target, "Config", None)
    if shape is None or not attrs.has(shape):
        raise ConfigurationError(f"{record.id} takes no configuration: its class has no attrs class 'Config'")
    names = [field.name for field in attrs.fields(shape)]
    for key in configuration:
        if key not in names:
            close = difflib.get_close_matches(str(key), names, 1)
            hint = f"; did you mean {close[0]!r}?" if close else f"; it has {', '.join(names)}"
            raise ConfigurationError(f"{record.id} has no setting {printable(str(key))!r}{hint}", str(key))
    converter = cattrs.Converter(prefer_attrib_converters=True)
    try:
        return converter.structure(dict(configuration), shape)
    except (cattrs.BaseValidationError, ValueError, TypeError) as error:
        problems = "; ".join(cattrs.transform_error(error, path="configuration", format_exception=_worded))
        raise ConfigurationError(f"the configuration of {record.id} does not fit: {problems}") from error


def _worded(error: BaseException, shape: type | None) -> str:
    """Word one problem: a validator's own text, or what cattrs says of a value it could not convert."""
    text = str(error.args[0]) if isinstance(error, ValueError) and error.args else ""
    return printable(text) or cattrs.v.format_exception(error, shape)


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
        kind = _GROUPS.get(entry.group)
        if kind is not None:
            yield _component(distribution, location, entry, kind)
        elif "allause" in entry.group.lower() and entry.group not in ("allause.checks", "console_scripts"):
            close = difflib.get_close_matches(entry.group, _GROUPS, 1, 0.5)
            hint = f"; did you mean {close[0]!r}?" if close else f"; groups are {', '.join(_GROUPS)}"
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
    try:
        name, version = distribution.metadata["Name"], distribution.metadata["Version"]
    except Exception:  # noqa: BLE001 - malformed metadata fails in many ways, and costs only itself
        name, version = None, None
    return printable(normalize(name or stem), 100) or "?", printable(version or tail, 40)


def _requires(distribution: PathDistribution) -> tuple[str, ...]:
    try:
        return tuple(distribution.metadata.get_all("Requires-Dist") or ())
    except Exception:  # noqa: BLE001 - malformed metadata fails in many ways, and costs only itself
        return ()


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
