"""What differs between kinds of component, as data."""

import inspect
from collections.abc import Callable, Iterator, Mapping
from random import Random
from typing import Any, Protocol

import attrs

from allause.hookspecs import StandardSpec


@attrs.frozen(kw_only=True)
class Heard:
    """Hold one answer of a component under examination.

    Attributes:
        value: what it returned as plain Python: records are mappings, tables are mappings of column to list,
            a stream is the list of what was taken from it. None when it raised.
        error: name of the exception class it raised, without its module; empty when it returned.
        message: text of that exception.
    """

    value: Any = None
    error: str = ""
    message: str = ""


class Ask(Protocol):
    """Stand for the host's way to put one question to a component in its child."""

    def __call__(self, method: str, /, *, consume: int | None = None, **arguments: Any) -> Heard:
        """Call ``method``; with ``consume``, take at most so many items of the iterable it returns."""
        ...


@attrs.frozen(kw_only=True)
class Problem:
    """State that an answer was wrong.

    Attributes:
        call: the literal call.
        expected: what the contract demands.
        found: what came.
    """

    call: str
    expected: str
    found: str


Interview = Callable[[Ask, Random], Iterator[Problem]]


@attrs.frozen(kw_only=True)
class Kind:
    """Describe one kind of component.

    Attributes:
        name: such as ``execution``.
        class_name: the name of the seed system's class, for documentation and hints.
        spec: the class that holds the kind's hookspecs.
        main_method: the operation that the kind is about.
        interview: asks a default-constructed component questions made from a random source and yields a
            problem for each wrong answer.
        work: puts a few cheap calls of the kind's own methods to a component and returns how many.
        trades: whether it places orders, and so is handed a venue session.
    """

    name: str
    class_name: str
    spec: type
    main_method: str
    interview: Interview
    work: Callable[[Ask, Random], int]
    trades: bool = False

    @property
    def group(self) -> str:
        """Return the entry point group."""
        return f"allause.{self.name}"

    @property
    def own_methods(self) -> tuple[str, ...]:
        """Return the kind's methods in the order of the hookspec file."""
        return _functions(self.spec)

    @property
    def methods(self) -> tuple[str, ...]:
        """Return every method a component of this kind must have, the standard API first."""
        return _functions(StandardSpec) + self.own_methods

    def signature(self, method: str) -> Mapping[str, inspect.Parameter]:
        """Return the parameters of a method by name, in order, without ``self``."""
        home = self.spec if method in self.own_methods else StandardSpec
        parameters = inspect.signature(getattr(home, method)).parameters
        return {name: parameter for name, parameter in parameters.items() if name != "self"}

    def required(self, method: str) -> tuple[str, ...]:
        """Return the parameters that the host passes in every call."""
        return tuple(n for n, p in self.signature(method).items() if not _optional(p))


def _functions(spec: type) -> tuple[str, ...]:
    return tuple(name for name, value in vars(spec).items() if inspect.isfunction(value))


def _optional(parameter: inspect.Parameter) -> bool:
    return type(None) in getattr(parameter.annotation, "__args__", ())
