"""Files that are replaced whole or not at all."""

import os
import shutil
from pathlib import Path


def draft_beside(path: Path) -> Path:
    """Return a name beside a file for what may take its place, which another file hardly has."""
    return path.with_name(f".{path.name}.{os.urandom(4).hex()}")


def replace(path: Path, content: bytes) -> None:
    """Write a file beside the one that is there and put it in its place in one step.

    It has the permissions of the old one, or those that every new file has, and where the path is a link, that stays
    one. When that fails, the old one stays, and nothing is left beside it.
    """
    path = Path(os.path.realpath(path))
    draft = draft_beside(path)
    with draft.open("xb") as file:  # from here on it is ours
        try:
            if path.exists():
                shutil.copymode(path, draft)  # before there is anything to read in it
            file.write(content)
            file.flush()
            draft.replace(path)
        except BaseException:
            draft.unlink(missing_ok=True)  # an interruption may come after the last step
            raise
