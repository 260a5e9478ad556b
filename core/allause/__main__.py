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
    open_ones = None not in (sys.stdout, sys.stderr)
    if open_ones and words == ["--version"]:
        _say(_version())
    elif open_ones and words in (["--help"], ["-h"]) and _columns() >= _WIDE:
        _say(_help())
    else:
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


def _say(text: str) -> None:
    from allause.console.output import emit  # noqa: PLC0415 - see above

    try:
        emit(text)
    except OSError as error:
        from allause.cli.program import unwritten  # noqa: PLC0415 - see above

        unwritten(error)


if __name__ == "__main__":
    main()
