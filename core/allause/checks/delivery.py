"""Checks CON, continued: does what the host passes reach the method, and is the method what it seems?"""

import re
from collections.abc import Iterator

from allause.checks.check import Check, Finding, Tier
from allause.checks.contract import REACHED
from allause.evidence import Evidence

_UNBOUND = re.compile(r"\(\) (got an unexpected keyword|got some positional-only|missing \d+ required|takes )")
_METHODS = {"function", "staticmethod", "classmethod"}


def argument_not_delivered(evidence: Evidence) -> Iterator[Finding]:
    """Parameter of the contract that only ``**options`` takes.

    What: the method has no parameter of that name and takes it in its ``**`` parameter. Further parameters with a
        default are the author's own business and are not judged.
    Why: pluggy hands a hook what its signature names, and never fills ``**``: in a broadcast the value is lost.
    Fails: ``def start(self, **options)``
    Passes: ``def start(self, context, **options)``
    """
    for name in evidence.kind.methods:
        member = evidence.member(name)
        if member.found_as not in _METHODS:
            continue
        kinds = {parameter: kind for parameter, kind, _ in member.parameters}
        swallow = next((parameter for parameter, kind in kinds.items() if kind == "var_keyword"), None)
        lost = [p for p in evidence.kind.signature(name) if kinds.get(p, "var_keyword").startswith("var_")]
        if swallow and lost:
            yield Finding(
                message=f"{name}() takes {', '.join(lost)} only in **{swallow}; pluggy never fills that",
                location=evidence.place(name),
                fix=f"name {', '.join(lost)} in the signature",
            )


def dynamic_attribute(evidence: Evidence) -> Iterator[Finding]:
    """Required method that only ``__getattr__`` finds.

    What: the class does not have the method; looking it up on an instance calls ``__getattr__`` or
        ``__getattribute__``. It is needed for bronze: a method that is not there cannot be examined.
    Why: such a class seems to have every method, misspelt ones included, and pluggy registers none of them.
    Fails: ``def __getattr__(self, name): return getattr(self._engine, name)``
    Passes: the methods of the contract written out, each calling ``self._engine``
    """
    for name in evidence.kind.methods:
        if evidence.member(name).found_as == "dynamic" and name not in evidence.source.strays:
            yield Finding(
                message=f"{evidence.record.attribute} has no method {name}(); only __getattr__ would answer for it",
                location=evidence.place(),
                fix=f"write def {name} on the class, and let it call what __getattr__ would have found",
            )


def signature_lies(evidence: Evidence) -> Iterator[Finding]:
    """Method whose signature says one thing and whose call another.

    What: the host's call fits the signature, and calling raised TypeError before any line of the method ran.
    Why: tools, hosts and readers believe the signature.
    Fails: a decorator that sets ``__signature__`` to the contract's and passes the call on unchanged
    Passes: ``functools.wraps`` around a function that takes the same arguments
    """
    seen: set[str] = set()
    for exchange in evidence.exchanges:
        unbound = exchange.error == "TypeError" and not exchange.frame and _UNBOUND.search(exchange.message)
        if unbound and exchange.method not in seen:
            seen.add(exchange.method)
            shown = ", ".join(parameter for parameter, _, _ in evidence.member(exchange.method).parameters)
            yield Finding(
                message=f"{exchange.call}: the signature ({shown}) admits the call, and it raised TypeError: "
                f"{exchange.message}",
                location=evidence.place(exchange.method),
                fix="let the method take what its signature shows; remove __signature__ and a false __wrapped__",
            )


CHECKS: tuple[Check[Evidence], ...] = (
    Check(
        code="CON006", slug="argument-not-delivered", tier=Tier.BRONZE, how="A+X", function=argument_not_delivered,
        needs=(*REACHED, "CON004", "CON005"),
    ),
    Check(
        code="CON009", slug="dynamic-attribute", tier=Tier.BRONZE, how="A+X", function=dynamic_attribute,
        needs=REACHED,
    ),
    Check(
        code="CON010", slug="signature-lies", tier=Tier.BRONZE, how="X", function=signature_lies,
        needs=(*REACHED, "CON001", "CON004", "CON005", "CON006", "CON007", "CON008"),
    ),
)  # fmt: skip # one row a check
