"""A thread of its own for the methods of one component."""

from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from threading import Thread
from typing import Any


class OwnThread:
    """Run functions one after another on a thread of their own; a daemon, so that a hang cannot hold the host."""

    def __init__(self, name: str) -> None:
        self._jobs: SimpleQueue[tuple[Callable[[], Any], Future[Any]] | None] = SimpleQueue()
        Thread(target=self._work, name=name, daemon=True).start()

    def submit(self, function: Callable[[], Any]) -> "Future[Any]":
        """Return what will hold the outcome of a function that is run when its turn comes."""
        future: Future[Any] = Future()
        self._jobs.put((function, future))
        return future

    def stop(self) -> None:
        """End the thread once it has run what was submitted."""
        self._jobs.put(None)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            function, future = job
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(function())
            except BaseException as error:  # noqa: BLE001 - SystemExit from a component must reach the caller
                future.set_exception(error)
