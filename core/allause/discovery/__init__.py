"""Find components from metadata alone, then build one when it is asked for.

Stage one, ``discover`` and ``select``, imports nothing of a component and little of anything else. Stage two,
``load``, ``structure``, ``construct`` and ``build``, imports one component; what it needs is imported when it is first
asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from allause.discovery.installed import contributors, discover
from allause.discovery.record import ComponentRecord, ComponentState, Contributor
from allause.discovery.selection import select
from allause.discovery.text import headers, normalize, printable

if TYPE_CHECKING:
    from allause.discovery.building import build, construct, load, structure

__all__ = [
    "ComponentRecord",
    "ComponentState",
    "Contributor",
    "build",
    "construct",
    "contributors",
    "discover",
    "headers",
    "load",
    "normalize",
    "printable",
    "select",
    "structure",
]


def __getattr__(name: str) -> Any:
    if name not in {"build", "construct", "load", "structure"}:
        raise AttributeError(f"module 'allause.discovery' has no attribute {name!r}")
    return getattr(import_module("allause.discovery.building"), name)
