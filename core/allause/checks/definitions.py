"""Checks CON, continued: what the source of the class says of its methods."""

import ast
from collections.abc import Iterator

from allause.checks.check import Check, Finding, Tier
from allause.checks.contract import REACHED
from allause.evidence import Evidence, Function

_LIFECYCLE = {"start", "close"}
_HARMLESS = {"hookimpl", "staticmethod", "classmethod", "property", "cached_property", "override", "final"}


def duplicate_definition(evidence: Evidence) -> Iterator[Finding]:
    """Method defined twice in one class.

    What: one class body of the distribution holds two functions of one name. Setters, overloads and functions under
        any other decorator, which may register them, are not judged; neither are definitions in an ``if``.
    Why: the first is dead, and whoever mends it mends nothing.
    Fails: two ``def get_order`` in one class, from a merge
    Passes: one; ``@property`` and ``@total.setter``
    """
    for module in filter(lambda each: each.text.may_define_twice(), evidence.package.modules.values()):
        for owner in module.of(ast.ClassDef):
            first: dict[str, Function] = {}
            for node in owner.body:
                if not isinstance(node, Function) or not _plain(node):
                    continue
                if node.name in first:
                    yield Finding(
                        message=f"{owner.name}.{node.name} is defined at line {first[node.name].lineno} and again at "
                        f"line {node.lineno}; the second takes the place of the first",
                        location=module.place(node, f"{owner.name}.{node.name}"),
                        fix="keep one of them",
                    )
                first[node.name] = node


def stub_body(evidence: Evidence) -> Iterator[Finding]:
    """Method of the contract that has no body.

    What: the body is ``pass``, ``...``, a docstring alone, or raises NotImplementedError. ``start`` and ``close``
        may have nothing to do; they may not raise.
    Why: the class has every method, and does nothing.
    Fails: ``def get_optimization_metrics(self): raise NotImplementedError``
    Passes: ``def close(self): pass``
    """
    methods = evidence.package.methods()
    for name in evidence.kind.methods:
        definition = methods.get(name)
        body = _body(definition.node) if definition else ""
        if definition and body and not (name in _LIFECYCLE and body != "raise NotImplementedError"):
            yield Finding(
                message=f"the body of {name}() is {body}",
                location=definition.place,
                fix="write what the contract says of it: allause.hookspecs",
            )


def _plain(node: Function) -> bool:
    return {ast.unparse(decorator).rpartition(".")[2] for decorator in node.decorator_list} <= _HARMLESS


def _body(node: Function) -> str:
    """Return what a body without work is; empty when it does something."""
    words = [_statement(statement) for statement in node.body]
    if not all(words):
        return ""
    said = [word for word in words if word != "a docstring"]
    return said[-1] if said else words[0]


def _statement(node: ast.stmt) -> str:
    if isinstance(node, ast.Pass):
        return "pass"
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return "..." if node.value.value is Ellipsis else "a docstring" if isinstance(node.value.value, str) else ""
    if isinstance(node, ast.Raise) and node.exc is not None:
        raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
        if isinstance(raised, ast.Name) and raised.id == "NotImplementedError":
            return "raise NotImplementedError"
    return ""


CHECKS: tuple[Check[Evidence], ...] = (
    Check(
        code="CON011", slug="duplicate-definition", tier=Tier.SILVER, how="A", function=duplicate_definition,
        needs=REACHED,
    ),
    Check(code="CON013", slug="stub-body", tier=Tier.BRONZE, how="A", function=stub_body, needs=REACHED),
)  # fmt: skip # one row a check
