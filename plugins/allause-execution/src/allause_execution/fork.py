"""What a forked process may not go on with: it has a copy of everything that its parent has open."""

import os
from collections.abc import Callable
from contextlib import ExitStack
from functools import cache
from typing import TypeVar
from weakref import WeakKeyDictionary

_Owner = TypeVar("_Owner")
_LEAVES: WeakKeyDictionary[object, Callable[..., None]] = WeakKeyDictionary()


def leave_in_children(owner: _Owner, leave: Callable[[_Owner], None]) -> None:
    """Have ``leave(owner)`` called first in every process that is forked from now on, as long as there is the owner."""
    _register()
    _LEAVES[owner] = leave


@cache
def _register() -> None:
    os.register_at_fork(after_in_child=_leave_all)


def _leave_all() -> None:
    with ExitStack() as leaving:  # each, whatever another one raises
        for owner, leave in list(_LEAVES.items()):
            leaving.callback(leave, owner)
