"""Which strategy, which symbols: names that the user gave, looked up."""

import inspect
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from allause.discovery import printable
from allause.exceptions import UsageError
from allause.nearest import nearest
from allause.strategies import Strategy


def load_strategy(name: str) -> Strategy:
    """Import ``MODULE:CALLABLE``, from the current directory or from what is installed.

    Raises:
        UsageError: it cannot be imported, or is no strategy.
    """
    shown = printable(name)
    module, _, attribute = name.partition(":")
    if not module or not attribute:
        raise UsageError(f"--strategy {shown!r}: expected MODULE:CALLABLE, such as mymodule:decide")
    try:
        strategy: Any = _imported(module)
        for part in attribute.split("."):
            strategy = getattr(strategy, part)
        if inspect.isclass(strategy):
            strategy = strategy()
    except (Exception, SystemExit) as error:
        text = printable(f"{type(error).__name__}: {error}")
        raise UsageError(f"--strategy {shown} cannot be used: {text}") from error
    _refuse_others(strategy, shown)
    return strategy  # type: ignore[no-any-return]  # _refuse_others has looked at all that can be seen of it


def choose_symbols(wanted: Sequence[str] | None, known: Sequence[str]) -> tuple[str, ...]:
    """Return the symbols to trade, each once.

    Raises:
        UsageError: one of them is not in the data.
    """
    if wanted is None:
        return tuple(known)
    for symbol in wanted:
        if symbol not in known:
            close = nearest(symbol.upper(), known, 0.5)
            listed = ", ".join(known[:20]) + (", ..." if len(known) > 20 else "")  # noqa: PLR2004 - a line's worth
            hint = f"; did you mean {printable(close)}?" if close else f"; there are {printable(listed)}"
            raise UsageError(f"--symbols: the data has no symbol {printable(symbol)!r}{hint}")
    if not wanted:
        raise UsageError("--symbols names no symbol; expected names with commas between, such as AAPL,IBM")
    return tuple(dict.fromkeys(wanted))


def _imported(module: str) -> Any:
    """Import a module, the current directory first; afterwards that comes last, so that it hides nothing."""
    here = str(Path.cwd())
    sys.path.insert(0, here)
    try:
        return import_module(module)
    finally:
        sys.path.remove(here)
        if here not in sys.path:
            sys.path.append(here)


def _refuse_others(strategy: Any, shown: str) -> None:
    if not callable(strategy):
        raise UsageError(f"--strategy {shown}: expected a callable, found {type(strategy).__name__}")
    call = strategy if inspect.isroutine(strategy) else getattr(strategy, "__call__", strategy)  # noqa: B004 - wanted
    if inspect.iscoroutinefunction(call) or inspect.isasyncgenfunction(call):
        raise UsageError(f"--strategy {shown} is asynchronous; expected a plain def")
    try:
        inspect.signature(strategy).bind(None, None)
    except TypeError as error:
        raise UsageError(f"--strategy {shown}: expected to be called as (event, portfolio): {error}") from None
    except ValueError:  # a builtin without a signature: the first call will tell
        return
