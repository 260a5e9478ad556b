"""What differs between kinds of component, as data."""

import inspect
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from functools import cache
from random import Random
from typing import Any, Protocol

import attrs

from allause import models
from allause.hookspecs import StandardSpec

#: The five questions of the standard API.
QUESTIONS = (
    "get_component_info",
    "get_performance_stats",
    "test_functionality",
    "get_optimization_metrics",
    "validate_component",
)


@attrs.frozen(kw_only=True, eq=False, repr=False)
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
        """Call ``method``; with ``consume``, take at most so many items of the iterable it returns.

        ``fed`` is no argument: what the method returns is fed with each of these, and the answers of its ``feed`` and
        at last of its ``finish`` are heard.
        """
        ...


#: A method and its arguments.
Question = tuple[str, Mapping[str, Any]]


def asked(ask: Ask, *questions: Question) -> Sequence[Heard]:
    """Put questions none of which depends on the answer to another; together, where they can be taken so."""
    together: Callable[[Sequence[Question]], Sequence[Heard]] | None = getattr(ask, "together", None)
    return together(questions) if together else [ask(method, **arguments) for method, arguments in questions]


class Topic(StrEnum):
    """Name what a wrong answer was wrong in."""

    OUTPUT = "output"
    INVALID_INPUT = "invalid_input"
    ERROR = "error"
    CONSERVATION = "conservation"
    HINDSIGHT = "hindsight"


@attrs.frozen(kw_only=True)
class Problem:
    """State that an answer was wrong.

    Attributes:
        call: the literal call.
        expected: what the contract demands.
        found: what came.
        topic: see ``Topic``.
    """

    call: str
    expected: str
    found: str
    topic: Topic = Topic.OUTPUT


def refusal(call: str, heard: Heard, error: str, why: str) -> Iterator[Problem]:
    """Yield a problem when invalid input was not refused with the exception that the contract names.

    :param error: class of that exception, without its module.
    :param why: what is invalid.
    """
    if heard.error == error:
        return
    found = f"{heard.error}: {heard.message:.120}" if heard.error else f"the answer {heard.value!r:.120}"
    topic = Topic.ERROR if heard.error else Topic.INVALID_INPUT
    yield Problem(call=call, expected=f"{error}: {why}", found=found, topic=topic)


Interview = Callable[[Ask, Random], Iterator[Problem]]


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Kind:
    """Describe one kind of component.

    Attributes:
        name: such as ``execution``.
        class_name: the name of the seed system's class, for documentation and hints.
        spec: the class that holds the kind's hookspecs.
        main_method: the operation that the kind is about.
        provider: the distribution of ours that offers one.
        interview: asks a default-constructed component questions made from a random source and yields a
            problem for each wrong answer.
        work: puts a few cheap calls of the kind's own methods to a component and returns how many.
        trades: whether it places orders, and so is handed a venue session.
        load: draws arguments of the main method with so many items in them; None when its input has no size.
        budget: most yardsticks that a typical call of ``work`` may take, the median of many; 0 for no bound.
        claiming: a method that takes the arguments of ``load`` and answers a ThroughputReport; empty for none.
        fed: the recordings that its ``path`` may name, by their schema in ``allause.kinds.dirt``; empty for none.
        background: the method that begins work in the background and the one that ends it; empty for none.
        volatile: methods, and fields of answers, that are measured or stamped and so differ between equal runs.
    """

    name: str
    class_name: str
    spec: type
    main_method: str
    provider: str
    interview: Interview
    work: Callable[[Ask, Random], int]
    load: Callable[[int, Random], Mapping[str, Any]] | None = None
    budget: float = 0.0
    claiming: str = ""
    trades: bool = False
    fed: tuple[str, ...] = ()
    background: tuple[str, ...] = ()
    volatile: frozenset[str] = frozenset()

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

    @property
    def readers(self) -> tuple[str, ...]:
        """Return the kind's methods that only tell: ``get_...`` without required parameters."""
        return tuple(name for name in self.own_methods if name.startswith("get_") and not self.required(name))

    def signature(self, method: str) -> Mapping[str, inspect.Parameter]:
        """Return the parameters of a method by name, in order, without ``self``."""
        return _parameters(getattr(self.home(method), method))

    def home(self, method: str) -> type:
        """Return the class that holds the hookspec of a method."""
        return self.spec if method in self.own_methods else StandardSpec

    def answer(self, method: str) -> Any:
        """Return the annotation of what one of the kind's own methods returns."""
        return _answer(getattr(self.spec, method))

    def raises(self, method: str) -> tuple[str, ...]:
        """Return the exceptions that the hookspec of a method names, without their modules."""
        return tuple(re.findall(r":raises (?:\w+\.)*(\w+):", getattr(self.home(method), method).__doc__ or ""))

    def required(self, method: str) -> tuple[str, ...]:
        """Return the parameters that the host passes in every call."""
        return tuple(n for n, p in self.signature(method).items() if not _optional(p))


@cache
def _answer(function: Callable[..., Any]) -> Any:
    names = {name: getattr(models, name) for name in models.__all__}
    return inspect.signature(function, locals=names, eval_str=True).return_annotation


@cache
def _parameters(function: Callable[..., Any]) -> Mapping[str, inspect.Parameter]:
    parameters = inspect.signature(function).parameters
    return {name: parameter for name, parameter in parameters.items() if name != "self"}


@cache
def _functions(spec: type) -> tuple[str, ...]:
    return tuple(name for name, value in vars(spec).items() if inspect.isfunction(value))


def _optional(parameter: inspect.Parameter) -> bool:
    return str(parameter.annotation).endswith("| None")  # hookspecs keep their annotations as text
