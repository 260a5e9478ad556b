"""How long one component may keep the host waiting, all its calls together."""

from collections.abc import Iterable

import attrs

from allause.evidence.exchange import Exchange
from allause.isolation import Outcome

_LEAST_S = 0.5
_SLOWER = 5


@attrs.define
class Patience:
    """Let a component keep the host waiting once for each method, and each time for half as long.

    Attributes:
        deadline_s: of the next call.
        lost: every request by which a child was lost whose component was whole.
    """

    deadline_s: float
    lost: list[Exchange] = attrs.field(factory=list)
    _hung: dict[tuple[str, str], Exchange] = attrs.field(factory=dict)
    _longest_s: dict[str, float] = attrs.field(factory=dict)

    def note(self, outcome: Outcome) -> None:
        """Take down how a request ended."""
        if outcome is Outcome.TIMED_OUT:
            self.deadline_s = max(min(_LEAST_S, self.deadline_s), self.deadline_s / 2)

    def remember(self, exchange: Exchange, manner: str) -> None:
        """Take down how a call ended."""
        if exchange.outcome is Outcome.TIMED_OUT:
            self._hung[exchange.method, manner] = exchange
        longest = self._longest_s.get(exchange.method, 0.0)
        self._longest_s[exchange.method] = max(longest, exchange.seconds)

    def series(self, methods: Iterable[str]) -> float | None:
        """Return how long calls of ``methods`` may take together; None when one was never called, or hung before.

        What all of them took at their slowest is no measure on a busy machine, so it is allowed several times over.
        """
        methods = list(methods)
        if any(name not in self._longest_s for name in methods) or any(name in methods for name, _ in self._hung):
            return None
        return self.deadline_s + _SLOWER * sum(self._longest_s[name] for name in methods)

    def hung(self, method: str, manner: str) -> Exchange | None:
        """Return the call in which a method hung, in this manner or the plain one; it is not called again."""
        return self._hung.get((method, manner)) or self._hung.get((method, ""))
