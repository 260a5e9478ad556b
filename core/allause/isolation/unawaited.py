"""Remember the coroutines that were created and dropped without being awaited."""

import builtins
import gc
import warnings
from collections.abc import Mapping
from types import CoroutineType
from typing import Any

from allause.isolation.encoding import printable

__builtins__ = dict(vars(builtins))  # type: ignore[assignment] # functions below keep these, whatever is patched later

_NAME = 300
_MOST = 1_000
_collect = gc.collect


class Unawaited:
    """Note every such coroutine from now on, in the place of the warning."""

    def __init__(self) -> None:
        self._noted: list[dict[str, Any]] = []
        # Python asks this private hook about every coroutine dropped; filters and showwarning are a component's own.
        setattr(warnings, "_warn_unawaited_coroutine", self._note)  # noqa: B010 # mypy does not know the name

    def listed(self, _request: Mapping[str, Any]) -> dict[str, Any]:
        """Return those noted so far."""
        _collect()
        return {"coroutines": self._noted}

    def _note(self, coroutine: "CoroutineType[Any, Any, Any]") -> None:
        code = coroutine.cr_code
        if len(self._noted) < _MOST:
            file = printable(code.co_filename, _NAME)
            entry = {"qualname": printable(coroutine.__qualname__, _NAME), "file": file, "line": code.co_firstlineno}
            self._noted.append(entry)
