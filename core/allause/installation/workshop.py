"""Build and install with pip, in one directory that is thrown away afterwards."""

import errno
import os
import re
import shutil
import signal
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from importlib import metadata
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from allause.discovery import printable
from allause.exceptions import UsageError
from allause.interrupts import held_back

#: The distribution of the core, which a path never replaces.
CORE = "allause"
#: What of a checkout is no source of its wheel.
LEFT_OUT = shutil.ignore_patterns(
    ".venv", "venv", ".tox", ".nox", "node_modules", "__pycache__", ".*_cache", "build", "dist", "*.egg-info"
)
#: What would have pip install elsewhere than told, or refuse to: in the environment, and in its files of settings.
_ELSEWHERE = ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT")
_AS_TOLD = {"PIP_USER": "0", "PIP_DRY_RUN": "0", "PIP_REQUIRE_VIRTUALENV": "0"}
_HERE = ("--no-deps", "--root", "/", "--prefix", "", "--target")
_BACKEND_BY_DEFAULT = ("setuptools>=40.8.0",)
_NO_PIP = (
    "{python} has no pip, which builds and installs what is named by a path; "
    "add it ('uv pip install pip', 'python -m ensurepip' or the system's package python3-pip), "
    "or install the component in this environment and name it"
)
_SHOWN = 400
_FULL = os.strerror(errno.ENOSPC)


class Workshop:
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
        """Return the folders of what was installed."""
        return (*map(str, self._sites), *([str(self._added)] if self._added.is_dir() else []))

    def build(self, source: Path) -> Path:
        """Build a wheel from a copy of a checkout, so that nothing is left in it."""
        copy = self._directory / f"source-{len(self._sites)}"
        wheels = self._directory / f"wheels-{len(self._sites)}"
        try:
            shutil.copytree(source, copy, symlinks=True, ignore=self._left_out)
            requires = _build_requirements(copy)
        except (OSError, shutil.Error, ValueError) as error:
            if _FULL in str(error):
                raise UsageError(f"{shown(source)} cannot be copied: {self._no_room()}") from error
            raise UsageError(_unreadable(source, error)) from error
        missing = [str(each) for each in map(Requirement, requires) if not _satisfied(each)]
        # with everything there, nothing has to be fetched; otherwise pip makes an environment for the build
        words = ["wheel", "--no-deps", *([] if missing else ["--no-build-isolation"]), "--wheel-dir", str(wheels)]
        problem = self._pip(*words, str(copy))
        if problem:
            need = f"; it is built with {', '.join(missing)}, which this environment lacks" if missing else ""
            hint = "install that, or build a wheel elsewhere and name it" if missing else "'pip wheel .' shows more"
            raise UsageError(f"{shown(source)} cannot be built: {problem}{need}; {hint}")
        return next(wheels.glob("*.whl"))

    def install(self, wheel: Path, named: Path) -> Path:
        """Install a wheel into a folder of its own and return the folder."""
        site = self._directory / f"site-{len(self._sites)}"
        if problem := self._pip("install", "--no-index", *_HERE, str(site), str(wheel)):
            raise UsageError(f"{shown(named)} cannot be installed: {problem}")
        self._sites.append(site)
        self._need(site)
        return site

    def _left_out(self, folder: str, names: list[str]) -> set[str]:
        """Return what is not copied, this object's own directory too where the checkout holds the temporary one."""
        own = {self._directory.name} if self._directory.parent.samefile(folder) else set()
        return LEFT_OUT(folder, names) | own

    def complete(self) -> None:
        """Install what is needed and not there, and what that needs; nothing that is there is hidden by another copy.

        A core of another version than the running one is for a check to find.
        """
        while missing := sorted({str(each) for each in self._needed if not self._has(each)}):
            self._needed = []
            if problem := self._pip("install", "--upgrade", *_HERE, str(self._added), *missing):
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
        return canonicalize_name(requirement.name) in {CORE, *own} or _satisfied(requirement)

    def _pip(self, *words: str) -> str:
        """Run pip and return its complaint; an empty one when it succeeded."""
        quiet = ("--quiet", "--no-input", "--disable-pip-version-check", "--no-color")
        command = [sys.executable, "-m", "pip", words[0], *quiet, *words[1:]]
        code, said = self._done(command)
        if not code:
            return ""
        if said.strip().startswith(f"{sys.executable}: No module named pip"):
            raise UsageError(_NO_PIP.format(python=printable(sys.executable)))
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
        with ExitStack() as stack:
            with held_back():
                process = stack.enter_context(
                    subprocess.Popen(  # noqa: S603 - this interpreter, and paths that the user named
                        command,
                        cwd=self._directory,
                        env={**_without(_ELSEWHERE), **_AS_TOLD, "TMPDIR": str(self._temporary)},
                        stdin=subprocess.DEVNULL,
                        stdout=subprocess.PIPE,
                        stderr=subprocess.PIPE,
                        text=True,
                        errors="replace",
                        start_new_session=True,
                    )
                )
                stack.callback(_end_all, process.pid)
            said = process.communicate()
            return process.returncode, "\n".join(said)


def _end_all(group: int) -> None:
    with suppress(ProcessLookupError):  # most often nothing is left of it
        os.killpg(group, signal.SIGKILL)


def _without(names: Sequence[str]) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in names}


def shown(path: Path) -> str:
    """Return a path as it can be printed."""
    return printable(str(path))


def _unreadable(source: Path, error: Exception) -> str:
    """Say what of a checkout cannot be copied: the first of many, without the words of the system's library."""
    if isinstance(error, shutil.Error):
        (name, _, reason), *more = error.args[0]
        number = re.match(r"\[Errno (\d+)\]", str(reason))
        why = os.strerror(int(number[1])) if number else printable(str(reason))
        others = f", nor are {len(more)} others" if more else ""
        return f"{shown(Path(name))} is not readable: {why}{others}"
    if isinstance(error, OSError):
        return f"{shown(source)} is not readable: {error.strerror or error}"
    return f"{shown(source / 'pyproject.toml')} is malformed: {printable(str(error), _SHOWN)}; correct it there"


def _build_requirements(source: Path) -> Sequence[str]:
    file = source / "pyproject.toml"
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    except RecursionError as error:
        raise ValueError("values nested beyond reason") from error
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
