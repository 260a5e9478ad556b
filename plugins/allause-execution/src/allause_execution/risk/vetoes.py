"""Refusals that others add: a pluggy hook, resolved once when the engine is opened."""

from collections.abc import Callable, Iterable
from importlib.metadata import EntryPoint
from typing import Any

import attrs
import pluggy

from allause.discovery import printable
from allause.exceptions import ConfigurationError, OrderDeniedError
from allause.hookspecs import hookspec
from allause.models.orders import OrderIntent, Position
from allause_execution.orders.intents import shown

_PROJECT = "allause"
_LONGEST = 500


class VetoSpec:
    """Declare what a veto may answer."""

    @hookspec
    def order_veto(self, intent: OrderIntent, position: Position) -> str | None:
        """Say why an order may not leave, or return None to let it pass to the next limit.

        It is asked before the limits of the engine, which hold whatever it answers, about every order and every
        replacement. One that raises, or answers anything but a text that is not empty or None, denies.

        :param intent: a copy of what is asked; of a replacement the order as it would be.
        :param position: of its symbol, now.
        """
        raise NotImplementedError


Veto = Callable[[OrderIntent, Position], None]


def load_vetoes(names: Iterable[str]) -> tuple[Veto, ...]:
    """Import ``module:object`` each and return their hooks, bound; an object is a module, class instance or class.

    Raises:
        ConfigurationError: a name cannot be imported, or has no ``order_veto`` marked with ``allause.hookimpl``.
    """
    manager = pluggy.PluginManager(_PROJECT)
    manager.add_hookspecs(VetoSpec)
    for name in names:
        if manager.has_plugin(name):
            raise _unusable(name, "is named twice; leave one out")
        if EntryPoint.pattern.fullmatch(name) is None:
            raise _unusable(name, "is no name of an object; expected module:object")
        try:
            found = EntryPoint(name=name, value=name, group="").load()
            manager.register(found() if isinstance(found, type) else found, name=name)
        except (Exception, SystemExit) as error:  # a stranger's module may end the process that imports it
            why = shown(error, _LONGEST) if isinstance(error, SystemExit) else " ".join(str(error).split())
            raise _unusable(name, f"cannot be used: {printable(why, _LONGEST)}; expected module:object") from error
        if all(implementation.plugin_name != name for implementation in manager.hook.order_veto.get_hookimpls()):
            raise _unusable(name, "has no order_veto marked with allause.hookimpl")
    implementations = manager.hook.order_veto.get_hookimpls()
    return tuple(_bind(i.plugin_name, i.function, i.argnames) for i in implementations)


def _unusable(name: str, why: str) -> ConfigurationError:
    return ConfigurationError(f"vetoes: {shown(name)} {why}", f"vetoes.{name}")


def _bind(name: str, function: Callable[..., Any], wanted: tuple[str, ...]) -> Veto:
    def ask(intent: OrderIntent, position: Position) -> None:
        # A copy: frozen records can be changed by force, and what the limits judge must be what leaves.
        given = {"intent": attrs.evolve(intent), "position": position}
        try:
            answer = function(*(given[argument] for argument in wanted))
        except Exception as error:
            raise _vetoed(name, intent, f"it raised {shown(error, _LONGEST)}") from error
        if answer is None:
            return
        text = str.__str__(answer) if isinstance(answer, str) else ""  # not as a subclass of it shows itself
        raise _vetoed(name, intent, text or f"it answered {shown(answer)}, expected a text or None")

    return ask


def _vetoed(name: str, intent: OrderIntent, text: str) -> OrderDeniedError:
    return OrderDeniedError(
        f"order {intent.client_order_id} denied by the veto {name}: {printable(text, _LONGEST)}", "veto"
    )
