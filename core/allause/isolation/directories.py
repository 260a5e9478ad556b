"""Private directories of children: made by the host, removed by the host whatever was put into them."""

import os
import shutil
import tempfile
from pathlib import Path


def make(parent: Path | None) -> Path:
    """Make an empty directory that only this user can enter, under ``parent`` or the system's temporary one."""
    return Path(tempfile.mkdtemp(dir=parent)).resolve()


def remove(directory: Path) -> None:
    """Remove ``directory`` and all in it, also folders that were made unreadable; links are not followed.

    Raises:
        OSError: something in it cannot be removed.
    """
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
