"""Private directories of children: made by the host, removed by the host whatever was put into them."""

import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

#: The folder in a directory for files of a moment: an ordinary program's home is not where those are.
TEMPORARY = "tmp"


def make(parent: Path | None) -> Path:
    """Make a directory that only this user can enter, under ``parent``, resolved, or the system's temporary one."""
    directory = Path(tempfile.mkdtemp(dir=parent or Path(tempfile.gettempdir()).resolve()))
    (directory / TEMPORARY).mkdir(0o700)
    return directory


def contents(directory: Path) -> tuple[str, ...]:
    """Return the names of what was put into ``directory``; links are not followed."""
    names = [name for name in os.listdir(directory) if name != TEMPORARY]  # noqa: PTH208 # names are wanted
    with suppress(OSError):  # it was taken away, or made something else
        place = os.open(directory / TEMPORARY, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            names += [f"{TEMPORARY}/{name}" for name in os.listdir(place)]  # noqa: PTH208 # a descriptor
        finally:
            os.close(place)
    return tuple(sorted(names))


def remove(directory: Path) -> None:
    """Remove ``directory`` and all in it, also folders that were made unreadable; links are not followed.

    Raises:
        OSError: something in it cannot be removed.
    """
    with suppress(OSError):
        (directory / TEMPORARY).rmdir()
    try:
        directory.rmdir()  # most often nothing was put into it
    except OSError:
        shutil.rmtree(directory, ignore_errors=True)
    if not directory.exists():
        return
    directory.chmod(0o700)
    for folder, names, _ in os.walk(directory):
        for name in names:
            path = Path(folder, name)
            if not path.is_symlink():
                path.chmod(0o700)
    shutil.rmtree(directory)
