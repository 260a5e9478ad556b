"""Checks CON: does the class offer what its kind must, in the way the host calls it?"""

from collections.abc import Iterator, Mapping, Sequence

from allause.checks.check import Check, Finding, Tier
from allause.evidence import Evidence, Member
from allause.isolation import Outcome
from allause.nearest import nearest

_ABSENT = {"missing", "dynamic"}


def missing_method(evidence: Evidence) -> Iterator[Finding]:
    """Required method that the class does not have.

    What: a method of the contract is neither on the class nor on a base class, nor answered for by ``__getattr__``.
    Why: the first call in production would raise AttributeError.
    Fails: ``def get_perfomance_stats(self)``
    Passes: ``def get_performance_stats(self)``
    """
    for name in evidence.kind.methods:
        if evidence.member(name).found_as != "missing" or name in evidence.source.strays:
            continue
        others = [other for other in (evidence.live_members or evidence.source.members) if not other.startswith("_")]
        present = [o for o in others if evidence.member(o).found_as not in _ABSENT and o not in evidence.kind.methods]
        close = nearest(name, present, 0.7)
        hint = f"; it has {close}()" if close else ""
        spec = f"allause.hookspecs.{evidence.kind.home(name).__name__}.{name}"
        yield Finding(
            message=f"{evidence.record.attribute} has no method {name}(){hint}",
            location=evidence.place(close),
            fix=f"rename {close} to {name}"
            if close
            else f"add {_signature(evidence, name)} below @hookimpl; help({spec}) tells what it answers",
        )


def unknown_hook(evidence: Evidence) -> Iterator[Finding]:
    """Marked method that the contract does not know.

    What: a method carries ``@hookimpl`` and no hookspec of its kind has that name.
    Why: the host never calls it; usually it is a misspelt optional method.
    Fails: ``@hookimpl`` on ``def on_tick(self)``
    Passes: the same method without the marker
    """
    known = set(evidence.kind.methods)
    members = evidence.live_members or evidence.source.members
    for name, member in sorted(members.items()):
        if member.marked and name not in known:
            close = nearest(name, sorted(known))
            hint = f"; did you mean {close}?" if close else ""
            yield Finding(
                message=f"{name}() is marked as a hook implementation, and kind {evidence.kind.name} has no such "
                f"method{hint}",
                location=evidence.place(name),
                fix="take the marker away or correct the name",
            )


def unmarked_implementation(evidence: Evidence) -> Iterator[Finding]:
    """Method of the contract without the marker.

    What: the name matches a hookspec, and ``@hookimpl`` is missing.
    Why: pluggy does not see it, so broadcasts leave the component out.
    Fails: ``def close(self)``
    Passes: ``@hookimpl`` above it
    """
    for name in evidence.kind.methods:
        member = evidence.member(name)
        if member.marked is not False or member.found_as not in {"function", "classmethod", "staticmethod"}:
            continue
        message = f"{name}() is not marked with @hookimpl"
        fix = "from allause import hookimpl, and put @hookimpl above the method"
        if member.type:
            message += f": a decorator made an object of type {member.type} of it, which does not carry the mark"
            fix = (
                "put @hookimpl above that decorator, or let it copy the mark: functools.update_wrapper(self, function)"
            )
        yield Finding(message=message, location=evidence.place(name), fix=fix)


def signature_mismatch(evidence: Evidence) -> Iterator[Finding]:
    """Method that cannot be called as the host calls it.

    What: the host's call, with the required parameters alone and with all of them, does not fit the method.
    Why: the call would raise TypeError.
    Fails: ``def place_order(self, ticker, amount)``
    Passes: ``def place_order(self, symbol, quantity, order_type, side=None, ...)``
    """
    for name in evidence.kind.methods:
        member = evidence.member(name)
        if member.found_as in {"function", "classmethod", "staticmethod"}:
            problem = _cannot_take(member, evidence.kind.required(name), tuple(evidence.kind.signature(name)))
            if problem:
                yield Finding(
                    message=f"the host calls {_call(evidence, name)}; {problem}",
                    location=evidence.place(name),
                    fix=f"write {_signature(evidence, name)}",
                )


def parameter_kind(evidence: Evidence) -> Iterator[Finding]:
    """Parameter that cannot be passed by name.

    What: a parameter of the contract is positional-only in the method.
    Why: the host passes every argument by keyword.
    Fails: ``def get_market_data(self, symbols, /)``
    Passes: ``def get_market_data(self, symbols, start=None, end=None)``
    """
    for name in evidence.kind.methods:
        wanted = evidence.kind.signature(name)
        for parameter, kind, _ in evidence.member(name).parameters:
            if kind == "positional_only" and parameter in wanted:
                yield Finding(
                    message=f"{name}() takes {parameter!r} by position only; the host calls {_call(evidence, name)}",
                    location=evidence.place(name),
                    fix="take the '/' out of the signature",
                )


def not_callable(evidence: Evidence) -> Iterator[Finding]:
    """Attribute of the contract that is not a method.

    What: the name is a property or a value; or an object that can be called and that Python does not bind to the
        instance, as a decorator makes it that returns ``functools.partial`` or an instance of its own class.
    Why: calling it calls something else, or raises TypeError, for ``self`` is missing.
    Fails: ``@property`` above ``def get_performance_stats(self)``
    Passes: the same without ``@property``
    """
    for name in evidence.kind.methods:
        member = evidence.member(name)
        if member.found_as == "unbound":
            yield Finding(
                message=f"{evidence.record.attribute}.{name} is no function but {_called(member)}, which "
                "Python does not bind to the instance: a call reaches it without self",
                location=evidence.place(name),
                fix="let the decorator return a function, as with functools.wraps, or give its class a __get__",
            )
        if member.found_as in {"property", "value", "none", "other"}:
            yield Finding(
                message=f"{evidence.record.attribute}.{name} is {_called(member)}; expected a method",
                location=evidence.place(name),
                fix=f"make it {_signature(evidence, name)}",
            )


