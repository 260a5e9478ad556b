"""Checks DOC: does the documentation say what the code does?"""

import ast
import re
from collections.abc import Iterator

from allause.checks.check import Check, Finding, Tier
from allause.checks.contract import REACHED
from allause.checks.packaging import READABLE
from allause.evidence import Evidence

_FIELD = re.compile(r"^\s*:param(?:eter)?\s+(?:[^:]*\s)?\*{0,2}(\w+)\s*:", re.MULTILINE)
_GOOGLE = re.compile(r"^([ \t]*)(?:Args|Arguments|Parameters):[ \t]*$", re.MULTILINE)
_NUMPY = re.compile(r"^([ \t]*)(?:Parameters|Other Parameters)[ \t]*\n\1-{3,}[ \t]*$", re.MULTILINE)
_GOOGLE_ENTRY = re.compile(r"\*{0,2}(\w+)\s*(?:\([^)]*\)\s*)?:(?:\s|$)")
_CODE = re.compile(r"^(```|~~~).*?^\1|`[^`\n]*`", re.MULTILINE | re.DOTALL)
_NUMBER = r"\d[\d,._]*(?:\s?[kKM])?"
_FIGURE = re.compile(
    rf"{_NUMBER}\+?\s*[a-z-]+\s*(?:/\s?s\b|/\s?sec|per second|a second)"
    rf"|\b(?:latency|p50|p95|p99|response time|round.?trip)\b[^.\n]{{0,40}}?{_NUMBER}\s?(?:ns|us|µs|ms|s)\b"
    rf"|{_NUMBER}\s?(?:ns|us|µs|ms)\b[^.\n]{{0,20}}?\b(?:latency|p50|p95|p99)\b"
    rf"|{_NUMBER}\s?(?:x|times)\s(?:as fast|faster|quicker)",
    re.IGNORECASE,
)
_CONDITION = re.compile(r"[<>≤≥]=?\s*[\d.,_]+[^\d<>≤≥]*$")  # "alerts below < 1000 events/s" claims nothing
_REPORTED = re.compile(r"\bplan_digest\b|\b(?:sha-?256[:\s]+)?[0-9a-f]{64}\b", re.IGNORECASE)
_NUMPY_ENTRY = re.compile(r"\*{0,2}(\w+)\s*(?::|$)")


def undocumented(evidence: Evidence) -> Iterator[Finding]:
    """Public name without a docstring.

    What: the component's class, or a public method of it that the contract does not describe, has no docstring.
        A docstring of a base class counts.
    Why: what goes beyond the contract is described nowhere else.
    Fails: ``def rebalance(self, weights):`` without a docstring
    Passes: one sentence under it
    """
    chain = evidence.package.chain()
    if chain and not any(ast.get_docstring(owner) for _, owner in chain):
        module, owner = chain[0]
        yield _missing(f"class {owner.name}", module.place(owner, owner.name))
    factory = evidence.package.factory()
    if factory is not None and not ast.get_docstring(factory.node):
        yield _missing(f"{factory.node.name}()", factory.place)
    described = {
        node.name
        for _, owner in chain
        for node in owner.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and ast.get_docstring(node)
    }
    for name, definition in evidence.package.methods().items():
        if not name.startswith("_") and name not in described and name not in evidence.kind.methods:
            yield _missing(f"{name}()", definition.place)


def doc_disagrees(evidence: Evidence) -> Iterator[Finding]:
    """Documented parameter that the method does not have.

    What: a docstring of the component's class describes a parameter (``:param x:``, ``Args:`` or numpy's
        ``Parameters``) that is not in the signature. A method with ``**options`` may describe these.
    Why: callers pass what the documentation names.
    Fails: ``:param symbol:`` on ``def get_order(self, order_id)``
    Passes: ``:param order_id:``
    """
    factory = evidence.package.factory()
    for definition in (*evidence.package.methods().values(), *([factory] if factory else [])):
        spec = definition.node.args
        arguments = (*spec.posonlyargs, *spec.args, *spec.kwonlyargs, *([spec.vararg] if spec.vararg else []))
        has = {argument.arg for argument in arguments}
        told = set() if spec.kwarg else _documented(ast.get_docstring(definition.node) or "")
        for name in sorted(told - has):
            yield Finding(
                message=f"the docstring of {definition.node.name}() describes {name!r}; its parameters are "
                f"{', '.join(argument.arg for argument in arguments) or 'none'}",
                location=definition.place,
                fix="describe the parameters that it has",
            )


def number_without_report(evidence: Evidence) -> Iterator[Finding]:
    """Performance figure in the description that no report stands behind.

    What: a line of the distribution's long description (its README, as PyPI shows it) states a time with a word for
        latency, a rate a second, or how many times faster something is, and the description names no report: neither
        the SHA-256 of one nor ``plan_digest``. Code is left out, and so is a number after ``<`` or ``>``, which is a
        limit. Asked only when certifying.
    Why: a figure without the conditions it was measured under is an advertisement.
    Fails: ``Handles 25,000 orders/s with a p99 latency of 1.2 ms.``
    Passes: the same with "report sha256:9f86d0…" beside it; ``timeout: 30 s``
    """
    text = _CODE.sub("", evidence.artefact.description)
    if _REPORTED.search(text):
        return
    for line in text.splitlines():
        claims = (match[0] for match in _FIGURE.finditer(line) if not _CONDITION.search(line[: match.end()]))
        if claim := next(claims, ""):
            yield Finding(
                message=f"the description states {claim!r} and names no report: {line.strip()!r:.120}",
                location=evidence.record.distribution,
                fix="name the SHA-256 of the report it was measured in, or leave the figure out",
            )


def _missing(what: str, place: str) -> Finding:
    return Finding(message=f"{what} has no docstring", location=place, fix="say in one sentence what it is for")


def _documented(text: str) -> set[str]:
    """Return the parameters that a docstring describes, in any of the three styles."""
    found = set(_FIELD.findall(text))
    for heading, entry, indented in ((_GOOGLE, _GOOGLE_ENTRY, True), (_NUMPY, _NUMPY_ENTRY, False)):
        for section in heading.finditer(text):
            lines = _entries(text[section.end() :], indented=indented)
            found |= {match[1] for line in lines if (match := entry.match(line))}
    return found


def _entries(text: str, *, indented: bool) -> Iterator[str]:
    """Yield the first line of each entry of a section; a section ends at a blank line or a line further left."""
    lines = text.strip("\n").splitlines()
    depth = len(lines[0]) - len(lines[0].lstrip()) if lines else 0
    if indented and depth == 0:
        return
    for line in lines:
        indent = len(line) - len(line.lstrip())
        if not line.strip() or indent < depth:
            return
        if indent == depth:
            yield line.strip()


CHECKS: tuple[Check[Evidence], ...] = (
    Check(
        code="DOC001", slug="undocumented", tier=Tier.GOLD, how="A", function=undocumented,
        needs=(*REACHED, "CON001", "CON002"),
    ),
    Check(code="DOC002", slug="doc-disagrees", tier=Tier.GOLD, how="A", function=doc_disagrees, needs=REACHED),
    Check(
        code="DOC003", slug="number-without-report", tier=Tier.PLATINUM, how="M", function=number_without_report,
        needs=(*READABLE, "DSC003"), certifying=True,
    ),
)  # fmt: skip # one row a check
