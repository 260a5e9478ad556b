"""The files in which numba keeps what it compiled: who may have written them, whether they are whole, which are old.

Numba unpickles them, which runs whatever they say, and asks none of this.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fcntl import LOCK_EX, LOCK_NB, LOCK_UN, flock
from hashlib import sha256
from os import geteuid, utime
from pathlib import Path
from stat import S_ISVTX, S_IWOTH
from time import monotonic, sleep, time
from typing import IO

import attrs

#: Seconds after which nobody waits any longer for one who compiles the same: he may have been stopped.
_PATIENCE = 60.0
#: Seconds after which what nobody has used is removed.
_UNUSED = 30 * 86_400
_ROOT = 0
_OURS = re.compile(r"_[0-9a-f]{24}(-\d+\.py\w+)?\.(nbi|\d+\.nbc|sum)(\.tmp\.\w+)?$")


@attrs.frozen
class Kept:
    """Find the files of one function.

    Attributes:
        folder: where they are.
        name: of the function, its identity included.
    """

    folder: Path
    name: str

    @property
    def is_whole(self) -> bool:
        """Say whether there are files, and as they were when they were sealed."""
        try:
            return bool(self._files()) and self._seal.read_text() == self._sum()
        except (OSError, UnicodeDecodeError):
            return False

    @property
    def exists(self) -> bool:
        """Say whether there is any file, whole or not."""
        return bool(self._files())

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Let one process at a time look and compile, so that the others load what it kept.

        Raises:
            OSError: there can be no file.
        """
        with self._seal.open("ab") as file:
            _wait_for(file)
            try:
                yield
            finally:  # a child that was forked meanwhile has the file open, too
                with suppress(OSError):
                    flock(file, LOCK_UN)

    def seal(self) -> None:
        """Remember how the files are now.

        Raises:
            OSError: that cannot be written.
        """
        self._seal.write_text(self._sum())

    def use(self) -> None:
        """Note that the files were used, and remove those of any function, version or layout that were not for long."""
        for file in (*self._files(), self._seal):
            with suppress(OSError):  # they belong to another user
                utime(file)
        oldest = time() - _UNUSED
        for file in self.folder.iterdir():
            with suppress(OSError):  # another process was faster, or may and we may not
                if _OURS.search(file.name) and file.stat().st_mtime < oldest:
                    file.unlink()

    def remove(self) -> None:
        """Remove the files.

        Raises:
            OSError: that is not allowed.
        """
        for file in self._files():
            file.unlink(missing_ok=True)

    @property
    def _seal(self) -> Path:
        return self.folder / f"{self.name}.sum"

    def _files(self) -> list[Path]:
        return sorted(file for file in self.folder.glob(f"*{self.name}-*.nb[ic]"))

    def _sum(self) -> str:
        return sha256(b"".join(sha256(file.read_bytes()).digest() for file in self._files())).hexdigest()


def require_own(folder: Path, package: Path) -> None:
    """Refuse a folder into which somebody else may put files.

    Group members may: who lets them write there lets them write the modules beside it.

    Args:
        folder: where files are kept.
        package: a module of ours, whose owner is trusted already.

    Raises:
        PermissionError: it is another user's, or a folder or link on the way is, or everybody may write there.
    """
    trusted = {_ROOT, geteuid(), package.stat().st_uid}
    ends = {folder.absolute(), folder.resolve()}  # a link on the way can be exchanged where it lies
    places = {each for end in ends for each in (end, *end.parents)}
    for place in sorted(places, key=lambda each: len(each.parts), reverse=True):
        status = place.stat()
        if others := {status.st_uid, place.lstat().st_uid} - trusted:
            raise PermissionError(f"expected a folder of this user, found {place} of user {min(others)}")
        # in a sticky folder everybody may add names, and none may exchange those of others
        if status.st_mode & S_IWOTH and (place in ends or not status.st_mode & S_ISVTX):
            raise PermissionError(f"expected a folder for this user alone, found that all may write in {place}")


def _wait_for(file: IO[bytes]) -> None:
    end = monotonic() + _PATIENCE
    while monotonic() < end:
        try:
            flock(file, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            sleep(0.05)
        except OSError:  # a file system without locks; two who compile at once keep the same
            return
        else:
            return
