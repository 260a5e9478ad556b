"""Which strategy, which symbols: names that the user gave, looked up."""

import inspect
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from allause.discovery import printable
from allause.exceptions import UsageError, message_of
from allause.nearest import nearest
from allause.running.blame import place
from allause.strategies import Strategy

_FORM = "MODULE:CALLABLE, such as mymodule:decide for decide() in mymodule.py"


def load_strategy(name: str) -> Strategy:
    """Import ``MODULE:CALLABLE``, from the current directory or from what is installed.

    Raises:
        UsageError: it cannot be imported, or is no strategy.
    """
    shown = printable(name)
    module, _, attribute = name.partition(":")
    if not module or not attribute or module.startswith("."):
        raise UsageError(f"--strategy {shown!r}: expected {_FORM}")
    try:
        strategy: Any = _imported(module)
        for part in attribute.split("."):
            if not hasattr(strategy, part):
                raise UsageError(_lacking(shown, strategy, part))  # noqa: TRY301 - beside what it may raise
            strategy = getattr(strategy, part)
        if inspect.isclass(strategy):
            strategy = strategy()
    except UsageError:
        raise
    except (Exception, SystemExit) as error:
        if isinstance(error, ModuleNotFoundError) and f"{module}.".startswith(f"{error.name}."):
            raise UsageError(_nowhere(shown, str(error.name))) from error
        where = f" ({found})" if (found := place(error)) else ""
        raise UsageError(
            f"--strategy {shown} cannot be used: it raised {printable(message_of(error))}{where}; mend that"
        ) from error
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


def _nowhere(shown: str, module: str) -> str:
    here = Path.cwd()
    beside = (file.stem for file in here.glob("*.py") if file.is_file())
    close = nearest(module, beside)
    hint = f"did you mean {close}?" if close else f"write {_FORM}"
    return (
        f"--strategy {shown}: expected a module {module} in {printable(str(here))} or installed, found none; "
        f"{printable(hint)}"
    )


def _lacking(shown: str, owner: Any, name: str) -> str:
    home = getattr(owner, "__name__", type(owner).__name__)
    public = {each: getattr(owner, each, None) for each in dir(owner) if each[:1] != "_"}
    callables = [each for each, value in public.items() if callable(value)]
    own = [each for each in callables if getattr(public[each], "__module__", "") == home]
    close = nearest(name, callables, 0.5)
    hint = f"did you mean {close}?" if close else f"it has {', '.join(own) or 'no callable of its own'}"
    where = printable(str(getattr(owner, "__file__", None) or home))
    return f"--strategy {shown}: expected a callable {name} in {where}, found none of that name; {printable(hint)}"


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
