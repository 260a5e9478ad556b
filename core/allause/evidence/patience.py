"""How long one component may keep the host waiting, all its calls together."""

import attrs

from allause.evidence.exchange import Exchange
from allause.isolation import Outcome

_LEAST_S = 0.5


@attrs.define
class Patience:
    """Let a component keep the host waiting once for each method, and each time for half as long.

    Attributes:
        deadline_s: of the next call.
    """

    deadline_s: float
    _hung: dict[tuple[str, str], Exchange] = attrs.field(factory=dict)

    def note(self, outcome: Outcome) -> None:
        """Take down how a request ended."""
        if outcome is Outcome.TIMED_OUT:
            self.deadline_s = max(min(_LEAST_S, self.deadline_s), self.deadline_s / 2)

    def remember(self, exchange: Exchange, manner: str) -> None:
        """Take down how a call ended."""
        if exchange.outcome is Outcome.TIMED_OUT:
            self._hung[exchange.method, manner] = exchange

    def hung(self, method: str, manner: str) -> Exchange | None:
        """Return the call in which a method hung, in this manner or the plain one; it is not called again."""
        return self._hung.get((method, manner)) or self._hung.get((method, ""))
