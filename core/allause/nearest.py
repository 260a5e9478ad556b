"""What somebody probably meant who wrote a name that there is not."""

from collections.abc import Iterable


def nearest(text: str, among: Iterable[str], alike: float = 0.6) -> str:
    """Return the name most like ``text``; empty where none is ``alike`` (0 to 1, see ``difflib.get_close_matches``)."""
    from difflib import get_close_matches  # noqa: PLC0415 - slow, and only a wrong name needs it

    return next(iter(get_close_matches(text, list(among), 1, alike)), "")
