"""Checks TYP: are the answers to the five questions what the contract says?"""

from collections.abc import Iterator, Mapping

import cattrs

from allause.checks.check import Check, Finding, Tier
from allause.checks.contract import ANSWERABLE
from allause.evidence import Evidence, Exchange
from allause.isolation import strangers
from allause.models.component import (
    ComponentInfo,
    ComponentValidation,
    FunctionalityReport,
    OptimizationMetrics,
    PerformanceStats,
)

_RECORDS: Mapping[str, type] = {
    "get_component_info": ComponentInfo,
    "get_performance_stats": PerformanceStats,
    "test_functionality": FunctionalityReport,
    "get_optimization_metrics": OptimizationMetrics,
    "validate_component": ComponentValidation,
}


def _strict(value: object, shape: type) -> object:
    if type(value) is not shape and not (shape is float and type(value) is int):
        raise TypeError(f"expected {shape.__name__}, got {type(value).__name__}")
    return value


_CONVERTER = cattrs.Converter(detailed_validation=True, forbid_extra_keys=False)
for _shape in (bool, int, float, str):
    # cattrs would convert "1" to 1; the contract does not
    _CONVERTER.register_structure_hook(_shape, _strict)


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
                message=f"{exchange.call}: expected {_RECORDS[method].__name__}, it {exchange.story}",
                location=exchange.frame or evidence.place(method),
                fix=f"return a {_RECORDS[method].__name__} from allause.models",
            )


def schema_violation(evidence: Evidence) -> Iterator[Finding]:
    """Answer with a missing field or a field of the wrong type.

    What: the mapping does not fit the record of ``allause.models``; numbers in strings and bools are not numbers.
    Why: a reader of the answer would fail, later and elsewhere.
    Fails: ``{"operations": "12"}``
    Passes: ``PerformanceStats(operations=12, errors=0, busy_ns=34_000)``
    """
    for method, exchange in evidence.standard.items():
        try:
            _CONVERTER.structure(exchange.value, _RECORDS[method])
        except cattrs.BaseValidationError as error:
            problems = "; ".join(cattrs.transform_error(error, path="$"))
            yield Finding(
                message=f"{exchange.call}: {problems}",
                location=evidence.place(method),
                fix=f"give every field of {_RECORDS[method].__name__} the type its annotation says",
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


def _strangers(evidence: Evidence, tags: set[str]) -> Iterator[tuple[Exchange, str, str]]:
    for exchange in evidence.standard.values():
        for stranger in strangers(exchange.plain):
            if stranger.tag in tags:
                yield exchange, stranger.path, stranger.text


_ASKED = (*ANSWERABLE, "ASY001", "ASY002")
_READABLE = (*_ASKED, "TYP001")

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
)  # fmt: skip # one row a check
