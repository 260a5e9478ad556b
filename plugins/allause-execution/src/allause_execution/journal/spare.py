"""The file of the next segment, made before it is needed."""

from contextlib import suppress
from pathlib import Path
from threading import Thread

from allause_execution.journal.disk import Disk


class Spare:
    """Have a thread make a file of zeros, while the segment before it is written.

    A segment takes the disk hundreds of times as long as a commit, and all orders in flight would wait for it.

    Args:
        disk: where it is.
        path: of the file, which counts for nothing until it is renamed.
        size: of it.
    """

    def __init__(self, disk: Disk, path: Path, size: int) -> None:
        self.path = path
        self.size = size
        self._disk = disk
        self._descriptor: int | None = None
        self._thread: Thread | None = Thread(target=self._make, name="allause-spare-segment")
        try:
            self._thread.start()
        except RuntimeError:  # no thread can be had: it is made when it is needed
            self._thread = None

    def take(self) -> int | None:
        """Return the descriptor of the file when it is ready, None when it could not be made."""
        if self._thread is not None:
            self._thread.join()
        descriptor, self._descriptor = self._descriptor, None
        return descriptor

    def drop(self) -> None:
        """Do without the file."""
        descriptor = self.take()
        if descriptor is not None:
            self._disk.close(descriptor)
            with suppress(OSError):  # the next start removes it
                self._disk.remove(self.path)

    def _make(self) -> None:
        with suppress(OSError):  # whoever needs the file makes it then, and is told why not
            self._descriptor = self._disk.create(self.path, self.size)
