"""Checks SEC, continued: what the component reaches for, gives away and changes."""

import ast
from collections.abc import Iterator, Sequence

from allause.checks.behaviour import SOUND
from allause.checks.check import SEEN, Check, Finding, Tier
from allause.evidence import Evidence, Module, probes
from allause.evidence.names import full_name
from allause.evidence.text import phrases

_SHOWN = 5
#: Methods of a dictionary that change it.
_CHANGING = frozenset({"update", "pop", "popitem", "clear", "setdefault"})


def undeclared_network(evidence: Evidence) -> Iterator[Finding]:
    """Network that nobody was told of.

    What: the import, the construction from defaults or a call opened or used a socket, and ``capabilities`` does
        not name ``network``. Python's audit events tell; what native code does by itself is not seen.
    Why: prices, positions and keys leave through connections that nobody expects.
    Fails: ``requests.get("https://...")`` in a constructor
    Passes: data from a folder; ``capabilities=("network",)`` where it has to be
    """
    yield from _undeclared(evidence, "network", evidence.of(probes.Reach).network)


def undeclared_process(evidence: Evidence) -> Iterator[Finding]:
    """Other program that nobody was told of.

    What: a process was begun, and ``capabilities`` does not name ``process``.
    Why: what it does is outside of every limit and every record of the host.
    Fails: ``subprocess.run(["curl", url])``
    Passes: a library; ``capabilities=("process",)`` where it has to be
    """
    yield from _undeclared(evidence, "process", evidence.of(probes.Reach).processes)


def secret_leak(evidence: Evidence) -> Iterator[Finding]:
    """Secret that comes out again.

    What: a random word was put into environment variables named like keys and passwords and into such text fields
        of ``Config``; it was found in an answer, an exception, the log, the output or ``repr`` of the instance.
    Why: reports and logs are read, copied and kept by many.
    Fails: ``logger.debug("config %s", config)`` with a field ``api_key``
    Passes: ``api_key: str = attrs.field(default="", repr=False)``
    """
    for place in evidence.of(probes.Leaks).places:
        yield Finding(
            message=f"a secret planted in the environment and the configuration was found in {place}",
            location=evidence.place(),
            fix="keep secrets out of repr, log and answers: attrs.field(repr=False)",
        )


def patches_others(evidence: Evidence) -> Iterator[Finding]:
    """Code of others that the component has replaced.

    What: functions and classes of modules that were loaded before the component were others after its work, or had
        their code, their defaults or the module its kind set anew in their place, or a function or class of the
        component stood in a module that it had loaded, or in a class of that. Or an entry was another one or gone
        in a public dictionary of such a module, in the levels of logging, the dispatch of copy or the constants of
        json, or one was changed or added in the defaults of a function or in the encoder or decoder that json
        uses for all. A new entry in a registry, as ``codecs.register`` and ``copyreg.pickle`` make one, is what
        that is for. Settings and hooks of the process, such as ``sys.excepthook``, are judged by RES007. What is
        changed within any other object of theirs is not seen: lists, sets, private dictionaries, attributes of
        instances, the variables that a function encloses. The line is told where one is written that sets that
        name.
    Why: every other component runs on what it changed.
    Fails: ``json.dumps = orjson.dumps``
    Passes: the own function called by its own name
    """
    for name in evidence.of(probes.Reach).replaced:
        yield Finding(
            message=f"{name} is not what its owner made it",
            location=_written(evidence, name) or evidence.place(),
            fix="call your own function; change nothing in modules of others",
        )


def live_by_default(evidence: Evidence) -> Iterator[Finding]:
    """Component that can trade before anybody said so.

    What: the network was used by an instance built from defaults that was never started, declared or not.
    Why: who tries a component in a Python session must not find an order in the market.
    Fails: a broker's connection opened in the constructor
    Passes: paper trading until ``start`` hands over a venue session
    """
    if requests := evidence.of(probes.Reach).network:
        yield Finding(
            message=f"{evidence.record.attribute}(), never started: {_details(requests)}",
            location=_asking(evidence, requests) or evidence.place("__init__"),
            fix="connect in start(), to the venue session that the host gives",
        )


def _undeclared(evidence: Evidence, capability: str, requests: Sequence["probes.SystemRequest"]) -> Iterator[Finding]:
    declared = evidence.info("capabilities")
    if requests and not (isinstance(declared, list) and capability in declared):
        yield Finding(
            message=f"{_details(requests)}; the capability {capability!r} is not declared",
            location=_asking(evidence, requests) or evidence.place(),
            fix=f"do without, or declare capabilities=({capability!r},) in get_component_info",
        )


def _details(requests: Sequence["probes.SystemRequest"]) -> str:
    details = list(dict.fromkeys(request.detail for request in requests))
    more = f" and {len(details) - _SHOWN} more" if len(details) > _SHOWN else ""
    return ", ".join(details[:_SHOWN]) + more


def _asking(evidence: Evidence, requests: Sequence["probes.SystemRequest"]) -> str:
    """Return the innermost line of the component's own code that led to a request; empty when none did."""
    own = (evidence.within(*caller) for request in requests for caller in request.callers)
    return next(filter(None, own), "")


def _written(evidence: Evidence, name: str) -> str:
    """Return where the source sets what has that full name, in whatever module of its package; empty if nowhere."""
    name = name.partition("[")[0]
    (top, _, _), (_, _, last) = name.partition("."), name.rpartition(".")
    for module in evidence.package.saying(phrases((last,))):
        for node, target in _set(module):
            if target.partition(".")[0] == top and target.rpartition(".")[2] == last:
                return module.place(node)
    return ""


def _set(module: Module) -> Iterator[tuple[ast.AST, str]]:
    """Yield the full names of what a module sets or takes away: attributes, and dictionaries by their entries."""
    for node in module.of(ast.Attribute):
        if not isinstance(node.ctx, ast.Load):
            yield node, full_name(node, module.aliases)
    for name, call in module.calls():
        match call.args:
            case [owner, ast.Constant(value=str(attribute)), *_] if name in {"setattr", "delattr"}:
                yield call, f"{full_name(owner, module.aliases)}.{attribute}"
        table, _, method = name.rpartition(".")
        if method in _CHANGING:
            yield call, table
    for entry in module.of(ast.Subscript):
        if not isinstance(entry.ctx, ast.Load):
            yield entry, full_name(entry.value, module.aliases)


CHECKS: tuple[Check[Evidence], ...] = (
    Check(code="TRD001", slug="live-by-default", tier=Tier.BRONZE, how="X", function=live_by_default,
          needs=("CON008", "DSC008"), complete_with=SEEN, waivable=False, kinds=("execution",)),
    Check(code="SEC001", slug="undeclared-network", tier=Tier.SILVER, how="X", function=undeclared_network,
          needs=("CON008", "DSC008", "TRD001", "BEH004"), complete_with=SEEN),
    Check(code="SEC002", slug="undeclared-process", tier=Tier.SILVER, how="X", function=undeclared_process,
          needs=("CON008", "DSC008"), complete_with=SEEN, waivable=False),
    Check(code="SEC003", slug="secret-leak", tier=Tier.SILVER, how="X", function=secret_leak, needs=SOUND,
          complete_with=SEEN, waivable=False),
    Check(code="SEC005", slug="patches-others", tier=Tier.SILVER, how="X", function=patches_others,
          needs=(*SOUND, "PRF008"), complete_with=SEEN, waivable=False),
)  # fmt: skip # one row a check
