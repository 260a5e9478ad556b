"""Source as a syntax tree."""

import ast
from threading import Lock

_lock = Lock()


def syntax(source: str | bytes) -> ast.Module:
    """Parse ``source``, while no other lane does.

    Early releases of CPython 3.11, and 3.11.7 still, count the depth of a tree for all threads together. Where one is
    interrupted in it, by a callback of the garbage collector, another one's parsing fails with ``SystemError``.
    """
    with _lock:
        return ast.parse(source)
