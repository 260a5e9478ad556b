"""Install what is named by its path, a source checkout or a wheel, into a folder that is thrown away afterwards.

What the wheel needs and the environment lacks is installed beside it. Building a checkout runs its build code with the
rights of the caller; installing a wheel runs no code.
"""

import errno
import hashlib
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from importlib import metadata
from pathlib import Path
from zipfile import ZipFile

import attrs
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from allause.discovery import discover, normalize, printable
from allause.exceptions import UsageError

_CORE = "allause"
#: What of a checkout is no source of its wheel.
LEFT_OUT = shutil.ignore_patterns(
    ".venv", "venv", ".tox", ".nox", "node_modules", "__pycache__", ".*_cache", "build", "dist", "*.egg-info"
)
_BACKEND_BY_DEFAULT = ("setuptools>=40.8.0",)
_SHOWN = 400
_FULL = os.strerror(errno.ENOSPC)


@attrs.frozen(kw_only=True)
class Offer:
    """Hold what can be examined now.

    Attributes:
        names: of components: those given by name, and those that the paths offer.
        extra_sys_path: folders to put before the environment's own; empty when no path was given.
        notices: one sentence on each path.
        paths: of each component that a path offers, by its identity.
    """

    names: tuple[str, ...]
    extra_sys_path: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    paths: Mapping[str, str] = attrs.field(factory=dict)


def is_path(name: str) -> bool:
    """Tell whether a word names a checkout or a wheel rather than an installed component."""
    return name in {".", ".."} or name.endswith(".whl") or os.sep in name


@contextmanager
def installed(names: Sequence[str], announce: Callable[[str], None], *, certify: bool = False) -> Iterator[Offer]:
    """Install the paths among ``names`` as long as the context lasts.

    :param announce: told of each path before the work on it begins.
    :param certify: whether to take wheels alone, whose bytes others can obtain again.

    Raises:
        UsageError: a path that is no checkout or wheel, offers no component, or cannot be built or installed; or two
            names that stand for one distribution, of which only one could be examined.
    """
    words = [name for name in names if is_path(name)]
    if not words:
        yield Offer(names=tuple(names))
        return
    paths = {name: Path(name).expanduser() for name in words}
    _once((os.path.realpath(paths[name]), name) for name in words)
    for name, path in paths.items():
        _check(path)
        if certify and path.is_dir():
            raise UsageError(_other_bytes_tomorrow(name))
    with tempfile.TemporaryDirectory(prefix="allause-") as directory:
        workshop = _Workshop(Path(directory))
        offered: dict[str, tuple[str, ...]] = {}
        notices: list[str] = []
        for name, path in paths.items():
            announce(f"installing {name}")
            wheel = path.resolve() if path.suffix == ".whl" else workshop.build(path)
            site = workshop.install(wheel, path)
            offered[name] = tuple(record.id for record in discover([str(site)]))
            if not offered[name]:
                raise UsageError(_nothing_in(path, wheel))
            digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
            notices.append(f"{_shown(path)}: {wheel.name} (SHA-256 {digest}) was installed for this validation only")
        workshop.complete()
        by_name = {normalize(name.partition(":")[0]): name for name in names if name not in paths}
        _once([*((ids[0].partition(":")[0], name) for name, ids in offered.items()), *by_name.items()])
        chosen = [each for name in names for each in offered.get(name, (name,))]
        yield Offer(
            names=tuple(dict.fromkeys(chosen)),
            extra_sys_path=workshop.extra_sys_path,
            notices=tuple(notices),
            paths={identity: shlex.quote(name) for name, identities in offered.items() for identity in identities},
        )


