"""How many messages a venue takes from one session in a second."""

from collections import deque
from collections.abc import Callable
from threading import Lock

import attrs

from allause.venue.refusals import Refusal, RefusedError

_SECOND_NS = 1_000_000_000


@attrs.frozen(kw_only=True)
class RateLimit:
    """Hold a limit.

    Attributes:
        messages: orders, cancels and replacements that are taken in any span of that length.
        per_ns: the span.
    """

    messages: int = attrs.field(validator=attrs.validators.ge(1))
    per_ns: int = attrs.field(default=_SECOND_NS, validator=attrs.validators.ge(1))


class Throttle:
    """Let so many messages pass, and refuse the others; what is refused does not count. Safe from several threads.

    Attributes:
        rate: the limit.
        refused: messages refused so far.
    """

    def __init__(self, rate: RateLimit, now_ns: Callable[[], int]) -> None:
        """Begin a span; ``now_ns`` tells the time, which never runs backwards."""
        self.rate, self.refused = rate, 0
        self._now_ns = now_ns
        self._passed: deque[int] = deque()
        self._lock = Lock()

    @property
    def is_full(self) -> bool:
        """Tell whether a message would be refused now."""
        with self._lock:
            return self._is_full(self._now_ns())

    def admit(self, what: str) -> None:
        """Let a message pass.

        Raises:
            RefusedError: too many passed in the last span.
        """
        with self._lock:
            now = self._now_ns()
            if self._is_full(now):
                self.refused += 1
                wait = self._passed[0] + self.rate.per_ns - now
                raise RefusedError(
                    Refusal.RATE_LIMIT,
                    f"{what}: {self.rate.messages} messages in {self.rate.per_ns / 1e9:g} s are taken; "
                    f"the next in {wait / 1e9:g} s",
                )
            self._passed.append(now)

    def _is_full(self, now: int) -> bool:
        while self._passed and self._passed[0] <= now - self.rate.per_ns:
            self._passed.popleft()
        return len(self._passed) >= self.rate.messages
