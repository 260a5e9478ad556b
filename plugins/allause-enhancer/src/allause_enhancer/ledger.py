"""What is known of partitions that were enhanced: a JSON file beside their answers."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import attrs

from allause.measurement import SystemClock

#: What is known of a partition: bytes, modified_ns and sha256 of it, computed (when, in words), rows and answer_bytes.
Known = dict[str, str | int]


def now() -> str:
    """Return the time of the machine, in words; what was computed of a recording was computed today."""
    return f"{datetime.fromtimestamp(SystemClock().now_ns() // 10**9, UTC):%Y-%m-%d %H:%M:%S UTC}"


@attrs.define
class Ledger:
    """Hold what is known of the partitions, and what the last run did.

    Attributes:
        path: of the file.
        meaning: of the answers; those of another one are not theirs.
        known: by the path of a partition within its folder.
        begun: when this run began, in words.
        done: the partitions computed, kept and removed by this run.
    """

    path: Path
    meaning: str
    known: dict[str, Known]
    begun: str = attrs.field(factory=now)
    done: dict[str, list[str]] = attrs.field(factory=lambda: {"computed": [], "kept": [], "removed": []})

    @classmethod
    def opened(cls, path: Path, meaning: str) -> "Ledger":
        """Read a ledger: of answers of another meaning only the names are known, and nothing when it is damaged."""
        try:
            read = json.loads(path.read_text(encoding="utf-8"))
            named = {name: dict(each) for name, each in read["partitions"].items()}
            if all(map(is_inside, named)):
                return cls(path, meaning, named if read["meaning"] == meaning else {name: {} for name in named})
        except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            pass  # all is computed again, which is always right
        return cls(path, meaning, {})

    def write(self) -> None:
        """Replace it in one step."""
        half = self.path.with_name(self.path.name + ".part")
        told = {"meaning": self.meaning, "last": {"begun": self.begun, **self.done}, "partitions": self.known}
        with half.open("w", encoding="utf-8") as file:
            json.dump(told, file, indent=1, sort_keys=True)
            file.flush()
            os.fsync(file.fileno())
        half.replace(self.path)


def is_inside(name: str) -> bool:
    """Say whether a name leads to an answer in the folder; another one would be removed wherever it lies."""
    path = PurePosixPath(name)
    return path.suffix == ".parquet" and not path.is_absolute() and ".." not in path.parts
