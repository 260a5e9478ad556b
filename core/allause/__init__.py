"""allause: discover, host and examine the components of a trading system.

Layers, each importing only from those below it::

    cli
    validation | rendering | running
    checks | workflows | strategies
    evidence | system | trials | plain | console
    discovery | isolation | venue
    component
    kinds
    measurement | hookspecs
    models
    exceptions | groups

Names here are imported when first asked for, so that ``import allause`` costs next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from allause.exceptions import AllauseError
    from allause.hookspecs import CONTRACT_VERSION, hookimpl, hookspec
    from allause.validation import validate

__all__ = ["CONTRACT_VERSION", "AllauseError", "__version__", "hookimpl", "hookspec", "validate"]

__version__ = "0.1.0"

_HOMES = {
    "AllauseError": "allause.exceptions",
    "CONTRACT_VERSION": "allause.hookspecs",
    "hookimpl": "allause.hookspecs",
    "hookspec": "allause.hookspecs",
    "validate": "allause.validation",
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'allause' has no attribute {name!r}")
    return getattr(import_module(home), name)
