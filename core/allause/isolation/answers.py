"""What the host says about one request."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import attrs


class Outcome(StrEnum):
    """Name how a request ended. After anything but RETURNED and RAISED the session is over."""

    RETURNED = "returned"
    RAISED = "raised"
    DIED = "died"
    TIMED_OUT = "timed_out"
    GARBLED = "garbled"
    OVERSIZED = "oversized"


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Answer:
    """Hold what the host saw of one request.

    Attributes:
        outcome: see ``Outcome``.
        seconds: by the host's monotonic clock, from sending to the end.
        data: the child's answer, its shape checked (``allause.isolation.messages``); empty when there is none.
        value: ``data["value"]`` as Python, for the operations that have one.
        reason: why there is no answer; empty when there is one.
        exit_code: of a child that ended by itself during the request, else None.
        signal: the signal that ended it, else None.
        strays: processes it left behind, which were ended; counted when the session is over.
        output: the last of what it printed during the request, without control characters.
        output_bytes: how much it printed.
    """

    outcome: Outcome
    seconds: float
    data: Mapping[str, Any] = attrs.field(factory=dict)
    value: Any = None
    reason: str = ""
    exit_code: int | None = None
    signal: int | None = None
    strays: int = 0
    output: str = ""
    output_bytes: int = 0
