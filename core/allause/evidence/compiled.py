"""Whether Python has compiled a file as it stands: then it parses, and need not be parsed again to know that."""

import os
from importlib.util import MAGIC_NUMBER, cache_from_source
from pathlib import Path

_HEADER = 16  # of a compiled file: magic number, flags, time and size of the source
_32_BITS = 0xFFFFFFFF


def is_compiled(file: Path) -> bool:
    """Tell whether the interpreter would take the compiled file instead of this one."""
    try:
        stat = file.stat()
        with open(cache_from_source(os.fspath(file)), "rb") as cache:  # noqa: PTH123 - pathlib takes twice as long
            found = cache.read(_HEADER)
    except (OSError, NotImplementedError):  # there is none, or an interpreter that keeps none
        return False
    parts = (0, int(stat.st_mtime) & _32_BITS, stat.st_size & _32_BITS)
    return found == MAGIC_NUMBER + b"".join(part.to_bytes(4, "little") for part in parts)
