"""Which commands other distributions add, told at once: ``allause --help`` has no time for discovery.

Only what the help lists is read here; whoever asks for such a command gets it from discovery, with every guard.
"""

import os

_GROUP = "allause.commands"
_INFO = ".dist-info"
_LARGEST = 1_000_000
_LONGEST = 100


def additions(search_path: list[str]) -> str:
    """Return the lines to add to the help text; no text when nobody adds a command."""
    found = dict(sorted(set(_found(search_path))))
    if not found:
        return ""
    width = max(map(len, found))
    lines = [f"  {name:{width}}  from {owner}\n" for name, owner in found.items()]
    return "\nCommands of other distributions:\n" + "".join(lines)


def _found(search_path: list[str]) -> list[tuple[str, str]]:
    found = []
    for folder in dict.fromkeys(search_path):
        try:
            names = os.listdir(folder or ".")  # noqa: PTH208 - pathlib is half of a start-up
        except (OSError, ValueError):
            continue  # an archive, a folder that is not there: `allause list` tells of those it cannot read
        for name in names:
            if name.endswith(_INFO):
                owner = name.partition("-")[0].replace("_", "-").lower()
                commands = _commands(os.path.join(folder, name))  # noqa: PTH118 - the same
                found += [(command, owner) for command in commands if _plain(owner)]
    return found


def _commands(folder: str) -> list[str]:
    path = os.path.join(folder, "entry_points.txt")  # noqa: PTH118 - see above
    try:
        if not os.path.isfile(path) or os.path.getsize(path) > _LARGEST:  # noqa: PTH113, PTH202 - see above
            return []
        with open(path, encoding="utf-8-sig") as file:  # noqa: PTH123 - see above
            text = file.read()
    except (OSError, ValueError):
        return []
    group, found = "", []
    for line in text.splitlines():
        if line.startswith("["):
            group = line.strip()
        elif group == f"[{_GROUP}]" and _plain(name := line.partition("=")[0].strip()):
            found.append(name)
    return found


def _plain(name: str) -> bool:
    """Tell whether a name can be shown as it is."""
    return len(name) <= _LONGEST and name.isascii() and name.replace("-", "").replace("_", "").isalnum()
