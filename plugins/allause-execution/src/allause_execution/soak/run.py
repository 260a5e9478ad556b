"""Lives that are killed, one after the other, and the examination after each."""

import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random
from time import monotonic, sleep
from traceback import print_exc

import attrs

from allause_execution.soak.examination import examine
from allause_execution.soak.life import ACKNOWLEDGED, live

_SHORTER, _LONGER = 0.9, 1.2


@attrs.define(kw_only=True)
class Summary:
    """Count what a soak did.

    Attributes:
        runs: that came to their end.
        kills: of processes.
        restarts: of processes, those that came to an end of their own too.
        orders: placed in the runs that ended.
        wrong: one sentence for each promise that was broken, and where its files are.
    """

    runs: int = 0
    kills: int = 0
    restarts: int = 0
    orders: int = 0
    wrong: list[str] = attrs.Factory(list)


def soak(directory: Path, *, orders: int, seed: int, seconds: float | None = None, kills: int | None = None) -> Summary:
    """Run until the time is over or enough processes were killed; end at the first thing that is wrong.

    Args:
        directory: empty; each run makes a folder in it, and one without a fault is emptied again.
        orders: of a run.
        seed: of the moments at which processes are killed.
        seconds: how long.
        kills: how many.
    """
    random, summary = Random(seed), Summary()  # noqa: S311 - repeatable, and no secret
    end = monotonic() + seconds if seconds is not None else float("inf")
    reach = 0.05  # most seconds of a life; found so that many die early in their recovery and the run still goes on
    while not summary.wrong and monotonic() < end and (kills is None or summary.kills < kills):
        folder = directory / f"run-{summary.runs + 1}"
        folder.mkdir(exist_ok=True)
        answered = _answered(folder)
        status = in_a_child(partial(live, folder, orders), kill_after=random.uniform(0, reach))
        summary.restarts += 1
        if status == -signal.SIGKILL:
            summary.kills += 1
            wrong = examine(folder)
        elif status == 0:
            summary.runs, summary.orders = summary.runs + 1, summary.orders + orders
            wrong = examine(folder, orders=orders)
        else:
            wrong = [f"the process ended with {status}"]
        reach *= _SHORTER if status == 0 or _answered(folder) > answered else _LONGER
        summary.wrong = [f"{sentence} ({folder})" for sentence in wrong]
        if status == 0 and not wrong:
            _empty(folder)
    return summary


def in_a_child(work: Callable[[], None], *, kill_after: float | None = None) -> int:
    """Do the work in a fork of this process, which has one thread, and return how it ended, as ``subprocess`` does."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work()
            status = 0
        except BaseException:  # noqa: BLE001 - told below; nothing of the parent may run on in the child
            print_exc(file=sys.stderr)
            sys.stderr.flush()
        finally:
            os._exit(status)
    if kill_after is not None:
        sleep(kill_after)  # the moment of death, not a wait for anything
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def _answered(folder: Path) -> int:
    path = folder / ACKNOWLEDGED
    return path.stat().st_size if path.exists() else 0


def _empty(folder: Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    folder.rmdir()
