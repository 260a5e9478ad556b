"""Translate a function by numba, or load what an earlier process has translated.

Numba's own files are used, next to this package or in the user's cache folder. Numba looks at the function's own file
alone; so a function is named after all that its code depends on.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from hashlib import sha256
from inspect import getfile
from logging import getLogger
from pathlib import Path
from types import FunctionType
from typing import Any

from allause_enhancer.rows.identity import surroundings
from allause_enhancer.rows.kept import Kept, require_own

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
        about: what the code depends on besides what is defined here; its ``repr`` is the same in every process.
        nogil: let other threads go on meanwhile.
    """
    identity = repr((surroundings(), function.__name__, arguments, nogil, about))
    name = f"{function.__name__}_{sha256(identity.encode()).hexdigest()[:24]}"
    dispatcher = _dispatcher(function, names, name, nogil=nogil)
    try:
        dispatcher.enable_caching()
        kept = Kept(Path(dispatcher.stats.cache_path), name)
        require_own(kept.folder, Path(getfile(function)))
    except (OSError, RuntimeError) as error:  # there is no folder that can be written, or others may write there
        _LOG.info("compiling the kernel, as every process will: %s", error)
        return _only_form(_dispatcher(function, names, name, nogil=nogil), arguments)
    try:
        with kept.alone():
            return _kept_form(dispatcher, arguments, kept)
    except Exception as error:  # noqa: BLE001 - numba's files and a full disk raise what they like; it goes without
        _LOG.warning("expected to keep the kernel in %s, found %r", kept.folder, error)
        with suppress(OSError):
            kept.remove()
    # compiled it may be, and only the writing have failed
    return _only_form(
        dispatcher if dispatcher.overloads else _dispatcher(function, names, name, nogil=nogil), arguments
    )


def is_kept(function: Any) -> bool:
    """Say whether any version of a function was kept where this process would look for it."""
    dispatcher = _dispatcher(function, {}, function.__name__, nogil=False)
    try:
        dispatcher.enable_caching()
        folder = Path(dispatcher.stats.cache_path)
        require_own(folder, Path(getfile(function)))
        # an empty one is of a process that compiles still, or was ended then
        return any(file.stat().st_size for file in folder.glob(f"{function.__name__}_*.sum"))
    except (OSError, RuntimeError):  # there is no folder that can be written, or others may write there
        return False


def _kept_form(dispatcher: Any, arguments: str, kept: Kept) -> Callable[..., Any]:
    if kept.is_whole:
        _LOG.info("loading the kernel in %s", kept.folder)
    else:
        if kept.exists:
            _LOG.warning("expected the kernel in %s as it was kept, found other bytes; compiling again", kept.folder)
            kept.remove()
        _LOG.info("compiling and keeping the kernel in %s", kept.folder)
    form = _only_form(dispatcher, arguments)
    if not kept.is_whole:
        kept.seal()
    kept.use()
    return form


def _dispatcher(function: Any, names: Mapping[str, Any], name: str, *, nogil: bool) -> Any:
    from numba import njit  # noqa: PLC0415 - an extra, and slow to import

    # whoever loads the code imports the module that its names say they are of
    copy = FunctionType(function.__code__, {**names, "__name__": function.__module__}, name)
    copy.__qualname__ = name
    how: dict[str, Any] = {"error_model": "numpy", "no_cfunc_wrapper": True}
    return njit(nogil=nogil, **how)(copy)


def _only_form(dispatcher: Any, arguments: str) -> Callable[..., Any]:
    from numba import types  # noqa: PLC0415 - see above

    kinds = {"i": types.int64, "f": types.float64}
    if not dispatcher.overloads:
        dispatcher.compile(tuple(kinds[each] for each in arguments))
    (form,) = dispatcher.overloads.values()
    called: Callable[..., Any] = form.entry_point
    return called
