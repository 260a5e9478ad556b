"""Where a finding is, as a file and a line that an editor or a code host can open."""

import re
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

    def below(self, checkout: Path) -> str:
        """Return the path below ``checkout`` when exactly one such file is there, else the path in the package."""
        found = {file for root in _ROOTS for file in checkout.glob(f"{root}/{self.path}")}
        return found.pop().relative_to(checkout).as_posix() if len(found) == 1 else self.path


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
