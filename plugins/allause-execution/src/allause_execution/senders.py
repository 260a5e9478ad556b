"""Threads that send for event loops, one for each lane; the first order that is awaited begins them."""

from concurrent.futures import ThreadPoolExecutor
from threading import Lock

from allause_execution.lane import Lane


class Senders:
    """See to it that what is awaited leaves, without a thread for each order.

    Args:
        lanes: how many there are.
    """

    def __init__(self, lanes: int) -> None:
        self._lanes = lanes
        self._lock = Lock()
        self._busy: set[Lane] = set()
        self._threads: ThreadPoolExecutor | None = None

    def send(self, lane: Lane) -> None:
        """Have all that waits in the lane sent; does not wait for it."""
        with self._lock:
            if lane in self._busy:  # it looks at the queue once more before it is not
                return
            self._busy.add(lane)
            if self._threads is None:
                self._threads = ThreadPoolExecutor(self._lanes, thread_name_prefix="allause-sender")
            self._threads.submit(self._work, lane)

    def close(self) -> None:
        """End the threads when what waits was sent."""
        if self._threads is not None:
            self._threads.shutdown()

    def _work(self, lane: Lane) -> None:
        while True:
            lane.send_all()
            with self._lock:
                if lane.done:
                    self._busy.remove(lane)
                    return
