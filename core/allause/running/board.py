"""What is being called now: written where another process can read it, even after this one has died."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from mmap import mmap

import attrs

from allause.measurement import SystemClock

_monotonic_ns = SystemClock().monotonic_ns
_NUMBER, _SINCE = 0, 1


@attrs.frozen
class Label:
    """Name a call of what is not ours.

    Attributes:
        text: such as ``acme:desk: place_order()``.
        component: the identity; empty for a strategy.
        deadline_s: how long it may take.
    """

    text: str
    component: str
    deadline_s: float


class Board:
    """Hold the call that is under way; a process forked later shares it.

    Attributes:
        labels: those known here, in the order of their numbers, which begin with 1.
        tell: called with each new label, for a reader in another process.
    """

    def __init__(self, tell: Callable[[Label], None] | None = None) -> None:
        self.labels: list[Label] = []
        self.tell = tell
        # two aligned words, each written at once: the label's number, and since when, 0 between calls
        self._words = memoryview(mmap(-1, 16)).cast("q")

    def number(self, label: Label) -> int:
        """Return the number of ``label``, a new one when it is not known yet."""
        if label not in self.labels:
            self.labels.append(label)
            if self.tell is not None:
                self.tell(label)
        return self.labels.index(label) + 1

    def begin(self, number: int) -> None:
        """Note that the call of that number begins now."""
        self._words[_NUMBER] = number
        self._words[_SINCE] = _monotonic_ns()

    def end(self) -> None:
        """Note that nothing is being called; the last call stays known."""
        self._words[_SINCE] = 0

    @contextmanager
    def calling(self, text: str, component: str, deadline_s: float) -> Iterator[None]:
        """Note a call for the time of the block; one that is under way goes on behind it."""
        before, since = self._words
        self.begin(self.number(Label(text, component, deadline_s)))
        try:
            yield
        except KeyboardInterrupt as error:
            error.add_note(f"during {text}")
            raise
        finally:
            if since:
                self._words[_NUMBER] = before
            self._words[_SINCE] = since

    @property
    def last(self) -> Label | None:
        """Return the call under way, or the last one."""
        number = self._words[_NUMBER]
        return self.labels[number - 1] if 0 < number <= len(self.labels) else None

    @property
    def under_way(self) -> bool:
        """Tell whether a call has begun and not ended."""
        return self._words[_SINCE] != 0

    def late(self, grace_s: float = 0.0) -> Label | None:
        """Return the call under way if it has taken longer than its deadline and ``grace_s``."""
        since, label = self._words[_SINCE], self.last
        if not since or label is None or _monotonic_ns() - since <= (label.deadline_s + grace_s) * 1e9:
            return None
        return label
