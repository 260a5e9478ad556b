"""Translate a function by numba, or load what an earlier process has translated.

Numba's own files are used, next to this package or in the user's cache folder. Numba looks at the function's own file
alone; so a function is named after all that its code depends on.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from hashlib import sha256
from importlib import import_module
from inspect import getsource
from logging import getLogger
from pathlib import Path
from types import FunctionType
from typing import Any

#: Modules whose text decides what the code is.
_SOURCES = tuple(
    f"allause_enhancer.{name}"
    for name in (
        "records", "rows.compiling", "rows.described", "rows.kernel", "rows.layout", "rows.open_bar", "rows.row_by_row",
        "rows.translation", "rows.turns",
    )
)  # fmt: skip
_LOG = getLogger(__name__)


def translated(
    arguments: str, function: Any, names: Mapping[str, Any], about: object, *, nogil: bool = False
) -> Callable[..., Any]:
    """Return a function of integers, ``i``, and floats, ``f``, translated.

    Its one form is called directly: numba's choice among forms costs as much as the work for an event.

    Args:
        arguments: one letter for each.
        function: what is translated; not called itself.
        names: what it finds as global names.
        about: what the code depends on besides the sources; its ``repr`` is the same in every process.
        nogil: let other threads go on meanwhile.
    """
    plain = _dispatcher(function, names, function.__name__, nogil=nogil)
    try:
        stamp = sha256(repr((_surroundings(), function.__name__, arguments, about)).encode()).hexdigest()[:24]
        kept = _dispatcher(function, names, f"{function.__name__}_{stamp}", nogil=nogil)
        kept.enable_caching()
    except (OSError, RuntimeError) as error:  # the modules have no text, or there is no folder that can be written
        _LOG.info("compiling the kernel, as every process will: %s", error)
        return _only_form(plain, arguments)
    folder = Path(kept.stats.cache_path)
    _LOG.info(
        "%s the kernel in %s", "loading" if any(folder.glob(f"*{stamp}*.nbc")) else "compiling and keeping", folder
    )
    try:
        return _only_form(kept, arguments)
    except Exception as error:  # noqa: BLE001 - a damaged file or a full disk raises what it likes; it goes without
        _LOG.warning("expected to keep the kernel in %s, found %r; compiling again", folder, error)
        with suppress(OSError):
            for file in folder.glob(f"*{stamp}*"):
                file.unlink(missing_ok=True)
    return _only_form(plain, arguments)


@cache
def _surroundings() -> tuple[str, ...]:
    """Return what every code depends on: the modules' text, the compiler and the processor.

    Two processes that keep code under one name at once then keep the same, whichever comes last.
    """
    import llvmlite  # type: ignore[import-untyped]  # noqa: PLC0415 - comes with numba
    import numba  # noqa: PLC0415 - an extra, and slow to import
    from llvmlite import binding  # noqa: PLC0415 - comes with numba

    texts = (getsource(import_module(name)) for name in _SOURCES)
    processor = binding.get_host_cpu_name(), binding.get_host_cpu_features().flatten()
    return numba.__version__, llvmlite.__version__, *processor, *texts


def _dispatcher(function: Any, names: Mapping[str, Any], name: str, *, nogil: bool) -> Any:
    from numba import njit  # noqa: PLC0415 - an extra, and slow to import

    copy = FunctionType(function.__code__, dict(names), name)
    copy.__qualname__ = name
    how: dict[str, Any] = {"error_model": "numpy", "no_cfunc_wrapper": True}
    return njit(nogil=nogil, **how)(copy)


def _only_form(dispatcher: Any, arguments: str) -> Callable[..., Any]:
    from numba import types  # noqa: PLC0415 - see above

    kinds = {"i": types.int64, "f": types.float64}
    dispatcher.compile(tuple(kinds[each] for each in arguments))
    (form,) = dispatcher.overloads.values()
    called: Callable[..., Any] = form.entry_point
    return called
