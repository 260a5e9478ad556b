"""The byte code that children start from: they write none, so each would compile again what the installer did not.

pip compiles what it installs, uv only when told to. What is missing is written as any import would write it, for
installed distributions alone and never for a checkout, by processes that parse and run nothing of it.
"""

import os
import re
import shlex
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from time import monotonic

import attrs

from allause.discovery import ComponentRecord, normalize, printable
from allause.discovery.distributions import Source, walk
from allause.interrupts import held_back

_CORE = "allause"
_TESTS = frozenset({"test", "tests"})  # no component imports those of others, and they are half of some distributions
_FEW = 0.1  # of a distribution's modules: some parse nowhere, as templates do, and no installer compiles them
_LARGEST = 2_000_000  # bytes of a module that is compiled
_LITTLE = 30_000  # bytes of all of them, which a child compiles in less time than it takes to tell of it
_SHARE = 50  # modules for which starting one more process pays
_PATIENCE_S = 60.0
_NAME = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[([^]]*)\])?")
_EXTRA = re.compile(r"\bextra\s*==\s*['\"]([^'\"]*)")
#: As Python is started for children: what it finds is found by them, whatever the environment says.
_COMPILE = ("-I", "-S", "-X", "utf8", "-W", "ignore", "-m", "compileall", "-qq", "-i", "-")
_SHOWN = 3
_LONGEST = 400


@attrs.frozen(kw_only=True)
class Uncompiled:
    """Hold a distribution without byte code.

    Attributes:
        distribution: its name.
        folder: where it is installed.
        modules: the files that have none, with their size.
    """

    distribution: str
    folder: str
    modules: Mapping[str, int]


def uncompiled(records: Iterable[ComponentRecord], search_path: Sequence[str]) -> tuple[Uncompiled, ...]:
    """Return what these components need of what is installed, themselves and the core included, and has no byte code.

    Of what the core requires too, only the distributions themselves: what those need serves its command line.
    """
    installed: dict[str, Source] = {}
    for source in walk([folder for folder in search_path if os.path.isdir(folder)]):  # noqa: PTH112 - quick
        name = source.location.rpartition("/")[2]
        if name.endswith(".dist-info"):
            installed.setdefault(normalize(name.partition("-")[0]), source)
    needed = _needed({record.distribution for record in records}, installed)
    found = [each for name in needed if (each := _missing(name, installed[name])).modules]
    if sum(size for each in found for size in each.modules.values()) < _LITTLE:
        return ()
    return tuple(sorted(found, key=lambda each: (-len(each.modules), each.distribution)))


