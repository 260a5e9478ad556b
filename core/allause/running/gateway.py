"""Answers of components on the hot path: contained, and looked at before they are believed."""

import inspect
from collections.abc import Callable
from typing import Any, TypeVar

from allause.component import Component
from allause.discovery import printable
from allause.exceptions import AllauseError, ComponentError, message_of

T = TypeVar("T")


def hot(component: Component, method: str) -> Callable[..., Any]:
    """Return a method resolved once, without a deadline; what it raises names the component.

    An ``async def`` goes through ``Component.call``, since only the host's loop can await it.
    """
    bound = component.bind(method)
    if inspect.iscoroutinefunction(bound):
        return lambda **arguments: component.call(method, **arguments)

    def contained(**arguments: Any) -> Any:
        try:
            value = bound(**arguments)
        except AllauseError:
            raise
        except (Exception, SystemExit, KeyboardInterrupt) as error:
            raise failed(component, method, error) from error
        if value is not None and inspect.isawaitable(value):
            raise _promised(component, method, value)
        return value

    return contained


def failed(component: Component, method: str, error: BaseException) -> ComponentError:
    """Return the error that says what a component raised."""
    return ComponentError(f"{component.id}: {method}() raised {printable(message_of(error))}", component.id, method)


def _promised(component: Component, method: str, value: Any) -> ComponentError:
    found = _kind_of(value)
    return ComponentError(
        f"{component.id}: {method}() is a plain def and returned a {found}; declare it async def, or return its value",
        component.id,
        method,
    )


def _kind_of(value: Any) -> str:
    if inspect.iscoroutine(value):
        value.close()  # nobody will await it, and Python would warn about that much later
    return printable(type(value).__name__)


def answer(component: Component, method: str, value: Any, expected: type[T]) -> T:
    """Return ``value`` when it is of the expected class.

    Raises:
        ComponentError: it is not.
    """
    if not isinstance(value, expected):
        raise ComponentError(
            f"{component.id}: {method}() returned {_kind_of(value)}; expected {expected.__name__}",
            component.id,
            method,
        )
    return value


def answers(component: Component, method: str, value: Any, expected: type[T]) -> tuple[T, ...]:
    """Return ``value`` as a tuple when it is one, or a list, of the expected class.

    Raises:
        ComponentError: it is not.
    """
    items = answer(component, method, tuple(value) if isinstance(value, list) else value, tuple)
    return tuple(answer(component, method, item, expected) for item in items)
