"""What an installed distribution says of itself, read file by file, each guarded.

Folders are listed and entry points parsed here: every name and value in them is text from strangers. This is the only
module that uses importlib-metadata, and only for what is packed in an archive: it takes longer to import than
everything else that a listing does.
"""

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import attrs

from allause.discovery.text import headers, normalize, printable

if TYPE_CHECKING:  # slow
    from importlib_metadata import PathDistribution

_LONGEST = 10_000  # characters of a name that are looked at
_LARGEST = 1_000_000  # bytes of a file of metadata
_METADATA = (".dist-info", ".egg-info")


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Entry:
    """Hold one entry point as it is written; where ``name`` begins with a bracket, a line that cannot be read."""

    group: str
    name: str
    value: str
    line: int


def identifier(name: str) -> str:
    """Return a stranger's name as a part of an identity."""
    return printable(normalize(name[:_LONGEST]), 100) or "?"


class Source:
    """Read one distribution's metadata, the headers at most once, and only files of a bearable size.

    Attributes:
        location: the folder that holds it.
        beginning: of the last file that was too large, or no text.
    """

    def __init__(self, location: str, packed: "PathDistribution | None" = None) -> None:
        """Take the folder; ``packed`` when it lies in an archive."""
        self.location = location
        self._packed = packed
        self.beginning = b""

    def text(self, name: str) -> str:
        """Return a file as text; empty when there is none.

        Raises:
            OSError: it cannot be read, or is no file, such as a pipe that would be waited for.
            ValueError: it is no text, or too large.
        """
        file = os.path.join(self.location, name)  # noqa: PTH118 - pathlib slows a listing
        try:
            found = os.stat(file)  # noqa: PTH116 - the same
        except (FileNotFoundError, NotADirectoryError):
            return (self._packed.read_text(name) or "") if self._packed else ""
        if not stat.S_ISREG(found.st_mode):
            raise OSError(f"{name} is no regular file")
        with open(file, "rb") as opened:  # noqa: PTH123 - the same
            content = opened.read(_LARGEST + 1)
        if len(content) > _LARGEST:
            self.beginning = content[:_LARGEST]
            raise ValueError(f"it holds {found.st_size} bytes; at most {_LARGEST} are read")
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError:
            self.beginning = content
            raise

    @cached_property
    def headers(self) -> dict[str, list[str]]:
        """Return the headers by lower-case name."""
        try:
            text = self.text("METADATA") or self.text("PKG-INFO")
        except (OSError, ValueError):  # malformed metadata costs only itself
            return {}
        return headers(text)

    @cached_property
    def identity(self) -> tuple[str, str]:
        """Return name and version, each from metadata or, where that cannot be read, from the folder's name."""
        folder = self.location.rpartition("/")[2].removesuffix(".dist-info").removesuffix(".egg-info")
        stem, _, tail = folder.partition("-")
        name, version = (self.headers.get(key, [""])[0] for key in ("name", "version"))
        return identifier(name or stem), printable(version or tail, 40)


def unheard(_: str) -> None:
    """Take what nobody listens to."""


def walk(search_path: Sequence[str], tell: Callable[[str], None] = unheard) -> Iterator[Source]:
    """Yield each distribution in the folders and archives of a search path, the first folder first."""
    for folder in dict.fromkeys(search_path):
        try:
            names = os.listdir(folder or ".")  # noqa: PTH208 - pathlib slows a listing
        except FileNotFoundError:
            continue  # as usual on a search path
        except NotADirectoryError:
            if os.path.isfile(folder):  # noqa: PTH113 - the same; a pipe would be waited for
                yield from _packed(folder, tell)
            continue
        except (OSError, ValueError) as error:
            tell(hidden(folder, error))
            continue
        # setuptools once installed folders NAME.egg, each of one distribution
        ends = (*_METADATA, "egg-info") if folder.lower().endswith(".egg") else _METADATA
        yield from (Source(os.path.join(folder, each)) for each in names if each.lower().endswith(ends))  # noqa: PTH118 - the same


def _packed(archive: str, tell: Callable[[str], None]) -> Iterator[Source]:
    from importlib_metadata import PathDistribution, distributions  # noqa: PLC0415 - see above

    try:
        found = list(distributions(path=[archive]))
    except (OSError, ValueError, RuntimeError) as error:
        tell(hidden(archive, error))
        return
    for each in found:
        if isinstance(each, PathDistribution):
            yield Source(str(getattr(each, "_path", "")), each)


def hidden(place: str, error: Exception) -> str:
    """Say that a place cannot be read, and what that may mean."""
    return printable(f"{place} cannot be read and may hide components: {error}", 400)


def entries(text: str) -> Iterator[Entry]:
    """Yield the entry points of a file of them, and the lines that are none and look like the name of a group."""
    group = ""
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if not line or line.startswith(("#", ";")):
            continue
        if line.startswith("[") and line.endswith("]"):
            group = line[1:-1].strip()
            continue
        if line.startswith("["):
            group = ""  # nobody can tell to which group belongs what follows
            yield Entry(group=group, name=line, value="", line=number)
            continue
        name, _, value = line.partition("=")
        yield Entry(group=group, name=name.strip(), value=value.partition(";")[0].strip(), line=number)
