"""Names and texts that come from strangers."""

import re
from collections import defaultdict


def normalize(name: str) -> str:
    """Return a name in the form in which two spellings of the same name are equal."""
    return re.sub(r"[-_.]+", "-", name).lower()


def printable(text: str, limit: int = 200) -> str:
    """Return text from a stranger, cut, with every character that a terminal could act on escaped.

    Escapes count too, so that an answer fits ``limit`` and is its own answer.
    """
    safe = text[: limit + 1]
    if not safe.isprintable():
        told = _decoded(safe)
        safe = "".join(c if c.isprintable() else c.encode("unicode_escape", "backslashreplace").decode() for c in told)
    return safe if len(safe) <= limit else safe[: limit - 1] + "…"


def _decoded(text: str) -> str:
    """Return a text whose bytes the locale has no letters for, as those of a path may be, as UTF-8 has them."""
    try:
        return text.encode("utf-8", "surrogateescape").decode("utf-8")
    except UnicodeError:
        return text


def headers(text: str) -> dict[str, list[str]]:
    """Return the headers of a file of metadata by lower-case name, in order.

    The standard library's parser imports half of it.
    """
    found: dict[str, list[str]] = defaultdict(list)
    last: list[str] = []
    for line in text.splitlines():
        name, colon, value = line.partition(":")
        if line[:1] in {" ", "\t"} and last:
            last[-1] += f" {line.strip()}"
        elif not colon:
            break  # an empty line ends the headers, and so does one that is none
        else:
            last = found[name.lower()]
            last.append(value.strip())
    return found
