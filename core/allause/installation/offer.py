"""Offer components that are named by a path as long as one validation lasts."""

import hashlib
import os
import shlex
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from zipfile import ZipFile

import attrs
from packaging.utils import canonicalize_name

from allause.discovery import discover, normalize, printable
from allause.exceptions import UsageError
from allause.installation.workshop import CORE, Workshop, shown

_SHOWN = 400


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


def path_of(name: str) -> Path:
    """Return the path that a word names; one below the home of a user that there is not is taken as it is written."""
    return Path(os.path.expanduser(name))  # noqa: PTH111 - pathlib raises at it


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
    paths = {name: path_of(name) for name in words}
    _once((os.path.realpath(paths[name]), name) for name in words)
    for name, path in paths.items():
        _check(path)
        if certify and path.is_dir():
            raise UsageError(_other_bytes_tomorrow(name))
    with tempfile.TemporaryDirectory(prefix="allause-") as directory:
        workshop = Workshop(Path(directory))
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
            notices.append(f"{shown(path)}: {wheel.name} (SHA-256 {digest}) was installed for this validation only")
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
        raise UsageError(f"there is nothing at {shown(path)}; expected a source checkout or a wheel") from None
    except Exception as error:  # every way of packing has errors of its own, and not every Python has every way
        if isinstance(error, OSError) and error.errno:
            raise UsageError(f"{shown(path)} is not readable: {error.strerror or error}") from error
        raise UsageError(f"{shown(path)} is no wheel: {printable(str(error) or type(error).__name__)}") from error
    if problem:
        raise UsageError(f"{shown(path)} is {problem}")


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
    if canonicalize_name(wheel.name.partition("-")[0]) == CORE:
        return f"{shown(path)} is the core, which offers no component; leave it out, and name what offers one"
    return (
        f"{shown(path)} offers no component; "
        'declare one under [project.entry-points."allause.<kind>"] of its pyproject.toml'
    )
