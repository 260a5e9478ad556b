"""All that the journal asks of the file system, in one place, so that a test can fail, lose or reorder any of it."""

import fcntl
import os
from contextlib import suppress
from errno import EBADF, EINVAL, ENOLCK, EOPNOTSUPP
from pathlib import Path

_NO_DIRECTORIES = frozenset({EBADF, EINVAL, ENOLCK, EOPNOTSUPP})  # how a file system says that it locks none
_SLICE = 1 << 18


class Disk:
    """Work on files. Every method raises ``OSError`` when it cannot do what it says."""

    def prepare(self, directory: Path) -> None:
        """Make the directory where it is missing, and make its name survive a power loss."""
        if not directory.is_dir():
            directory.mkdir(parents=True, exist_ok=True)
            self.sync_directory(directory.parent)

    def lock(self, directory: Path) -> tuple[int, ...] | None:
        """Return the descriptors that hold the lock until they are closed, or None when others do.

        A file can be removed while it is locked, and the next one of its name is another: so the directory is locked as
        well, where the file system can do that; over a network it seldom can.
        """
        held: list[int] = []
        try:
            held.append(os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC))
            try:
                fcntl.flock(held[0], fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                if error.errno not in _NO_DIRECTORIES:
                    raise
            held.append(os.open(directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            fcntl.flock(held[1], fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BaseException as error:
            for descriptor in held:
                os.close(descriptor)
            if isinstance(error, BlockingIOError):
                return None
            raise
        return tuple(held)

    def unlock(self, locks: tuple[int, ...]) -> None:
        """Let go of the lock at once, although a process that was just forked may still have the descriptors."""
        for descriptor in locks:
            with suppress(OSError):  # to close them does the same, later
                fcntl.flock(descriptor, fcntl.LOCK_UN)

    def names(self, directory: Path) -> list[str]:
        """Return the names in a directory."""
        return sorted(os.listdir(directory))  # noqa: PTH208 - names, no paths

    def is_named(self, descriptor: int, path: Path) -> bool:
        """Tell whether an open file is the one of that name still: it may be removed, or its directory moved away."""
        try:
            return os.path.samestat(os.stat(path), os.fstat(descriptor))  # noqa: PTH116 - after every commit
        except FileNotFoundError:
            return False

    def is_file(self, path: Path) -> bool:
        """Tell whether there is a file, and no directory."""
        return path.is_file()

    def size(self, path: Path) -> int:
        """Return how many bytes a file has."""
        return path.stat().st_size

    def read(self, path: Path, most: int = -1) -> bytes:
        """Return a file, or the beginning of it.

        Raises:
            OSError: it cannot be read, or is none: a pipe would be waited for.
        """
        if path.exists() and not path.is_file():
            raise OSError(EINVAL, "not a file", str(path))
        with path.open("rb") as file:
            return file.read(most)

    def create(self, path: Path, size: int) -> int:
        """Return a new file of ``size`` zeros, in place of one that was there.

        Blocks that were only reserved are marked as such in the file's metadata, and the first write into each would
        have to change that: the zeros are written, so that a later ``sync`` has nothing but data to wait for.
        """
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            os.posix_fallocate(descriptor, 0, size)
            for offset in range(0, size, _SLICE):
                self.write(descriptor, offset, bytes(min(_SLICE, size - offset)))
                if size > _SLICE:  # so that whoever waits for the disk meanwhile waits for one slice at most
                    os.fdatasync(descriptor)
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor

    def open(self, path: Path) -> int:
        """Return a descriptor of a file that is there, to write into it."""
        return os.open(path, os.O_RDWR | os.O_CLOEXEC)

    def write(self, descriptor: int, offset: int, data: bytes) -> None:
        """Write all of ``data``; it survives the death of the process, not a power loss."""
        written = os.pwrite(descriptor, data, offset)
        while written < len(data):  # near a limit or a full disk; the next call says which
            written += os.pwrite(descriptor, data[written:], offset + written)

    def sync(self, descriptor: int) -> None:
        """Return when what was written survives a power loss."""
        os.fdatasync(descriptor)

    def rename(self, old: Path, new: Path) -> None:
        """Give a file another name, at once or not at all."""
        old.rename(new)

    def remove(self, path: Path) -> None:
        """Remove a file."""
        path.unlink()

    def sync_directory(self, directory: Path) -> None:
        """Return when the names in a directory survive a power loss."""
        descriptor = os.open(directory, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def close(self, descriptor: int) -> None:
        """Give a descriptor back."""
        os.close(descriptor)
