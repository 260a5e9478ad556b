"""Checks TYP: are the answers to the five questions what the contract says?"""

from collections.abc import Iterator, Mapping

from allause import isolation, models
from allause.checks.annotations import Mismatch, Sort, mismatches
from allause.checks.check import Check, Finding, Tier
from allause.checks.contract import ANSWERABLE
from allause.checks.times import DAY_NS, bad_times
from allause.evidence import Evidence, Exchange

_TOLD = 3
_RECORDS: Mapping[str, str] = {
    "get_component_info": "ComponentInfo",
    "get_performance_stats": "PerformanceStats",
    "test_functionality": "FunctionalityReport",
    "get_optimization_metrics": "OptimizationMetrics",
    "validate_component": "ComponentValidation",
}


def wrong_return_type(evidence: Evidence) -> Iterator[Finding]:
    """Question of the standard API without a record as answer.

    What: the method raised, did not answer, or returned something that is neither the record nor a mapping.
    Why: nothing the component says of itself can then be read.
    Fails: ``return "ok"``
    Passes: ``return ComponentInfo(...)`` or a dict of the same shape
    """
    for method, exchange in evidence.standard.items():
        if not (exchange.returned and isinstance(exchange.value, Mapping)):
            yield Finding(
                message=f"{exchange.call}: expected {_RECORDS[method]}, it {exchange.story}",
                location=evidence.raised_at(exchange, method),
                fix=f"{'mend what raised there, and ' if exchange.error else ''}return {_RECORDS[method]} from "
                "allause.models",
            )


def schema_violation(evidence: Evidence) -> Iterator[Finding]:
    """Answer with a missing field or a field of the wrong type.

    What: the mapping does not fit the record of ``allause.models``. Numbers in disguise are TYP007.
    Why: a reader of the answer would fail, later and elsewhere.
    Fails: ``{"operations": 12}`` without ``errors`` and ``busy_ns``
    Passes: ``PerformanceStats(operations=12, errors=0, busy_ns=34_000)``
    """
    for method, exchange in evidence.standard.items():
        found = [m for m in mismatches(exchange.value, _record(method)) if m.sort is not Sort.DISGUISED]
        if found:
            yield _wrong(
                evidence,
                exchange,
                found,
                f"return {_RECORDS[method]} from allause.models, or a dict of its fields, each of the type it says",
            )


def not_serialisable(evidence: Evidence) -> Iterator[Finding]:
    """Answer that holds something that is not data.

    What: an object, an iterator or a class instance stands where plain data belongs.
    Why: it cannot be written to a report or sent anywhere.
    Fails: ``details={"lock": threading.Lock()}``
    Passes: ``details={"lock_waits": 3.0}``
    """
    for exchange, path, text in _strangers(evidence, {"$object", "$iterator"}):
        yield Finding(
            message=f"{exchange.call}: {text} at {path}; expected plain data",
            location=evidence.place(exchange.method),
            fix="return numbers, text, lists and mappings only",
        )


def non_finite(evidence: Evidence) -> Iterator[Finding]:
    """Answer with NaN or an infinity.

    What: a float in an answer of the standard API is not finite.
    Why: it is no JSON, and every comparison with it is false, so alerts stay silent.
    Fails: ``details={"mean_latency_ns": float("nan")}``
    Passes: leaving the figure out until there is one
    """
    for exchange, path, text in _strangers(evidence, {"$float"}):
        yield Finding(
            message=f"{exchange.call}: {text} at {path}; expected a finite number",
            location=evidence.place(exchange.method),
            fix="leave the figure out while it is undefined",
        )


def lossy_round_trip(evidence: Evidence) -> Iterator[Finding]:
    """Answer that changes when it is written as JSON and read back.

    What: a mapping has keys that are no text.
    Why: JSON turns 1 into "1", and two keys may collide.
    Fails: ``details={1: 0.5}``
    Passes: ``details={"level_1": 0.5}``
    """
    for exchange, path, text in _strangers(evidence, {"$mapping"}):
        yield Finding(
            message=f"{exchange.call}: keys {text} at {path}; expected text keys, which do not begin with '$'",
            location=evidence.place(exchange.method),
            fix="use text as keys",
        )


def bad_timestamp(evidence: Evidence) -> Iterator[Finding]:
    """Time that is not nanoseconds UTC.

    What: a field ``ts``, ``ts_...`` or ``since`` holds no integer, an integer too small for nanoseconds, a time
        more than a day ahead of the host's clock, or one before the time it follows (``ts_init`` after ``ts_event``
        is right). 0 stands for unknown.
    Why: records of two components can then not be put in order.
    Fails: ``ts_init=int(time.time())``
    Passes: ``ts_init=context.clock.now_ns()``
    """
    told = {exchange.method: found for exchange, found in _of_kind(evidence, Sort.TIMESTAMP)}
    for exchange in _answered(evidence):
        problem = next(bad_times(exchange.value, "$", evidence.gathered_ns + DAY_NS), None)
        if found := told.pop(exchange.method, None):
            yield _wrong(evidence, exchange, found, "give integer nanoseconds since 1970 UTC")
        elif problem is not None:
            yield Finding(
                message=f"{exchange.call}: {problem}",
                location=evidence.place(exchange.method),
                fix="take times from context.clock.now_ns()",
            )


