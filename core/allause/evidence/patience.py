"""How long one component may keep the host waiting, all its calls together."""

import attrs

from allause.isolation import Outcome

_LEAST_S = 0.5


@attrs.define
class Patience:
    """Halve the time that a call may take whenever one has taken it all, so that one that hangs costs little more.

    Attributes:
        deadline_s: of the next call.
    """

    deadline_s: float

    def note(self, outcome: Outcome) -> None:
        """Take down how a call ended."""
        if outcome is Outcome.TIMED_OUT:
            self.deadline_s = max(min(_LEAST_S, self.deadline_s), self.deadline_s / 2)
