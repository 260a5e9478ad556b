"""One question put to a component in its child, and what the host saw of the answer."""

import re
from collections.abc import Mapping
from typing import Any

import attrs

from allause.isolation import Answer, Outcome

#: A method, its arguments, and how many items of its answer are taken; None for all of it. Those of ``start`` are the
#: seed and the folder of the context.
Call = tuple[str, Mapping[str, Any], int | None]
#: What a tagged value was, where the tag does not carry the name of its type.
_TAGGED = {
    "$tuple": "tuple", "$mapping": "dict", "$table": "a table", "$decimal": "Decimal", "$float": "float",
    "$bytes": "bytes",
}  # fmt: skip # one vocabulary
_SHOWN = 60  # keeps a call on one line
_TOLD = 120  # the same of an answer
_QUOTES = ("'", '"')
_CLOSING = {"(": ")", "[": "]", "{": "}", "'": "'", '"': '"'}
_SINGLE = frozenset({str, int, float, bool, type(None)})


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Exchange:
    """Record one exchange.

    Attributes:
        call: the literal call, for people.
        method: the method called, or ``import``, ``construct``, ``leave``.
        arguments: what was passed.
        outcome: see ``Outcome``.
        value: the answer as plain Python; None unless it returned.
        plain: the answer as it crossed, tags included.
        error: class of what was raised, without its module.
        message: its text, or how the child ended.
        frames: file and line of every call through which it was raised, the innermost last; empty when unknown.
        declared_async: whether the method is a coroutine function.
        awaitable: whether calling it gave an awaitable.
        mutated: whether the arguments were found changed after the call; looked at only when asked for.
        seconds: on the host's clock.
        pause_s: how long it kept the event loop from anything else, when it was called inside a running one.
    """

    call: str
    method: str
    outcome: Outcome
    arguments: Mapping[str, Any] = attrs.field(factory=dict, repr=False)
    value: Any = None
    plain: Any = None
    error: str = ""
    message: str = ""
    frames: tuple[tuple[str, int], ...] = ()
    declared_async: bool = False
    awaitable: bool = False
    mutated: bool = False
    seconds: float = 0.0
    pause_s: float = 0.0

    @property
    def frame(self) -> str:
        """Return ``file:line`` where it was raised; empty when unknown."""
        return f"{self.frames[-1][0].rpartition('/')[2]}:{self.frames[-1][1]}" if self.frames else ""

    @property
    def returned(self) -> bool:
        """Tell whether it returned a value."""
        return self.outcome is Outcome.RETURNED

    @property
    def is_table(self) -> bool:
        """Tell whether it returned a table, which crosses as a mapping of columns."""
        return isinstance(self.plain, dict) and "$table" in self.plain

    @property
    def type_name(self) -> str:
        """Return the name of the type that was returned."""
        plain = self.plain
        tag = next((key for key in plain if key.startswith("$")), "") if isinstance(plain, dict) else ""
        if tag:
            return _TAGGED.get(tag) or str(plain[tag]).removeprefix("builtins.")
        return "None" if plain is None else type(plain).__name__

    @property
    def ended_badly(self) -> bool:
        """Tell whether there was no proper answer: the child died, hung or answered garbage."""
        return self.outcome not in {Outcome.RETURNED, Outcome.RAISED}

    @property
    def story(self) -> str:
        """Say in words what happened instead of a good answer."""
        if self.outcome is Outcome.RAISED:
            return f"raised {self.error}: {self.message}" + (f" at {self.frame}" if self.frame else "")
        if self.outcome is Outcome.RETURNED:
            return f"returned {type(self.value).__name__} {_cut(repr(self.value), _TOLD)}"
        return f"{self.outcome.value.replace('_', ' ')}: {self.message}"


def exchanged(call: str, method: str, answer: Answer, **options: Any) -> Exchange:
    """Return what ``answer`` says of the literal ``call``; ``options`` are further fields."""
    data = answer.data
    plain = data.get("value")
    failure = data.get("exception", {})
    frames = tuple((f["file"], f["line"]) for f in failure.get("frames", ()) if "/allause/isolation/" not in f["file"])
    return Exchange(
        call=call,
        method=method,
        outcome=answer.outcome,
        value=_listed(answer.value),
        plain=plain,
        error=failure.get("type", "").rpartition(".")[2],
        message=failure.get("message", "") or answer.reason,
        frames=frames,
        declared_async=data.get("declared_async", False),
        awaitable=data.get("awaitable", False),
        seconds=answer.seconds,
        pause_s=data.get("pause_s", 0.0),
        **options,
    )


def _listed(value: Any) -> Any:
    """Return ``value`` with lists for tuples, so that both forms of a sequence are judged alike."""
    kind = type(value)
    if kind is list or kind is tuple:
        return [each if type(each) in _SINGLE else _listed(each) for each in value]
    if kind is dict:
        return {key: each if type(each) in _SINGLE else _listed(each) for key, each in value.items()}
    return value


def literal(method: str, arguments: Mapping[str, Any]) -> str:
    """Return a call as it would be written."""
    named = (f"{name}={shown(value)}" for name, value in arguments.items())
    return f"{method}({'context' if method == 'start' else ', '.join(named)})"


def shown(value: Any) -> str:
    """Return a value as it stands in a literal call, cut where it is long."""
    if hasattr(value, "__arrow_c_stream__"):
        return f"<table of {value.num_rows} rows>"
    if type(value) in {list, tuple} and len(value) > _SHOWN:
        value = value[:_SHOWN]  # what is cut off below need not be written out
    text = re.sub(r"^Decimal\('(.*)'\)$", r"Decimal(\1)", repr(value))
    return _cut(text, _SHOWN)


def _cut(text: str, most: int) -> str:
    """Return what ``repr`` wrote with at most so many characters; what was opened is closed after the cut."""
    if len(text) <= most:
        return text
    place, closing = 0, ""
    for place, letter in enumerate(text):
        if place + 2 + len(closing) >= most:
            break
        if letter == closing[:1]:
            closing = closing[1:]
        elif closing[:1] not in _QUOTES:
            closing = _CLOSING.get(letter, "") + closing
    return f"{text[:place]}…{closing}"