def disguised_number(evidence: Evidence) -> Iterator[Finding]:
    """Bool or text where a number belongs.

    What: a field that the contract annotates as a number holds True, False or digits in a string.
    Why: "9" is greater than "10", and True plus True is 2.
    Fails: ``{"operations": "12"}``
    Passes: ``{"operations": 12}``
    """
    for exchange in evidence.standard.values():
        found = [m for m in mismatches(exchange.value, _record(exchange.method)) if m.sort is Sort.DISGUISED]
        if found:
            yield _wrong(evidence, exchange, found, "give the number itself")
    for exchange, found in _of_kind(evidence, Sort.DISGUISED):
        yield _wrong(evidence, exchange, found, "give the number itself")


def inexact_money(evidence: Evidence) -> Iterator[Finding]:
    """Binary float where the contract says Decimal.

    What: a price, quantity or amount in an answer of the kind's own methods is a float.
    Why: 0.1 + 0.2 is not 0.3, and a position of 1e-17 shares never closes.
    Fails: ``filled_qty=float(filled)``
    Passes: ``filled_qty=Decimal("0.3")``
    """
    for exchange, found in _of_kind(evidence, Sort.INEXACT):
        yield _wrong(evidence, exchange, found, "keep it a Decimal from the order to the answer")


def annotation_disagrees(evidence: Evidence) -> Iterator[Finding]:
    """Answer that its annotation in the contract does not describe.

    What: an answer of one of the kind's own methods lacks a field, or holds a value of another type than the
        hookspec and its records say. Times, numbers in disguise and inexact money have checks of their own.
    Why: a caller was type-checked against the contract and fails at run time.
    Fails: ``unit=None`` where the record says ``str``
    Passes: ``unit="ratio"``
    """
    for exchange, found in _of_kind(evidence, Sort.OTHER):
        yield _wrong(evidence, exchange, found, "answer what the hookspec says; see allause.models")


def _record(method: str) -> type:
    record: type = getattr(models, _RECORDS[method])
    return record


def _answered(evidence: Evidence) -> Iterator[Exchange]:
    """Yield the answers of the kind's own methods in the interview with fixed input."""
    yield from (e for e in evidence.golden.exchanges if e.method in evidence.kind.own_methods and e.returned)


def _of_kind(evidence: Evidence, sort: Sort) -> Iterator[tuple[Exchange, list[Mismatch]]]:
    """Yield, once a method, an answer with its mismatches of one sort."""
    seen: set[str] = set()
    for exchange in _answered(evidence):
        found = [m for m in mismatches(exchange.value, evidence.kind.answer(exchange.method)) if m.sort is sort]
        if found and exchange.method not in seen:
            seen.add(exchange.method)
            yield exchange, found


def _wrong(evidence: Evidence, exchange: Exchange, found: list[Mismatch], fix: str) -> Finding:
    places = ["" if m.path == "$" else f" at {m.path}" for m in found[:_TOLD]]
    told = [f"{m.found}{place}, expected {m.expected}" for m, place in zip(found, places, strict=False)]
    more = f"; and {len(found) - _TOLD} more" if len(found) > _TOLD else ""
    return Finding(
        message=f"{exchange.call}: {'; '.join(told)}{more}", location=evidence.place(exchange.method), fix=fix
    )


def _strangers(evidence: Evidence, tags: set[str]) -> Iterator[tuple[Exchange, str, str]]:
    for exchange in evidence.standard.values():
        for stranger in isolation.strangers(exchange.plain):
            if stranger.tag in tags:
                yield exchange, stranger.path, stranger.text


_ASKED = (*ANSWERABLE, "ASY001", "ASY002")
_READABLE = (*_ASKED, "TYP001")
_RIGHT = (*_READABLE, "TYP002", "BEH004")

CHECKS: tuple[Check[Evidence], ...] = (
    Check(
        code="TYP001", slug="wrong-return-type", tier=Tier.BRONZE, how="X", function=wrong_return_type,
        needs=_ASKED, waivable=False,
    ),
    Check(
        code="TYP002", slug="schema-violation", tier=Tier.BRONZE, how="X", function=schema_violation,
        needs=(*_READABLE, "TYP003", "TYP005", "ASY003"), waivable=False,
    ),
    Check(
        code="TYP003", slug="not-serialisable", tier=Tier.BRONZE, how="X", function=not_serialisable,
        needs=_READABLE,
    ),
    Check(
        code="TYP004", slug="non-finite", tier=Tier.BRONZE, how="X", function=non_finite,
        needs=_READABLE,
    ),
    Check(
        code="TYP005", slug="lossy-round-trip", tier=Tier.SILVER, how="X", function=lossy_round_trip,
        needs=_READABLE,
    ),
    Check(
        code="TYP006", slug="bad-timestamp", tier=Tier.SILVER, how="X", function=bad_timestamp, needs=_RIGHT,
    ),
    Check(
        code="TYP007", slug="disguised-number", tier=Tier.SILVER, how="X", function=disguised_number, needs=_RIGHT,
    ),
    Check(
        code="TYP008", slug="inexact-money", tier=Tier.SILVER, how="X", function=inexact_money, needs=_RIGHT,
    ),
    Check(
        code="TYP009", slug="annotation-disagrees", tier=Tier.GOLD, how="X", function=annotation_disagrees,
        needs=_RIGHT,
    ),
)  # fmt: skip # one row a check
