"""All that the journal asks of the file system, in one place, so that a test can fail, lose or reorder any of it."""

import fcntl
import os
from errno import EINVAL
from pathlib import Path

_SLICE = 1 << 18


class Disk:
    """Work on files. Every method raises ``OSError`` when it cannot do what it says."""

    def prepare(self, directory: Path) -> None:
        """Make the directory where it is missing, and make its name survive a power loss."""
        if not directory.is_dir():
            directory.mkdir(parents=True, exist_ok=True)
            self.sync_directory(directory.parent)

    def lock(self, path: Path) -> int | None:
        """Return a descriptor that holds the lock until it is closed, or None when another one does."""
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor

    def names(self, directory: Path) -> list[str]:
        """Return the names in a directory."""
        return sorted(os.listdir(directory))  # noqa: PTH208 - names, no paths

    def is_file(self, path: Path) -> bool:
        """Tell whether there is a file, and no directory."""
        return path.is_file()

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
