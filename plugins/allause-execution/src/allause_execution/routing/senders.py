"""Threads that send for event loops, one for each lane; the first order that is awaited begins them."""

from concurrent.futures import ThreadPoolExecutor
from logging import ERROR
from threading import Lock

from allause.exceptions import ConfigurationError, OrderDeniedError
from allause_execution.listeners import Listeners
from allause_execution.routing.departure import Way
from allause_execution.sessions.link import CLOSED


class Senders:
    """See to it that what is awaited leaves, without a thread for each order.

    Args:
        lanes: how many there are.
        listeners: told of what ends a sender's work and is no order's failure.
    """

    def __init__(self, lanes: int, listeners: Listeners) -> None:
        self._lanes = lanes
        self._listeners = listeners
        self._lock = Lock()
        self._busy: set[Way] = set()
        self._threads: ThreadPoolExecutor | None = None
        self._closed = False

    def send(self, lane: Way) -> None:
        """Have all that waits in the lane sent; does not wait for it.

        Raises:
            ConfigurationError: it was closed.
            OrderDeniedError: no thread can be had.
        """
        if lane in self._busy:  # it looks at the queue once more after it is not; so no lock is needed to see that
            return
        with self._lock:
            if lane in self._busy:
                return
            if self._closed:
                raise ConfigurationError(CLOSED)
            if self._threads is None:
                self._threads = ThreadPoolExecutor(self._lanes, thread_name_prefix="allause-sender")
            try:
                self._threads.submit(self._work, lane)
            except RuntimeError as error:  # it is in the threads' queue all the same, and one that is had later does it
                message = f"no thread to send the order can be had ({error}); place fewer at a time, or try again"
                raise OrderDeniedError(message, "no_thread") from error
            self._busy.add(lane)  # the sender needs the lock to take it out again

    def close(self) -> None:
        """End the threads when what waits was sent."""
        with self._lock:
            self._closed = True
        if self._threads is not None:
            self._threads.shutdown()

    def _work(self, lane: Way) -> None:
        while True:
            try:
                lane.send_all()
            except BaseException:  # noqa: BLE001  those who await the orders behind must not; one is settled each time, so it ends
                self._listeners.log(ERROR, "a sender was stopped; it goes on with the orders that wait", traced=True)
            with self._lock:
                self._busy.discard(lane)
                if lane.done:
                    return
                self._busy.add(lane)
