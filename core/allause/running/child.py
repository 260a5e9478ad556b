"""The process that a supervised run happens in: no terminal, output captured, the last word sent and nothing after."""

import json
import os
import signal
import sys
import traceback
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from allause.exceptions import AllauseError, ComponentError, ValidatorError
from allause.isolation.kernel import prctl
from allause.models.report import Progress
from allause.running.board import Board, Label
from allause.running.engine import carry_out
from allause.running.folder import RunFolder
from allause.running.settings import Deadlines, RunSettings

_PR_SET_PDEATHSIG = 1


def live(
    settings: RunSettings, folder: RunFolder, board: Board, deadlines: Deadlines, descriptors: tuple[int, int]
) -> NoReturn:
    """Do the run in this process, just forked, and end it.

    :param descriptors: where messages go, and where output goes.
    """
    code = 1
    try:
        _detach(descriptors[1])
        say = _Messages(descriptors[0])
        board.tell = say.label
        say(_last_word(lambda: carry_out(settings, folder, say.progress, board, deadlines).exit_code))
        for stream in (sys.stdout, sys.stderr):
            stream.flush()  # what a component printed is captured, or is nobody's
        code = 0
    finally:
        os._exit(code)  # without what components registered for the end: they were closed


class _Messages:
    """Send JSON objects, one a line."""

    def __init__(self, descriptor: int) -> None:
        self._stream = os.fdopen(descriptor, "wb")

    def __call__(self, message: Mapping[str, Any]) -> None:
        self._stream.write(json.dumps(message).encode("ascii") + b"\n")
        self._stream.flush()

    def progress(self, progress: Progress) -> None:
        self({"progress": [progress.done, progress.total, progress.text]})

    def label(self, label: Label) -> None:
        self({"label": [label.text, label.component, label.deadline_s]})


def _detach(output: int) -> None:
    """Leave the terminal, hear of the parent's death, and send all output into the pipe."""
    prctl(_PR_SET_PDEATHSIG, signal.SIGKILL.value)
    os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    null = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((null, 0), (output, 1), (output, 2)):
        os.dup2(source, target)
    for descriptor in (null, output):
        os.close(descriptor)


def _last_word(work: Callable[[], int]) -> Mapping[str, Any]:
    try:
        return {"exit_code": work()}
    except AllauseError as error:
        return _told(type(error), str(error), error)
    except Exception as error:  # noqa: BLE001 - ours, since components and strategies are contained
        text = f"unexpected {type(error).__name__}: {error} (a defect of allause; ALLAUSE_TRACEBACK=1 shows where)"
        return _told(ValidatorError, text, error)
    except BaseException as error:  # noqa: BLE001 - nobody interrupts this process but what it calls
        where = next(iter(getattr(error, "__notes__", ())), "of the run")
        return _told(ComponentError, f"the process of the run raised {type(error).__name__} {where}", error)


def _told(kind: type[AllauseError], message: str, error: BaseException) -> Mapping[str, Any]:
    raised = error.__cause__ or error  # of a strategy or component, so that what it did comes last
    lines = "".join(traceback.format_exception(raised)) if os.environ.get("ALLAUSE_TRACEBACK") else ""
    names = [each.__name__ for each in kind.__mro__]
    return {"error": names, "message": message, "component": getattr(error, "component", ""), "traceback": lines}
