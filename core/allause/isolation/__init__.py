"""Run component code in forked, limited, disposable children; the host asks, measures and judges.

Fault containment and tamper resistance, not a sandbox for hostile native code.
"""

from typing import TYPE_CHECKING

from allause.deferred import deferred

if TYPE_CHECKING:
    from allause.isolation.answers import Answer, Outcome
    from allause.isolation.host import Helper
    from allause.isolation.limits import Limits
    from allause.isolation.mode import Isolation
    from allause.isolation.plain import Opaque, decode
    from allause.isolation.session import Session
    from allause.isolation.stranger import Stranger, strangers

__all__ = ["Answer", "Helper", "Isolation", "Limits", "Opaque", "Outcome", "Session", "Stranger", "decode", "strangers"]

__getattr__ = deferred(__name__, __all__, ("mode", "answers", "limits", "stranger", "plain", "session", "host"))
