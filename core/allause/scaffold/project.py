"""Render the templates of a kind and put the whole project in its place in one step."""

import os
import secrets
import shutil
import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path, PurePosixPath
from string import Template

import attrs

from allause import __version__
from allause.discovery import printable
from allause.exceptions import UsageError
from allause.kinds import KINDS
from allause.nearest import nearest
from allause.scaffold.names import Names

_SUFFIX = ".template"
_FACTS = "kind.toml"


@attrs.frozen(kw_only=True)
class Project:
    """Describe a distribution that is to be written.

    Attributes:
        names: see ``Names``.
        kind: of its one component.
    """

    names: Names
    kind: str = attrs.field()

    @kind.validator
    def _known(self, _: object, kind: str) -> None:
        if kind not in KINDS:
            close = nearest(kind, KINDS)
            hint = f"; did you mean {close}?" if close else ""
            raise UsageError(f"--kind: expected one of {', '.join(KINDS)}, found {printable(kind)!r}{hint}")

    def files(self) -> dict[PurePosixPath, str]:
        """Return the text of every file by its path in the project."""
        values = self._values()
        pages: dict[PurePosixPath, str] = {}
        for folder in ("common", self.kind):
            for path, template in _templates(_home() / folder, PurePosixPath()):
                pages[self._place(path)] = Template(template).substitute(values)
        return dict(sorted(pages.items()))

    def _values(self) -> Mapping[str, str]:
        facts = tomllib.loads((_home() / self.kind / _FACTS).read_text(encoding="utf-8"))
        major, minor, _ = __version__.split(".")
        requirements = sorted([f"allause>={major}.{minor},<{major}.{int(minor) + 1}", *facts["requires"]])
        replace = "\n".join(f"{number}. {step}" for number, step in enumerate(facts["replace"], start=1))
        return {
            **attrs.asdict(self.names),
            "kind": self.kind,
            "main_method": KINDS[self.kind].main_method,
            "spec": KINDS[self.kind].spec.__name__,
            "summary": facts["summary"],
            "requirements": "\n".join(f'  "{each}",' for each in requirements),
            "replace": Template(replace).substitute(attrs.asdict(self.names)),
        }

    def _place(self, path: PurePosixPath) -> PurePosixPath:
        parts = [self.names.package if part == "package" else part for part in path.parts]
        return PurePosixPath(*parts).with_name(path.name.removesuffix(_SUFFIX))


def write(project: Project, parent: Path) -> Path:
    """Write the project into a new folder of ``parent``, whole or not at all, and return the folder.

    Raises:
        UsageError: the folder exists, has no parent, or cannot be written.
    """
    folder = parent / project.names.distribution
    shown = printable(str(folder))
    if os.path.lexists(folder):
        raise UsageError(f"{shown} is already there and nothing is overwritten; choose another name or --path")
    if not os.path.isdir(parent):  # noqa: PTH112 - pathlib raises at a name that is too long
        is_there = os.path.exists(parent)  # noqa: PTH110 - the same
        why = "is a file; name a folder" if is_there else "does not exist; create it first"
        raise UsageError(f"{shown} cannot be written: its folder {why}")
    draft = parent / f".{project.names.distribution}.{secrets.token_hex(4)}"
    try:
        for path, text in project.files().items():
            place = draft / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, encoding="utf-8")
        draft.rename(folder)
    except OSError as error:
        raise UsageError(f"{shown} cannot be written: {printable(error.strerror or str(error))}") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)  # gone when all went well
    return folder


def _home() -> Traversable:
    return files("allause.scaffold") / "templates"


def _templates(folder: Traversable, below: PurePosixPath) -> Iterator[tuple[PurePosixPath, str]]:
    for item in folder.iterdir():
        if item.is_dir():
            yield from _templates(item, below / item.name)
        elif item.name.endswith(_SUFFIX):
            yield below / item.name, item.read_text(encoding="utf-8")
