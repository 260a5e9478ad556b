"""allause: discover, host and examine the components of a trading system.

Layers, each importing only from those below it::

    cli | testing
    validation | rendering | running | doctor | scaffold | fixing | comparison
    checks | workflows | strategies | configuration
    evidence | system | trials | plain | console | installation | controls
    remote
    discovery | isolation | venue
    component
    kinds
    fronts
    measurement | hookspecs | depth | thread
    models
    exceptions | groups | deferred | drafts | converter | seeds | stages | replacement | parquet | nearest | interrupts

Names here are imported when first asked for, so that ``import allause`` costs next to nothing.
"""

TYPE_CHECKING = False  # typing's own constant means the same to a type checker and would import typing
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


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'allause' has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415 - `allause --version` must not pay for it

    return getattr(import_module(home), name)
