"""The run directory: complete, or not there."""

import json
import os
import secrets
import shutil
from pathlib import Path
from typing import Self

from allause.discovery import printable
from allause.exceptions import UsageError

#: What ``run.json`` says of who wrote it; the mark of a directory that may be replaced.
TOOL = "allause run"
_CONTENT = frozenset({"run.json", "summary.txt", "events.jsonl", "components"})


class RunFolder:
    """Build a directory beside its place and move it there when it is complete."""

    def __init__(self, out: Path) -> None:
        """Make the folder to build in.

        Raises:
            UsageError: ``out`` cannot be written, or holds something that is not an earlier run.
        """
        self.place = Path(os.path.realpath(out))  # pathlib raises at links that lead to themselves
        shown = printable(str(out))
        _refuse_strangers(self.place, shown)
        self.path, self._old = self._beside("new"), self._beside("old")
        try:
            self.path.mkdir()
        except OSError as error:
            if not self.place.parent.is_dir():
                message = f"--out {shown}: the folder it would lie in does not exist; create it first"
                raise UsageError(message) from None
            if isinstance(error, FileNotFoundError):  # what /proc says of a name it does not have
                message = f"--out {shown}: nothing can be made in {printable(str(self.place.parent))}; name another"
                raise UsageError(message) from None
            raise UsageError(f"--out {shown} cannot be written: {error.strerror}; name another with --out") from error

    def write(self, name: str, content: bytes) -> None:
        """Write one file of the folder.

        Raises:
            UsageError: it cannot be written, such as on a full disk.
        """
        try:
            (self.path / name).write_bytes(content)
        except OSError as error:
            raise UsageError(f"--out {printable(str(self.place))} cannot be written: {error.strerror}") from error

    def publish(self) -> None:
        """Move the folder to its place; an earlier run there is replaced in one step, and deleted at the end.

        Raises:
            UsageError: the place was taken meanwhile, or cannot be written any more.
        """
        try:
            if self.place.exists():
                self.place.rename(self._old)
            self.path.rename(self.place)
        except BaseException as error:  # an interruption too must not take an earlier run away
            if self._old.exists() and not self.place.exists():
                self._old.rename(self.place)
            if not isinstance(error, OSError):
                raise
            raise UsageError(f"--out {printable(str(self.place))} cannot be written: {error.strerror}") from error

    def __enter__(self) -> Self:
        """Return the folder itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Delete what was not published, and the earlier run that was replaced."""
        shutil.rmtree(self.path, ignore_errors=True)
        if self.place.exists():
            shutil.rmtree(self._old, ignore_errors=True)

    def _beside(self, word: str) -> Path:
        return self.place.with_name(f".{self.place.name}.{word}-{secrets.token_hex(4)}")


def _refuse_strangers(place: Path, shown: str) -> None:
    if not place.name:
        raise UsageError(f"--out {shown} is the root of the file system; name a folder of its own")
    if Path.cwd().is_relative_to(place):  # whoever stands in it would stand in one that is deleted
        raise UsageError(f"--out {shown} is the current folder or holds it, and a run replaces it; name one beside it")
    try:
        names = {entry.name for entry in place.iterdir()} if os.path.lexists(place) else set()
    except NotADirectoryError:
        raise UsageError(f"--out {shown} is a file; expected a folder, a new one or that of an earlier run") from None
    except OSError as error:
        raise UsageError(f"--out {shown} cannot be read: {error.strerror}; name another with --out") from error
    if names and not _is_earlier_run(place):
        raise UsageError(f"--out {shown} is not empty and holds no earlier run; name another with --out")
    if strangers := sorted(names - _CONTENT):
        name = printable(strangers[0])
        raise UsageError(f"--out {shown} holds an earlier run, but also {name!r}; move that away, or name another")


def _is_earlier_run(place: Path) -> bool:
    try:
        record = json.loads((place / "run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(record, dict) and record.get("tool") == TOOL
