"""Checks SEC: can the component be turned against its user, or does it hide from its examiner?"""

import ast
import re
from collections.abc import Iterator, Mapping

from allause.checks.check import SEEN, Check, Finding, Tier
from allause.checks.company import thread_affinity
from allause.evidence import Evidence, Module, probes
from allause.evidence.names import full_name
from allause.evidence.text import phrases

_RUNS = {"eval", "exec"}
_LOADS = {
    *(f"{module}.{name}" for module in ("pickle", "marshal", "dill", "cloudpickle") for name in ("load", "loads")),
    "pickle.Unpickler", "shelve.open", "joblib.load", "jsonpickle.decode", "pandas.read_pickle",
    "yaml.load", "yaml.load_all", "yaml.unsafe_load", "yaml.unsafe_load_all",
}  # fmt: skip # by what they have in common
_RISKY = phrases((*_RUNS, *_LOADS))
_PARTS = ("isolation", "evidence", "checks", "validation", "certification", "workflows")
_EXAMINER = re.compile(rf"allause\.({'|'.join(_PARTS)})(\.\w+)*")
_WATCHED_MODULES = re.compile(rf"_?pytest(\.\w+)*|{_EXAMINER.pattern}")
_WATCHED_VARIABLES = re.compile(r"ALLAUSE_\w*|PYTEST_\w+")
_WATCHED = {"sys.modules": _WATCHED_MODULES, "os.environ": _WATCHED_VARIABLES, "os.getenv": _WATCHED_VARIABLES}
#: How an interpreter for strangers is started, and what the kernel says of one that is confined.
_FLAGS = ("isolated", "no_site", "no_user_site")
_STARTED = {f"sys.flags.{name}" for name in _FLAGS}
_CONFINED = re.compile(r"(NoNewPrivs|Seccomp(_filters)?)\b[\s:\d]*")
_LOOKING = phrases((*_FLAGS, "NoNewPrivs", "Seccomp", *_PARTS, *(name.rpartition(".")[2] for name in _WATCHED)))


def dynamic_code(evidence: Evidence) -> Iterator[Finding]:
    """Input that is run as code.

    What: ``eval`` or ``exec`` of anything but a literal, or a loader that builds objects from bytes: pickle,
        marshal, shelve, ``yaml.load`` without a safe loader. Every module of the distribution is read.
    Why: whoever can write that input owns the process, and with it the account.
    Fails: ``pickle.loads(message)``
    Passes: ``json.loads(message)``; ``yaml.load(text, Loader=yaml.SafeLoader)``
    """
    for module in evidence.package.saying(_RISKY):
        for name, call in module.calls():
            literal = bool(call.args) and isinstance(call.args[0], ast.Constant)
            if (name in _RUNS and call.args and not literal) or (name in _LOADS and not _safe(call)):
                yield Finding(
                    message=f"{ast.unparse(call):.120} runs what it is given",
                    location=module.place(call),
                    fix="parse the input: json, msgspec, ast.literal_eval or yaml.safe_load",
                )


def detects_validator(evidence: Evidence) -> Iterator[Finding]:
    """Code that asks whether it is being examined.

    What: the source imports or names the examiner's modules, looks for pytest among the loaded modules, reads a
        variable ``ALLAUSE_...`` or ``PYTEST_...``, asks whether Python was started isolated, or whether the kernel
        confines the process. Tests that the component does not import are not read. Or: the same calls were answered
        otherwise by a child in which the examiner's modules, frames, command line and descriptor cannot be seen.
    Why: a component that knows its examiner can behave for it, and differently for its user.
    Fails: ``if "pytest" in sys.modules:``
    Passes: one behaviour; settings in a Config class
    """
    for module in evidence.package.saying(_LOOKING):
        for node, what in (*_imports(module), *_named(module), *_looked_up(module), *_asked(module)):
            yield Finding(
                message=f"{module.name} looks for its examiner: {what}",
                location=module.place(node),
                fix="take it out; a component behaves alike for everyone",
            )
    replayed = evidence.probed and probes.Replay in evidence.probed
    seen = evidence.of(probes.Replay).hidden if replayed else None
    # it was hidden on a thread of its own: what only cannot be called there is another finding
    if seen is not None and not any(thread_affinity(evidence)):
        yield Finding(
            message=f"{seen.call} answers otherwise with {seen.surroundings}: at {seen.path} {seen.first}, then "
            f"{seen.second}",
            location=evidence.place(seen.call.partition("(")[0]),
            fix="find what looks at the loaded modules, the stack or the process, and take it out",
        )


def _safe(call: ast.Call) -> bool:
    chosen = [*call.args[1:2], *(keyword.value for keyword in call.keywords if keyword.arg == "Loader")]
    return any("Safe" in ast.unparse(each) or "BaseLoader" in ast.unparse(each) for each in chosen)


def _imports(module: Module) -> Iterator[tuple[ast.AST, str]]:
    for each in module.imports:
        taken = [each.module, *(f"{each.module}.{name}" for name in each.names.values())]
        found = next(filter(_EXAMINER.fullmatch, taken), None)
        if found:
            yield ast.Pass(lineno=each.line, col_offset=0), f"it imports {found}"


def _named(module: Module) -> Iterator[tuple[ast.AST, str]]:
    for node in module.of(ast.Constant):
        if isinstance(node.value, str) and _EXAMINER.fullmatch(node.value):
            yield node, f"it names {node.value!r}"


def _looked_up(module: Module) -> Iterator[tuple[ast.AST, str]]:
    """Yield look-ups of one key, ``key in place``, ``place[key]`` or ``place.get(key)``, that tell who is running."""
    for node in (*module.of(ast.Compare), *module.of(ast.Subscript), *module.of(ast.Call)):
        name, key = _look_up(node, module.aliases)
        if not isinstance(key, ast.Constant) or not isinstance(key.value, str):
            continue
        watched = _WATCHED.get(name)
        # what names the examiner itself is told once, by _named
        if watched and watched.fullmatch(key.value) and not _EXAMINER.fullmatch(key.value):
            yield node, f"{ast.unparse(node):.120}"


def _asked(module: Module) -> Iterator[tuple[ast.AST, str]]:
    """Yield questions of how the process was started, and what it may do."""
    for node in module.of(ast.Attribute):
        if (name := full_name(node, module.aliases)) in _STARTED:
            yield node, f"it reads {name}"
    for constant in module.of(ast.Constant):
        text = constant.value.decode("latin-1") if isinstance(constant.value, bytes) else constant.value
        if isinstance(text, str) and _CONFINED.fullmatch(text):
            yield constant, f"it names {text!r}"


def _look_up(node: ast.AST, known: Mapping[str, str]) -> tuple[str, ast.AST | None]:
    if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.In | ast.NotIn):
        return full_name(node.comparators[0], known), node.left
    if isinstance(node, ast.Subscript):
        return full_name(node.value, known), node.slice
    if isinstance(node, ast.Call) and node.args:
        return full_name(node.func, known).removesuffix(".get").removesuffix(".pop"), node.args[0]
    return "", None


_IMPORTED = ("DSC001", "DSC002", "DSC003", "DSC004", "DSC006", "DSC007")

CHECKS: tuple[Check[Evidence], ...] = (
    Check(code="SEC004", slug="dynamic-code", tier=Tier.SILVER, how="A", function=dynamic_code, needs=_IMPORTED),
    Check(
        code="SEC006", slug="detects-validator", tier=Tier.SILVER, how="A+X", function=detects_validator,
        needs=_IMPORTED, complete_with=SEEN, waivable=False,
    ),
)  # fmt: skip # one row a check