class _Workshop:
    """Build and install with pip in one directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._sites: list[Path] = []
        self._needed: list[Requirement] = []
        self._added = directory / "added"
        self._temporary = directory / "temporary"
        self._temporary.mkdir()

    @property
    def extra_sys_path(self) -> tuple[str, ...]:
        return (*map(str, self._sites), *([str(self._added)] if self._added.is_dir() else []))

    def build(self, source: Path) -> Path:
        """Build a wheel from a copy of a checkout, so that nothing is left in it."""
        copy = self._directory / f"source-{len(self._sites)}"
        wheels = self._directory / f"wheels-{len(self._sites)}"
        try:
            shutil.copytree(source, copy, symlinks=True, ignore=LEFT_OUT)
            requires = _build_requirements(copy)
        except (OSError, shutil.Error, ValueError) as error:
            if _FULL in str(error):
                raise UsageError(f"{_shown(source)} cannot be copied: {self._no_room()}") from error
            raise UsageError(_unreadable(source, error)) from error
        missing = [str(each) for each in map(Requirement, requires) if not _satisfied(each)]
        # with everything there, nothing has to be fetched; otherwise pip makes an environment for the build
        words = ["wheel", "--no-deps", *([] if missing else ["--no-build-isolation"]), "--wheel-dir", str(wheels)]
        problem = self._pip(*words, str(copy))
        if problem:
            need = f"; it is built with {', '.join(missing)}, which this environment lacks" if missing else ""
            hint = "install that, or build a wheel elsewhere and name it" if missing else "'pip wheel .' shows more"
            raise UsageError(f"{_shown(source)} cannot be built: {problem}{need}; {hint}")
        return next(wheels.glob("*.whl"))

    def install(self, wheel: Path, named: Path) -> Path:
        """Install a wheel into a folder of its own and return the folder."""
        site = self._directory / f"site-{len(self._sites)}"
        if problem := self._pip("install", "--no-deps", "--no-index", "--target", str(site), str(wheel)):
            raise UsageError(f"{_shown(named)} cannot be installed: {problem}")
        self._sites.append(site)
        self._need(site)
        return site

    def complete(self) -> None:
        """Install what is needed and not there, and what that needs; nothing that is there is hidden by another copy.

        A core of another version than the running one is for a check to find.
        """
        while missing := sorted({str(each) for each in self._needed if not self._has(each)}):
            self._needed = []
            if problem := self._pip("install", "--no-deps", "--upgrade", "--target", str(self._added), *missing):
                names = printable(", ".join(missing), _SHOWN)
                raise UsageError(f"needed are {names}, which cannot be installed: {problem}; install them first")
            self._need(self._added)

    def _need(self, site: Path) -> None:
        for distribution in metadata.distributions(path=[str(site)]):
            try:
                self._needed += [Requirement(text) for text in distribution.requires or ()]
            except InvalidRequirement as error:
                raise UsageError(f"{distribution.name} has a malformed requirement: {printable(str(error))}") from error

    def _has(self, requirement: Requirement) -> bool:
        here = [str(folder) for folder in (*self._sites, self._added)]
        own = {canonicalize_name(each.name) for each in metadata.distributions(path=here)}
        return canonicalize_name(requirement.name) in {_CORE, *own} or _satisfied(requirement)

    def _pip(self, *words: str) -> str:
        """Run pip and return its complaint; an empty one when it succeeded."""
        quiet = ("--quiet", "--no-input", "--disable-pip-version-check", "--no-color")
        command = [sys.executable, "-m", "pip", words[0], *quiet, *words[1:]]
        code, said = self._done(command)
        if not code:
            return ""
        if _FULL in said:
            return self._no_room()
        for word in (*words, *map(os.path.basename, words)):  # one that holds a line break would cut the complaint
            said = said.replace(word, printable(word, _SHOWN))
        lines = [line.strip() for line in said.splitlines() if line.strip()]
        errors = [line for line in lines if line.lower().startswith("error")] or lines
        return printable(errors[-1] if errors else f"pip ended with {code}", _SHOWN)

    def _no_room(self) -> str:
        place = printable(str(self._directory.parent))
        return f"there is no room left in {place}; make some, or let TMPDIR name another folder"

    def _done(self, command: Sequence[str]) -> tuple[int, str]:
        """Run a command and return its exit code and what it said; when this process is interrupted, nothing goes on.

        What it writes for a moment lies in the directory that is thrown away, for one that is killed leaves it there.
        """
        with subprocess.Popen(  # noqa: S603 - this interpreter, and paths that the user named
            command,
            cwd=self._directory,
            env={**os.environ, "TMPDIR": str(self._temporary)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,
        ) as process:
            try:
                said = process.communicate()
                return process.returncode, "\n".join(said)
            finally:
                with suppress(ProcessLookupError):  # most often nothing is left of it
                    os.killpg(process.pid, signal.SIGKILL)


def _once(named: Iterable[tuple[str, str]]) -> None:
    """Refuse two words for one thing: only one of them would be examined, and nobody could tell which.

    :param named: what each word stands for, and the word.
    """
    words: dict[str, str] = {}
    for thing, word in named:
        if thing in words:
            both = f"{printable(words[thing])} and {printable(word)} are both {printable(thing)}"
            raise UsageError(f"{both}, and one validation examines one of it; leave one of them out")
        words[thing] = word


def _check(path: Path) -> None:
    """Refuse what is neither a source checkout nor a wheel."""
    try:
        problem = _no_checkout(path) if path.is_dir() else _no_wheel(path)
    except (FileNotFoundError, NotADirectoryError):
        raise UsageError(f"there is nothing at {_shown(path)}; expected a source checkout or a wheel") from None
    except Exception as error:  # every way of packing has errors of its own, and not every Python has every way
        if isinstance(error, OSError) and error.errno:
            raise UsageError(f"{_shown(path)} is not readable: {error.strerror or error}") from error
        raise UsageError(f"{_shown(path)} is no wheel: {printable(str(error) or type(error).__name__)}") from error
    if problem:
        raise UsageError(f"{_shown(path)} is {problem}")


def _no_checkout(path: Path) -> str:
    known = {"pyproject.toml", "setup.py"}.intersection(os.listdir(path))  # noqa: PTH208 - names are wanted
    return "" if known else "no source checkout: expected a pyproject.toml in it"


def _no_wheel(path: Path) -> str:
    with ZipFile(path) as archive:
        sound = archive.testzip() is None
    return "" if sound and path.suffix == ".whl" else "no wheel: expected a sound zip archive whose name ends in .whl"


def _other_bytes_tomorrow(folder: str) -> str:
    build = printable(f"pip wheel --no-deps --wheel-dir dist {shlex.quote(folder)}", _SHOWN)
    return (
        f"--certify: {printable(folder)} is a folder, which has other bytes tomorrow; "
        f"build a wheel with `{build}` and name that"
    )


def _nothing_in(path: Path, wheel: Path) -> str:
    if canonicalize_name(wheel.name.partition("-")[0]) == _CORE:
        return f"{_shown(path)} is the core, which offers no component; leave it out, and name what offers one"
    return (
        f"{_shown(path)} offers no component; "
        'declare one under [project.entry-points."allause.<kind>"] of its pyproject.toml'
    )


def _unreadable(source: Path, error: Exception) -> str:
    """Say what of a checkout cannot be copied: the first of many, without the words of the system's library."""
    if isinstance(error, shutil.Error):
        (name, _, reason), *more = error.args[0]
        number = re.match(r"\[Errno (\d+)\]", str(reason))
        why = os.strerror(int(number[1])) if number else printable(str(reason))
        others = f", nor are {len(more)} others" if more else ""
        return f"{_shown(Path(name))} is not readable: {why}{others}"
    if isinstance(error, OSError):
        return f"{_shown(source)} is not readable: {error.strerror or error}"
    return f"{_shown(source / 'pyproject.toml')} is malformed: {printable(str(error), _SHOWN)}; correct it there"


def _build_requirements(source: Path) -> Sequence[str]:
    file = source / "pyproject.toml"
    table = tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    system = table.get("build-system", {})
    if not isinstance(system, dict):
        raise ValueError("build-system: expected a table")  # noqa: TRY004 - one error for all that is malformed
    requires = system.get("requires", _BACKEND_BY_DEFAULT)
    if not isinstance(requires, list | tuple) or not all(isinstance(each, str) for each in requires):
        raise ValueError("build-system.requires: expected a list of text")
    return requires


def _satisfied(requirement: Requirement) -> bool:
    if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
        return True
    try:
        found = metadata.version(requirement.name)
    except metadata.PackageNotFoundError:
        return False
    return requirement.specifier.contains(found, prereleases=True)


def _shown(path: Path) -> str:
    return printable(str(path))
