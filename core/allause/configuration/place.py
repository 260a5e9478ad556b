"""Which file holds the configuration, and what stands in it."""

import os
from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from typing import Any

import attrs

from allause.discovery import printable
from allause.exceptions import ConfigurationError

_OWN, _PROJECT = "allause.toml", "pyproject.toml"
_MARK = "\ufeff"  # of the byte order, with which some editors begin a file


@attrs.frozen(kw_only=True)
class Place:
    """Hold where the configuration stands.

    Attributes:
        file: the file; it may not exist yet.
        text: its content.
        table: our part of it.
    """

    file: Path
    text: str
    table: Mapping[str, Any]

    @property
    def header(self) -> str:
        """Return the header of one waiver in this file."""
        return "[[waiver]]" if self.file.name == _OWN else "[[tool.allause.waiver]]"

    @property
    def lines(self) -> tuple[str, ...]:
        """Return the lines of the text with their ends, those of TOML: a form feed ends none."""
        return tuple(StringIO(self.text.removeprefix(_MARK), newline=""))

    def parsed(self, text: str) -> Mapping[str, Any]:
        """Return our part of ``text``, were it the file's content.

        Raises:
            ConfigurationError: it is no TOML, or our part of it is no table.
        """
        import tomllib  # noqa: PLC0415 - most folders have no configuration

        try:
            content: Any = tomllib.loads(text.removeprefix(_MARK))
            if self.file.name == _PROJECT:
                tools = content.get("tool")
                content = tools.get("allause", {}) if isinstance(tools, dict) else {}
            shown = repr(content)  # which a number of too many hexadecimal digits does not have
        except tomllib.TOMLDecodeError as error:
            raise ConfigurationError(f"{printable(str(self.file))} is not valid TOML: {error}") from error
        except (ValueError, RecursionError) as error:  # of what can be written in TOML and is more than Python takes
            what = "values nested beyond reason" if isinstance(error, RecursionError) else "a number beyond reason"
            raise ConfigurationError(f"{printable(str(self.file))}: expected settings, found {what}") from error
        if not isinstance(content, dict):
            found = printable(shown, 80)
            raise ConfigurationError(
                f"tool.allause in {printable(str(self.file))}: expected a table [tool.allause], found {found}",
                "tool.allause",
            )
        return content


def find_place(folder: Path) -> Place:
    """Return the nearest configuration, from ``folder`` upwards to the folder that holds ``.git``.

    Without any, the place is a file ``allause.toml`` in ``folder`` that does not exist yet.

    Raises:
        ConfigurationError: a file cannot be read, or one folder holds two configurations.
    """
    for each in (folder, *folder.parents):
        found = [place for name in (_OWN, _PROJECT) if (place := _read(each / name)) is not None]
        if len(found) > 1:
            raise ConfigurationError(
                f"{printable(str(each))} holds {_OWN} and a table [tool.allause] in {_PROJECT}; keep one of them"
            )
        if found:
            return found[0]
        if (each / ".git").exists():
            break
    return Place(file=folder / _OWN, text="", table={})


def _read(file: Path) -> Place | None:
    """Return the place, or None where there is no such file or it is silent about us."""
    try:
        if not file.is_file():
            if file.name == _OWN and os.path.lexists(file):
                raise ConfigurationError(
                    f"{printable(str(file))} is no file that can be read; make it one, or remove it"
                )
            return None
        text = file.read_bytes().decode("utf-8")
    except OSError as error:
        raise ConfigurationError(f"{printable(str(file))} is not readable: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        found = f"the byte 0x{error.object[error.start]:02x} at position {error.start}"
        raise ConfigurationError(
            f"{printable(str(file))} cannot be read: expected text in UTF-8, found {found}; save it as UTF-8"
        ) from error
    empty = Place(file=file, text=text, table={})
    if file.name == _PROJECT and "allause" not in text:
        return None  # the file of somebody else need not even be valid
    table = empty.parsed(text)
    return attrs.evolve(empty, table=table) if table or file.name == _OWN else None
