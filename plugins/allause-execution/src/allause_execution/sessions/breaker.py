"""When a session that fails is left alone, and for how long."""

from collections.abc import Callable
from random import Random

_FIRST_NS = 1_000_000_000
_LONGEST_NS = 60_000_000_000


class Breaker:
    """Count failures in a row; after so many the session is left alone, each time about twice as long.

    The pause is a random part, at least half, of the full length, so that many engines do not come back at once.
    Nothing sleeps: whoever calls next after the pause tries again.

    Attributes:
        failures: in a row.
    """

    def __init__(
        self, threshold: int, monotonic_ns: Callable[[], int], random: Random, *, first_ns: int = _FIRST_NS
    ) -> None:
        self.failures = 0
        self._first_ns = first_ns
        self._threshold = threshold
        self._monotonic_ns = monotonic_ns
        self._random = random
        self._until = 0

    @property
    def is_open(self) -> bool:
        """Tell whether the session is to be left alone, however long still."""
        return self.failures >= self._threshold

    @property
    def is_due(self) -> bool:
        """Tell whether the session may be tried: it works as far as known, or the pause is over."""
        return not self.is_open or self._monotonic_ns() >= self._until

    def failed(self) -> None:
        """Take note of a lost answer."""
        self.failures += 1
        if self.is_open:
            full = min(_LONGEST_NS, self._first_ns << min(self.failures - self._threshold, 10))
            self._until = self._monotonic_ns() + int(full * self._random.uniform(0.5, 1))

    def succeeded(self) -> None:
        """Take note of an answer."""
        self.failures = 0
