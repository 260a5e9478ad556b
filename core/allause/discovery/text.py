"""Names and texts that come from strangers."""

import re


def normalize(name: str) -> str:
    """Return a name in the form in which two spellings of the same name are equal."""
    return re.sub(r"[-_.]+", "-", name).lower()


def printable(text: str, limit: int = 200) -> str:
    """Return text from a stranger, cut, with every character that a terminal could act on escaped.

    Escapes count too, so that an answer fits ``limit`` and is its own answer.
    """
    safe = text[: limit + 1]
    if not safe.isprintable():
        safe = "".join(c if c.isprintable() else c.encode("unicode_escape", "backslashreplace").decode() for c in safe)
    return safe if len(safe) <= limit else safe[: limit - 1] + "…"
