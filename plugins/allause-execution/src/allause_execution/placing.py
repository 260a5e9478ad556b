"""Orders that are being placed now: whoever asks for the same one gets the same answer."""

from concurrent.futures import Future

from allause.models.orders import OrderReport


class Placing:
    """Keep those who wait, by client order id; the caller holds the state's lock, but not while waiting."""

    def __init__(self) -> None:
        self._waiting: dict[str, list[Future[OrderReport]]] = {}

    def begin(self, key: str) -> None:
        """Take note that an order is being placed."""
        self._waiting[key] = []

    def wait_for(self, key: str) -> Future[OrderReport] | None:
        """Return what will be answered to whoever is placing the order now; None when nobody is."""
        if key not in self._waiting:
            return None
        waiter: Future[OrderReport] = Future()
        self._waiting[key].append(waiter)
        return waiter

    def end(self, key: str) -> list[Future[OrderReport]]:
        """Return those who wait for an order that was placed, or was not."""
        return self._waiting.pop(key)
