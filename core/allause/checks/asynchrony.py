"""Checks ASY: does every call give a value?"""

from collections.abc import Iterator
from pathlib import PurePath

from allause import isolation
from allause.checks.check import SEEN, Check, Finding, Tier
from allause.checks.contract import ANSWERABLE
from allause.evidence import Evidence, Exchange
from allause.kinds import QUESTIONS


def coroutine_returned(evidence: Evidence) -> Iterator[Finding]:
    """Awaitable where a value is specified.

    What: a question of the standard API is ``async def``, or a plain ``def`` returned an awaitable.
    Why: the caller holds a coroutine, which is true, has no fields and never runs.
    Fails: ``async def get_component_info(self)``
    Passes: ``def get_component_info(self)``; ``async def place_order(...)`` is fine, for it says so
    """
    for method in QUESTIONS:
        member = evidence.member(method)
        if member.is_async and member.found_as in {"function", "classmethod", "staticmethod"}:
            yield Finding(
                message=f"{method}() is async def; the standard API is synchronous and the call returns a coroutine",
                location=evidence.place(method),
                fix=f"write def {method}(self), and run what is asynchronous inside the component",
            )
    for exchange in _first_of_each(evidence):
        if exchange.awaitable and not exchange.declared_async and not evidence.member(exchange.method).is_async:
            asks = exchange.method in QUESTIONS
            yield Finding(
                message=f"{exchange.call} is a plain def and returned an awaitable; expected a value",
                location=evidence.place(exchange.method),
                fix="return the value itself"
                + ("" if asks else "; or declare it async def and await what it returned"),
            )


def value_not_awaitable(evidence: Evidence) -> Iterator[Finding]:
    """Plain value where an awaitable is declared.

    What: the method declares itself a coroutine function, and calling it gave a plain value.
    Why: awaiting it raises TypeError in the caller.
    Fails: a decorator that marks a plain function as a coroutine function
    Passes: ``async def``
    """
    for exchange in _first_of_each(evidence):
        if exchange.declared_async and exchange.returned and not exchange.awaitable:
            yield Finding(
                message=f"{exchange.call} declares itself async and returned a plain value; expected an awaitable",
                location=evidence.place(exchange.method),
                fix="declare it as what it is",
            )


def nested_awaitable(evidence: Evidence) -> Iterator[Finding]:
    """Awaitable inside a result.

    What: a list, mapping or record in an answer holds a coroutine or future.
    Why: nobody will await it.
    Fails: ``return {"fills": self._fetch_fills()}`` where that is async
    Passes: ``return {"fills": await self._fetch_fills()}``
    """
    for exchange in _first_of_each(evidence, nested=True):
        where = next(s for s in isolation.strangers(exchange.plain) if s.tag == "$awaitable")
        yield Finding(
            message=f"{exchange.call} returned a {where.text} at {where.path}; expected data",
            location=evidence.place(exchange.method),
            fix="await it before putting it into the result",
        )


def never_awaited(evidence: Evidence) -> Iterator[Finding]:
    """Coroutine that was made and never awaited.

    What: after all calls a forced garbage collection found coroutines that never ran. Where a self-test failed beside,
        ``BEH001`` tells of them.
    Why: work that the component believes done was never begun.
    Fails: ``self._publish(order)`` where ``_publish`` is async
    Passes: ``await self._publish(order)``
    """
    for name, file, line in dict.fromkeys(evidence.unawaited):
        method = name.rpartition(".")[2]
        member = evidence.member(method)
        own = method in evidence.kind.own_methods and member.is_async and line == member.line
        there = evidence.place(method) if own else evidence.within(file, line)
        yield Finding(
            message=f"never awaited: {name}" + ("" if there else f" ({PurePath(file).name}:{line})"),
            location=there or evidence.place(),
            fix="await it where it is called; what is a plain def and cannot, such as test_functionality(), and "
            f"{method}() can both call a plain method that does the work"
            if own
            else "await it, or run it on the component's own loop",
        )


def _first_of_each(evidence: Evidence, *, nested: bool = False) -> Iterator[Exchange]:
    seen: set[str] = set()
    for exchange in evidence.exchanges:
        if nested and not any(s.tag == "$awaitable" for s in isolation.strangers(exchange.plain)):
            continue
        if (nested or exchange.awaitable or exchange.declared_async) and exchange.method not in seen:
            seen.add(exchange.method)
            yield exchange


CHECKS: tuple[Check[Evidence], ...] = (
    Check(
        code="ASY001", slug="coroutine-returned", tier=Tier.BRONZE, how="A+X", function=coroutine_returned,
        needs=ANSWERABLE, waivable=False,
    ),
    Check(
        code="ASY002", slug="value-not-awaitable", tier=Tier.BRONZE, how="X", function=value_not_awaitable,
        needs=(*ANSWERABLE, "ASY001"), waivable=False,
    ),
    Check(
        code="ASY003", slug="nested-awaitable", tier=Tier.BRONZE, how="X", function=nested_awaitable,
        needs=(*ANSWERABLE, "ASY001", "ASY002", "TYP001"), waivable=False,
    ),
    Check(
        code="ASY004", slug="never-awaited", tier=Tier.SILVER, how="X", function=never_awaited,
        needs=(*ANSWERABLE, "ASY001", "ASY002", "ASY003", "BEH001"), complete_with=SEEN,
    ),
)  # fmt: skip # one row a check
