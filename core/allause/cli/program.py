"""Run one command line and end the process: one line for each error, and the right exit code."""

import errno
import gc
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import NoReturn

from allause.cli.exit_code import ExitCode
from allause.exceptions import AllauseError, UsageError, ValidatorError

# Nothing slow is imported above: `allause list` and a plain `validate --fast` answer before typer would be there.
_PLAIN_LISTS: tuple[list[str], ...] = (
    [],
    ["--format", "text"],
    ["--format", "json"],
    ["--format=text"],
    ["--format=json"],
)
#: Words with which no child, or none of the usual kind, is opened.
_WITHOUT_CHILDREN = frozenset({"--fast", "--watch", "--isolation", "--help", "-h"})
_QUIET, _VERBOSE = frozenset({"--quiet", "-q"}), frozenset({"--verbose", "-v"})
_NO_WORKFLOWS = "--no-workflows"
_PLAIN_FLAGS = frozenset({"--fast", _NO_WORKFLOWS}) | _QUIET | _VERBOSE
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})
_NO_MORE_FILES = frozenset({errno.EMFILE, errno.ENFILE})
#: Signals at which what was begun is cleaned up, as at an interrupt.
_ENDING = (signal.SIGTERM, signal.SIGHUP)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command that ``arguments`` name; those of the process when left out."""
    for number in _ENDING:
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup wants it to be ignored
            signal.signal(number, _interrupted)
    words = list(sys.argv[1:] if arguments is None else arguments)
    closed = _reopened()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a stream that cannot show a letter shows its code
    try:
        sys.exit(_run(words))
    except AllauseError as error:
        _complain(str(error))
        sys.exit(_code(error))
    except KeyboardInterrupt:
        _complain("interrupted")
        sys.exit(ExitCode.INTERRUPTED)
    except OSError as error:
        _fail(error, closed=closed)
    except Exception as error:  # noqa: BLE001 - the last resort: one line, and a code that is no verdict
        _give_up(error)


def _fail(error: OSError, *, closed: bool) -> NoReturn:
    if isinstance(error, FileNotFoundError) and _is_gone():
        _complain("the current folder is there no more; change to one that is")
        sys.exit(ExitCode.USAGE)
    if error.errno in _NO_MORE_FILES:
        _complain("this process may open no more files; raise its limit, as with 'ulimit -n 1024'")
        sys.exit(ExitCode.NOTHING_CHECKED)
    if error.errno not in _NO_ROOM and not (closed and error.errno == errno.EBADF):
        _give_up(error)
    unwritten(error)


def unwritten(error: OSError) -> NoReturn:
    """Say that what was to be shown cannot be, and end the process."""
    from allause.console.output import discard  # noqa: PLC0415 - see above

    discard()
    reason = "standard output is closed" if error.errno == errno.EBADF else error.strerror
    _complain(f"the output cannot be written: {reason}; make room, or write it elsewhere")
    sys.exit(ExitCode.NOTHING_CHECKED)


def _reopened() -> bool:
    if None not in (sys.stdin, sys.stdout, sys.stderr):
        return False
    from allause.console.output import reopen  # noqa: PLC0415 - see above

    return reopen()


def _interrupted(*_: object) -> NoReturn:
    for number in _ENDING:  # often both are sent, and the second one must not end the cleaning up
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def _run(words: Sequence[str]) -> int:
    if words[:1] == ["list"] and words[1:] in _PLAIN_LISTS:
        from allause.cli.inventory import show  # noqa: PLC0415 - see above

        show(as_json="json" in words[-1])
        return ExitCode.REACHED
    with _warming(words):
        if words[:1] == ["validate"] and all(word in _PLAIN_FLAGS or word[:1] != "-" for word in words):
            return _validated(words)
        from allause.cli.application import invoke  # noqa: PLC0415 - see above

        code = invoke(words)
    if not words or words in (["--help"], ["-h"]):
        from allause.console.additions import additions  # noqa: PLC0415 - see above
        from allause.console.output import emit, tell  # noqa: PLC0415 - the same

        # without a command the help is a complaint
        (emit if words else tell)(additions(sys.path))
    return code


def _validated(words: Sequence[str]) -> int:
    """Validate as ``words`` say, which are such that the option parser would add nothing."""
    fast = "--fast" in words
    if fast:
        gc.disable()  # syntax trees hold no cycles and the process ends soon: collecting was a fifth of the time
    from allause.cli.asked import Asked  # noqa: PLC0415 - see above
    from allause.cli.examining import answer  # noqa: PLC0415 - the same
    from allause.configuration import Settings  # noqa: PLC0415 - the same

    components = tuple(word for word in words[1:] if word not in _PLAIN_FLAGS)
    quiet, verbose = (not flags.isdisjoint(words) for flags in (_QUIET, _VERBOSE))
    settings = Settings(workflows=False) if _NO_WORKFLOWS in words else Settings()
    code = answer(Asked(components=components, fast=fast, quiet=quiet, verbose=verbose), settings)
    gc.freeze()  # the end of the process collects once more
    return code


def _warming(words: Sequence[str]) -> AbstractContextManager[None]:
    """Begin what a complete validation will need, beside the imports; a wrong guess does no harm."""
    if words[:1] != ["validate"] or _WITHOUT_CHILDREN & set(words):
        return nullcontext()
    from allause.isolation.ahead import ahead  # noqa: PLC0415 - see above

    return ahead()


def _is_gone() -> bool:
    """Tell whether the current folder has been removed, so that nothing can be found or made in it."""
    try:
        os.getcwd()  # noqa: PTH109 - pathlib is not there yet
    except FileNotFoundError:
        return True
    return False


def _give_up(error: Exception) -> NoReturn:
    text = f"{type(error).__name__}: {error}"
    _complain(f"unexpected {text} (a defect of allause; ALLAUSE_TRACEBACK=1 shows where)")
    sys.exit(ExitCode.NOTHING_CHECKED)


def _code(error: AllauseError) -> ExitCode:
    if isinstance(error, UsageError):
        return ExitCode.USAGE
    return ExitCode.NOTHING_CHECKED if isinstance(error, ValidatorError) else ExitCode.FINDINGS


def _complain(message: str) -> None:
    from allause.console.output import tell  # noqa: PLC0415 - see above
    from allause.discovery import printable  # noqa: PLC0415 - the same

    if os.environ.get("ALLAUSE_TRACEBACK"):
        from traceback import print_exc  # noqa: PLC0415 - see above

        print_exc()
    tell(f"allause: error: {printable(' '.join(message.split()), 2_000)}\n")
