"""Start the command line. What can be said without importing anything is said at once."""

import os
import sys

_INTERRUPTED = 130
_WIDE = 80  # columns from which the help text is always laid out alike


def main() -> None:
    """Answer ``--version`` and ``--help``, or hand over to the whole command line."""
    try:
        _main(sys.argv[1:])
    except KeyboardInterrupt:  # while what tells of it otherwise was still being imported
        sys.stderr.write("allause: error: interrupted\n")
        sys.exit(_INTERRUPTED)


def _main(words: list[str]) -> None:
    if words == ["--version"] and _said(_version()):
        return
    if words in (["--help"], ["-h"]) and _columns() >= _WIDE and _said(_help()):
        return
    from allause.cli.program import main as run  # noqa: PLC0415 - what was answered above does not pay for it

    run(words)


def _version() -> str:
    from allause import __version__  # noqa: PLC0415 - see above

    return f"allause {__version__}\n"


def _help() -> str:
    path = os.path.join(os.path.dirname(__file__), "help.txt")  # noqa: PTH118, PTH120 - pathlib is half of a start-up
    from allause.console.additions import additions  # noqa: PLC0415 - see above

    with open(path, encoding="utf-8") as file:  # noqa: PTH123 - see above
        return file.read() + additions(sys.path)


def _columns() -> int:
    from allause.console.columns import columns  # noqa: PLC0415 - see above

    return columns(_WIDE)


def _said(text: str) -> bool:
    """Write ``text``; where that fails, the whole command line fails at it again, and says so properly."""
    from allause.console.output import emit  # noqa: PLC0415 - see above

    try:
        emit(text)
    except Exception:  # noqa: BLE001  a full disk, or no output at all
        return False
    return True


if __name__ == "__main__":
    main()
