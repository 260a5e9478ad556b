"""Names of a package that are imported when first asked for, so that importing one of its modules costs that one."""

import sys
from collections.abc import Callable, Collection
from importlib import import_module
from typing import Any


def deferred(package: str, names: Collection[str], homes: Collection[str]) -> Callable[[str], Any]:
    """Return what a package assigns to its ``__getattr__`` (PEP 562).

    :param names: those the package offers; the others are none of its own.
    :param homes: its modules that hold them, looked through in this order.
    """

    def find(name: str) -> Any:
        if name in names:
            for home in homes:
                found = vars(import_module(f"{package}.{home}"))
                if name in found:
                    setattr(sys.modules[package], name, found[name])
                    return found[name]
        if name in homes:
            return import_module(f"{package}.{name}")
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    return find
