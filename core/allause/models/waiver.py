"""A finding that is accepted for a time."""

from datetime import date

import attrs


@attrs.frozen(kw_only=True)
class Waiver:
    """Hold one accepted finding, as the configuration states it.

    Attributes:
        code: of the check, exactly.
        component: identity, exactly.
        reason: why it is accepted.
        until: the last day on which it is.
        line: of the configuration file where it begins; 0 when it did not come from one.
    """

    code: str
    component: str
    reason: str
    until: date
    line: int = 0
