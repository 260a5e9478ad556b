"""How many columns a terminal has, told without the standard library's shutil, whose import costs more."""

import os


def columns(fallback: int) -> int:
    """Return COLUMNS, else the columns of the terminal on stdout, else ``fallback``."""
    try:
        stated = int(os.environ.get("COLUMNS", ""))
    except ValueError:
        stated = 0
    if stated > 0:
        return stated
    try:
        return os.get_terminal_size(1).columns or fallback
    except OSError:
        return fallback