def cannot_construct(evidence: Evidence) -> Iterator[Finding]:
    """Class that cannot be constructed without arguments.

    What: ``Class()`` raised, hung or died in the child; or its ``__init__`` has a parameter without a default.
    Why: the host builds every component itself, from defaults or from its ``Config``.
    Fails: ``def __init__(self, api_key)``
    Passes: ``def __init__(self, config=None)``
    """
    constructing, written = evidence.constructing, evidence.source.constructor
    lacking = [name for name, kind, optional in written.parameters if not optional] if written else []
    if constructing is None and lacking:
        yield Finding(
            message=f"the host calls {evidence.record.attribute}(); __init__() needs {', '.join(lacking)}",
            location=evidence.place("__init__"),
            fix="let every constructor argument have a default; take settings from a Config class",
        )
    if constructing and constructing.outcome is not Outcome.RETURNED:
        yield Finding(
            message=f"{constructing.call} {constructing.story}",
            location=evidence.raised_at(constructing, "__init__"),
            fix="let every constructor argument have a default; take settings from a Config class",
        )


def unreachable_definition(evidence: Evidence) -> Iterator[Finding]:
    """Required method written in the file, but not on the class.

    What: a function of that name stands at module level, inside another function or under a main guard.
    Why: a search of the text finds it, and the class does not have it.
    Fails: the method indented under ``if __name__ == "__main__":``
    Passes: the method indented under ``class``
    """
    for name in evidence.kind.methods:
        line = evidence.source.strays.get(name)
        if line and evidence.member(name).found_as in _ABSENT:
            file = evidence.source.file.name if evidence.source.file else ""
            yield Finding(
                message=f"{name}() stands at line {line}, outside class {evidence.record.attribute}, which lacks it",
                location=f"{evidence.record.module} ({file}:{line})",
                fix="move the definition into the class body",
            )


def _cannot_take(member: Member, required: Sequence[str], every: Sequence[str]) -> str:
    """Say why a call by keyword would fail; empty when it would not."""
    names = {name for name, kind, _ in member.parameters if not kind.startswith("var_")}
    takes_any = any(kind == "var_keyword" for _, kind, _ in member.parameters)
    lacks = [name for name in every if name not in names and not takes_any]
    demands = [n for n, _, default in member.parameters if n in names and not default and n not in required]
    strange, optional = ([n for n in demands if (n in every) is known] for known in (False, True))
    parts = []
    if lacks:
        parts.append(f"it has no parameter {', '.join(lacks)}")
    if strange:
        parts.append(f"it demands {', '.join(strange)}, which the host never passes")
    if optional:
        parts.append(f"it demands {', '.join(optional)}, which the host does not always pass")
    return " and ".join(parts)


def _call(evidence: Evidence, name: str) -> str:
    return f"{name}({', '.join(f'{p}=...' for p in evidence.kind.signature(name))})"


def _called(member: Member) -> str:
    return f"an object of type {member.type}" if member.type else f"a {member.found_as}"


def _signature(evidence: Evidence, name: str) -> str:
    required = evidence.kind.required(name)
    parameters: Mapping[str, object] = evidence.kind.signature(name)
    shown = ["self", *(p if p in required else f"{p}=None" for p in parameters)]
    return f"def {name}({', '.join(shown)})"


#: What must have passed before an answer of a method says anything: the method is there and takes the host's call.
ANSWERABLE = (
    "CON001", "CON004", "CON005", "CON006", "CON007", "CON008", "CON009", "CON010", "CON012", "CON013",
)  # fmt: skip # in the order of their codes
#: What must have passed before there is a class to look at.
REACHED = ("DSC001", "DSC002", "DSC003", "DSC004", "DSC006", "DSC007", "DSC010")

CHECKS: tuple[Check[Evidence], ...] = (
    Check(
        code="CON001", slug="missing-method", tier=Tier.BRONZE, how="A+X", function=missing_method,
        needs=REACHED, waivable=False,
    ),
    Check(
        code="CON002", slug="unknown-hook", tier=Tier.BRONZE, how="A+X", function=unknown_hook,
        needs=(*REACHED, "CON001"),
    ),
    Check(
        code="CON003", slug="unmarked-implementation", tier=Tier.BRONZE, how="A", function=unmarked_implementation,
        needs=REACHED,
    ),
    Check(
        code="CON004", slug="signature-mismatch", tier=Tier.BRONZE, how="A+X", function=signature_mismatch,
        needs=REACHED, waivable=False,
    ),
    Check(code="CON005", slug="parameter-kind", tier=Tier.BRONZE, how="A+X", function=parameter_kind, needs=REACHED),
    Check(code="CON007", slug="not-callable", tier=Tier.BRONZE, how="A+X", function=not_callable, needs=REACHED),
    Check(
        code="CON008", slug="cannot-construct", tier=Tier.BRONZE, how="A+X", function=cannot_construct, needs=REACHED
    ),
    Check(
        code="CON012", slug="unreachable-definition", tier=Tier.BRONZE, how="A", function=unreachable_definition,
        needs=REACHED,
    ),
)  # fmt: skip # one row a check
