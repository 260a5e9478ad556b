"""Where a finding is, as a file and a line that an editor or a code host can open."""

import re
import shlex
from pathlib import Path

import attrs

_LOCATION = re.compile(r"([\w.]+)(?::[^()]*)?\s+\(([\w.-]+\.py)(?::(\d{1,9}))?\)")
_ROOTS = (".", "src", "*/src", "*/*/src")


@attrs.frozen
class Place:
    """Hold a place in a source file.

    Attributes:
        path: below the folder that holds the package, such as ``acme/engine.py``; never absolute, never upwards.
        line: counted from 1; None when only the file is known.
    """

    path: str
    line: int | None

    def below(self, checkout: Path, named: str = "") -> str:
        """Return the path below ``checkout`` when exactly one such file is there, else the path in the package.

        :param named: the path by which the component was named, as a shell takes it; a file below it is the one that
            is meant, and has its path from there when that is not below ``checkout``.
        """
        top = checkout.resolve()
        for folder in (*_folders(top, named), top):
            found = {file for root in _ROOTS for file in folder.glob(f"{root}/{self.path}")}
            if len(found) == 1:
                file = found.pop()
                return file.relative_to(top if file.is_relative_to(top) else folder).as_posix()
        return self.path


def _folders(top: Path, named: str) -> tuple[Path, ...]:
    """Return the folder that a shell's word names; none when it names none, for reports may come from anywhere."""
    try:
        words = shlex.split(named)
        return (top.joinpath(*words).resolve(),) if words else ()
    except (OSError, ValueError):
        return ()


def place_of(location: str) -> Place | None:
    """Return the place that ``module:Class.method (file:line)`` names; None when it names no file."""
    found = _LOCATION.fullmatch(location)
    if found is None:
        return None
    module, file, line = found.groups()
    parts = module.split(".")
    if not all(part.isidentifier() for part in parts):
        return None
    folder = parts if file == "__init__.py" else parts[:-1]
    return Place("/".join([*folder, file]), int(line) if line and int(line) else None)