def write(found: Sequence[Uncompiled]) -> None:
    """Write the byte code of all modules that parse; what cannot be written is left as it is."""
    modules = [file for each in found for file in each.modules]
    # none of them is empty: without names, compileall takes the whole of sys.path
    shares = min(os.cpu_count() or 1, -(-len(modules) // _SHARE))
    until = monotonic() + _PATIENCE_S
    with ExitStack() as stack:
        running = []
        for n in range(shares):
            with held_back():  # each at once, for this process may be interrupted before the next
                running.append(stack.enter_context(_compiling(modules[n::shares])))
                stack.callback(running[-1].kill)
        for process in running:
            try:
                process.wait(max(0.0, until - monotonic()))
            except subprocess.TimeoutExpired:
                return


def obstacle(found: Sequence[Uncompiled]) -> str:
    """Say why the host does not write it; empty where it does."""
    if sys.dont_write_bytecode:
        return "PYTHONDONTWRITEBYTECODE or -B forbids to write it"
    if sys.pycache_prefix:
        return "PYTHONPYCACHEPREFIX keeps it where no child looks"
    closed = [each.folder for each in found if not os.access(each.folder, os.W_OK)]
    return f"{printable(closed[0])} is not writable" if closed else ""


def remedy(found: Sequence[Uncompiled]) -> str:
    """Return the command that writes it, whatever the environment says."""
    folders = sorted({each.folder for each in found})
    return printable(shlex.join([sys.executable, "-I", "-m", "compileall", "-q", *folders]), _LONGEST)


def named(found: Sequence[Uncompiled]) -> str:
    """Name the distributions, the first few of many."""
    names = [printable(each.distribution, 40) for each in found]
    more = len(names) - _SHOWN
    return ", ".join(names) if more < 1 else f"{', '.join(names[:_SHOWN])} and {more} more"


def _needed(roots: set[str], installed: dict[str, Source]) -> Iterator[str]:
    """Yield each name that is required and installed, once."""
    ours = {name for name, _ in _required(installed[_CORE], set())} if _CORE in installed else set()
    waiting: list[tuple[str, set[str] | None]] = [(_CORE, set()), *((name, None) for name in sorted(roots))]
    seen: set[str] = set()
    while waiting:
        name, extras = waiting.pop()
        if name in seen or name not in installed:
            continue
        seen.add(name)
        yield name
        if name != _CORE and name not in ours:
            waiting += _required(installed[name], extras)


def _required(source: Source, extras: set[str] | None) -> Iterator[tuple[str, set[str]]]:
    """Yield the distributions that one requires, with the extras asked of each.

    Args:
        source: what is installed of it.
        extras: asked of it; None for any.
    """
    for text in source.headers.get("requires-dist", ()):
        requirement, _, marker = text.partition(";")
        extra, name = _EXTRA.search(marker), _NAME.match(requirement.strip())
        if name and (extra is None or extras is None or extra[1] in extras):
            yield normalize(name[1]), {each.strip() for each in (name[2] or "").split(",")}


def _missing(name: str, source: Source) -> Uncompiled:
    """Return the modules of one distribution that have no byte code; none where those are few, or it records none."""
    site = source.location.rpartition("/")[0]
    try:
        record = source.text("RECORD")
    except (OSError, ValueError):
        record = ""
    modules, missing = 0, []
    compiled: dict[str, frozenset[str]] = {}
    for line in record.splitlines():
        path = line.partition(",")[0]
        if not path.endswith(".py") or not _imported(path[:-3].split("/")):
            continue
        modules += 1
        folder, _, file = path.rpartition("/")
        if folder not in compiled:
            compiled[folder] = _compiled(f"{site}/{folder}")
        if file[:-3] not in compiled[folder]:
            missing.append(path)
    few = len(missing) <= modules * _FEW
    sizes = {} if few else {f"{site}/{path}": size for path in missing if (size := _size(site, path))}
    return Uncompiled(distribution=name, folder=site, modules=sizes)


def _imported(parts: Sequence[str]) -> bool:
    """Tell whether anybody would import that: no test of another's, no script, no template, nothing above the site."""
    return all(part.isidentifier() for part in parts) and _TESTS.isdisjoint(parts[:-1])


def _compiled(folder: str) -> frozenset[str]:
    """Return the names of the modules in a folder that have byte code for this interpreter."""
    ending = f".{sys.implementation.cache_tag}.pyc"
    try:
        names = os.listdir(f"{folder}/__pycache__")  # noqa: PTH208 - names are wanted, and quickly
    except OSError:
        return frozenset()
    return frozenset(name.removesuffix(ending) for name in names if name.endswith(ending))


def _size(site: str, path: str) -> int:
    """Return the size of a file; 0 where it is unbearable or lies elsewhere, where nothing is to be written."""
    folder = path.rpartition("/")[0]
    there = os.path.join(os.path.realpath(site), folder).rstrip("/")  # noqa: PTH118 - there may be thousands
    try:
        found = os.stat(f"{site}/{path}")  # noqa: PTH116 - the same
    except OSError:
        return 0
    regular = stat.S_ISREG(found.st_mode) and found.st_size <= _LARGEST
    return found.st_size if regular and os.path.realpath(f"{site}/{folder}") == there else 0


def _compiling(modules: Sequence[str]) -> "subprocess.Popen[bytes]":
    with tempfile.TemporaryFile() as names:
        names.write(b"".join(os.fsencode(module) + b"\n" for module in modules))
        names.seek(0)
        return subprocess.Popen(  # noqa: S603 - this interpreter, and nothing of what it compiles runs
            [sys.executable, *_COMPILE],
            stdin=names,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
