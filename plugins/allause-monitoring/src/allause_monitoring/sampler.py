"""Repeat a function in the background until told to stop."""

from collections.abc import Callable
from threading import Event, Lock, Thread


class Sampler:
    """Call ``tick`` at once and then every ``interval_s`` seconds, on a thread of its own.

    Attributes:
        errors: ticks that raised.
        problem: what the last of them raised; empty when the last tick worked.
    """

    def __init__(self, tick: Callable[[], None], interval_s: float) -> None:
        self.errors = 0
        self.problem = ""
        self._tick = tick
        self._interval_s = interval_s
        self._lock = Lock()
        self._stop = Event()
        self._thread: Thread | None = None

    @property
    def running(self) -> bool:
        """Tell whether the thread lives."""
        thread = self._thread
        return thread is not None and thread.is_alive()

    def start(self) -> None:
        """Start the thread; without effect when it runs."""
        with self._lock:
            if self.running:
                return
            self._stop = Event()
            # A daemon, so that an owner who forgot to stop it does not keep the process alive.
            self._thread = Thread(target=self._run, args=(self._stop,), name="metrics-sampler", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Stop the thread and wait until it has ended; without effect when it does not run."""
        with self._lock:
            self._stop.set()
            if self._thread is not None:
                self._thread.join()
                self._thread = None

    def _run(self, stop: Event) -> None:
        while True:
            try:
                self._tick()
            except Exception as error:  # noqa: BLE001 - one failed tick must not end the sampling; it is counted and kept
                self.errors += 1
                self.problem = f"{type(error).__name__}: {error}"
            else:
                self.problem = ""
            if stop.wait(self._interval_s):
                return
