"""The description that makes a folder of partitions a store of market data, carried over to their answers."""

import json
import os
from pathlib import Path
from typing import Any

import attrs

from allause.exceptions import DataError
from allause_enhancer.ledger import is_inside

#: The file of a store that says what is in it, and how many bytes each of its files has.
DESCRIPTION = "allause-store.json"


@attrs.frozen
class Description:
    """Hold what a store says of itself.

    Attributes:
        told: as it was read.
        files: the paths of its Parquet files within it, sorted.
    """

    told: dict[str, Any]
    files: tuple[str, ...]

    @classmethod
    def of(cls, folder: Path) -> "Description | None":
        """Return the description of a store, None for a folder that is none.

        Raises:
            DataError: it cannot be read, or names files that lie elsewhere.
        """
        path = folder / DESCRIPTION
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
            files = tuple(sorted(told["files"]))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            raise DataError(
                f"{path}: expected the description of a store, found damage ({error}); convert it again"
            ) from error
        if elsewhere := [name for name in files if not is_inside(name)]:
            raise DataError(
                f"{path}: expected the description of a store, found damage (a file that is none of it, "
                f"{elsewhere[0]!r:.100}); convert it again"
            )
        return cls(told, files)

    def write(self, target: Path) -> None:
        """Describe the answers in ``target`` as the store they are, in one step."""
        sizes = {name: (target / name).stat().st_size for name in self.files}
        half = target / f"{DESCRIPTION}.part"
        with half.open("w", encoding="utf-8") as file:
            json.dump({**self.told, "files": sizes}, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        half.replace(target / DESCRIPTION)


def undescribe(target: Path) -> None:
    """Let a folder be no store while what is in it changes."""
    (target / DESCRIPTION).unlink(missing_ok=True)
