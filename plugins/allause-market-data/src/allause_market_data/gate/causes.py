"""What can be wrong with market data, by name, and what becomes of a row that has it."""

from collections.abc import Mapping
from difflib import get_close_matches
from enum import StrEnum

from allause.exceptions import ConfigurationError
from allause.models import DefectCause


class Cause(StrEnum):
    """Name a defect; a row that has several is counted once, under the first in this order.

    docs/reference/market-data.md has the definition of each.
    """

    DUPLICATE = "duplicate"
    DUPLICATE_KEY = "duplicate_key"
    REPEAT = "repeat"
    DISORDER = "disorder"
    NON_FINITE = "non_finite"
    ONE_SIDED = "one_sided"
    NEGATIVE_PRICE = "negative_price"
    ZERO_PRICE = "zero_price"
    IMPOSSIBLE_BAR = "impossible_bar"
    CROSSED_QUOTE = "crossed_quote"
    LOCKED_QUOTE = "locked_quote"
    TIME_REVERSED = "time_reversed"
    CLOCK_SKEW = "clock_skew"
    LATE = "late"
    FUTURE = "future"
    MIXED_UNIT = "mixed_unit"
    TICKER_REUSE = "ticker_reuse"
    SPLIT = "split"
    SPIKE = "spike"
    LARGE_MOVE = "large_move"
    FROZEN = "frozen"
    PRECISION_CHANGE = "precision_change"
    SEQUENCE_GAP = "sequence_gap"
    GAP = "gap"
    STALE = "stale"

    @property
    def bit(self) -> int:
        """Return its bit in ``flags``."""
        return 1 << _ORDER[self]


_ORDER: Mapping[Cause, int] = {cause: number for number, cause in enumerate(Cause)}


class Policy(StrEnum):
    """Say what becomes of a row: left out, mended and flagged, or served as it is and flagged."""

    REJECT = "reject"
    REPAIR = "repair"
    FLAG = "flag"


#: Causes with a repair: what it is stands in docs/reference/market-data.md.
REPAIRABLE = frozenset({Cause.DISORDER, Cause.ONE_SIDED, Cause.IMPOSSIBLE_BAR, Cause.TIME_REVERSED, Cause.CLOCK_SKEW})
_REJECTED = frozenset(
    {
        Cause.DUPLICATE,
        Cause.DUPLICATE_KEY,
        Cause.NON_FINITE,
        Cause.NEGATIVE_PRICE,
        Cause.ZERO_PRICE,
        Cause.IMPOSSIBLE_BAR,
        Cause.CROSSED_QUOTE,
        Cause.TIME_REVERSED,
        Cause.FUTURE,
    }
)
_REPAIRED = frozenset({Cause.DISORDER, Cause.CLOCK_SKEW})
#: What becomes of a row unless the user says otherwise.
DEFAULTS: Mapping[Cause, Policy] = {
    cause: Policy.REJECT if cause in _REJECTED else Policy.REPAIR if cause in _REPAIRED else Policy.FLAG
    for cause in Cause
}
#: The cause of the contract under which a rejected row is counted; the rest are suspect.
CONTRACT: Mapping[Cause, DefectCause] = {
    Cause.DUPLICATE: DefectCause.DUPLICATE,
    Cause.DUPLICATE_KEY: DefectCause.DUPLICATE,
    Cause.DISORDER: DefectCause.DISORDER,
    Cause.NON_FINITE: DefectCause.NON_FINITE,
    Cause.ONE_SIDED: DefectCause.NON_FINITE,
    Cause.NEGATIVE_PRICE: DefectCause.NEGATIVE_PRICE,
    Cause.ZERO_PRICE: DefectCause.NEGATIVE_PRICE,
    Cause.IMPOSSIBLE_BAR: DefectCause.IMPOSSIBLE_BAR,
    Cause.CROSSED_QUOTE: DefectCause.CROSSED_QUOTE,
    Cause.TIME_REVERSED: DefectCause.TIME_REVERSED,
    Cause.CLOCK_SKEW: DefectCause.TIME_REVERSED,
    Cause.FUTURE: DefectCause.TIME_REVERSED,
}


def policies(chosen: Mapping[str, str]) -> Mapping[Cause, Policy]:
    """Return the policy of every cause.

    Raises:
        ConfigurationError: an unknown cause or policy, or a repair where there is none.
    """
    known = dict(DEFAULTS)
    for key, value in chosen.items():
        path = f"policies.{key}"
        if key not in set(Cause):
            close = get_close_matches(key, list(Cause), n=1)
            hint = f"did you mean {str(close[0])!r}?" if close else f"there are {', '.join(Cause)}"
            raise ConfigurationError(f"{path}: expected the name of a cause, found {key!r}; {hint}", path)
        allowed = [policy for policy in Policy if policy is not Policy.REPAIR or key in REPAIRABLE]
        if value not in allowed:
            raise ConfigurationError(f"{path}: expected {' or '.join(allowed)}, found {value!r}", path)
        known[Cause(key)] = Policy(value)
    return known
