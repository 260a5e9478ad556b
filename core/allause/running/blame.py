"""Where in the user's own code something was raised."""

from importlib import import_module
from pathlib import Path
from traceback import extract_tb

from allause.discovery import printable

_OURS = str(Path(__file__).parents[1])
_IMPORTING = ("<frozen importlib", import_module.__code__.co_filename)


def place(error: BaseException) -> str:
    """Return ``file:line`` of the innermost call in the file that was called first; empty where that is ours.

    What that file calls in turn, such as a dataframe library, is told by what was raised.
    """
    frames = [f for f in extract_tb(error.__traceback__) if not f.filename.startswith((_OURS, *_IMPORTING))]
    if not frames:
        return ""
    file, line = next((f.filename, f.lineno) for f in reversed(frames) if f.filename == frames[0].filename)
    here = Path.cwd()
    return printable(f"{Path(file).relative_to(here) if Path(file).is_relative_to(here) else file}:{line}")
