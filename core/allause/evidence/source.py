"""What the source of a component says, read without importing it."""

import ast
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from allause.evidence.member import Member
from allause.evidence.names import index
from allause.evidence.syntax import syntax

_LARGEST_SOURCE = 5_000_000
_EXTENSIONS = ("abi3.so", "so", "pyd")
_ACCESSORS = frozenset({"setter", "deleter"})  # what follows a property under its name


@attrs.frozen(kw_only=True, eq=False, repr=False)
class SourceEvidence:
    """Hold what was read.

    Attributes:
        file: the module's file; None when there is none on the search path.
        readable: whether it could be parsed; an extension module cannot.
        problem: why not.
        names: names bound at the top level of the module.
        wildcard: whether a star import or ``__getattr__`` may bind more.
        class_line: line of the class; 0 when it is not defined in this file.
        members: attributes of the class as far as this file tells.
        complete: whether every base class was seen, so that an attribute not in ``members`` is missing.
        strays: functions defined elsewhere in the file than in a class body or usable place: name to line.
        target: what the attribute is: ``class``, ``instance`` or ``module``; empty when only running code can tell.
        constructor: the class's ``__init__``; None when something else may decide how it is constructed.
        tree: its syntax; None unless readable.
    """

    file: Path | None
    readable: bool = False
    problem: str = ""
    names: frozenset[str] = frozenset()
    wildcard: bool = False
    class_line: int = 0
    members: Mapping[str, Member] = attrs.field(factory=dict)
    complete: bool = False
    strays: Mapping[str, int] = attrs.field(factory=dict)
    target: str = ""
    constructor: Member | None = None
    tree: ast.Module | None = attrs.field(default=None, repr=False, eq=False)

    def line_of(self, name: str) -> int:
        """Return the line on which the file first binds a name at its top level; 1 when it does not."""
        binding = _top_level(self.tree) if self.tree else ()
        return next((node.lineno for node in binding if name in _names(node)), 1)


def locate(module: str, search_path: Sequence[str] | None = None) -> Path | None:
    """Return the file of a module without running any code; None when there is none.

    The standard finder imports parent packages to look for a submodule, so this one walks folders itself.
    """
    *parents, last = module.split(".")
    for folder in sys.path if search_path is None else search_path:
        place = Path(folder or ".").joinpath(*parents)
        candidates = [place / last / "__init__.py", place / f"{last}.py"]
        for candidate in candidates:
            if candidate.is_file():
                return candidate
        named = _extended(place, last)
        for extension in _EXTENSIONS:
            name = next((name for name in named if name.endswith(f".{extension}")), f"{last}.{extension}")
            if (place / name).is_file():
                return place / name
    return None


def _extended(folder: Path, name: str) -> list[str]:
    """Return what has a tag and an extension after ``name`` in a folder, in order; nothing where there is none."""
    try:
        names = os.listdir(folder)  # noqa: PTH208 - names are wanted, often of thousands
    except OSError:
        return []
    beginning = f"{name}."
    return sorted(each for each in names if each.startswith(beginning) and each.count(".", len(beginning)))


def read_source(module: str, attribute: str, search_path: Sequence[str] | None = None) -> SourceEvidence:
    """Read the source of ``module`` and describe the class ``attribute`` in it."""
    file = locate(module, search_path)
    if file is None:
        return SourceEvidence(file=None, problem="no such file on the search path")
    if file.suffix != ".py":
        return SourceEvidence(file=file, problem="an extension module has no source")
    try:
        if file.stat().st_size > _LARGEST_SOURCE:
            return SourceEvidence(file=file, problem=f"larger than {_LARGEST_SOURCE} bytes")
        tree = syntax(file.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return SourceEvidence(file=file, problem=f"{type(error).__name__}: {error}")
    nodes = index(tree)
    classes = {node.name: node for node in _top_level(tree) if isinstance(node, ast.ClassDef)}
    owner = classes.get(attribute)
    chain, complete = _bases(owner, classes)
    members = _of_all(chain)
    wildcard = _binds_more(tree, nodes)
    complete = complete and not _may_gain_members(owner)
    target = "" if wildcard else _target(tree, attribute, classes)
    plain = target == "class" and complete and "__new__" not in members
    return SourceEvidence(
        file=file,
        readable=True,
        names=frozenset(_bound(tree)),
        wildcard=wildcard,
        class_line=owner.lineno if owner else 0,
        members=members,
        complete=complete,
        strays=dict(_strays(nodes)),
        target=target,
        constructor=_constructor(members) if plain else None,
        tree=tree,
    )


def _constructor(members: Mapping[str, Member]) -> Member | None:
    """Return ``__init__`` where what is written is what is called: no decorator that may change its parameters."""
    written = members.get("__init__")
    return written if written is not None and written.found_as == "function" else None


def _may_gain_members(owner: ast.ClassDef | None) -> bool:
    """Tell whether a class has a decorator or metaclass that may add attributes we cannot see."""
    if owner is None:
        return True
    plain = {"define", "frozen", "mutable", "dataclass", "final", "s", "attrs"}
    names = {_called(decorator) for decorator in owner.decorator_list}
    return bool(names - plain) or bool(owner.keywords)


def _called(node: ast.expr) -> str:
    if isinstance(node, ast.Call):
        node = node.func
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else "?"


def _top_level(tree: ast.Module) -> Iterator[ast.stmt]:
    """Yield the statements that run at import, those in top-level ``if``, ``try`` and ``with`` included."""
    pending: list[ast.stmt] = list(tree.body)
    while pending:
        node = pending.pop(0)
        yield node
        if isinstance(node, ast.If) and not _is_main_guard(node):
            pending += [*node.body, *node.orelse]
        elif isinstance(node, ast.Try):
            pending += [*node.body, *node.orelse, *node.finalbody, *(s for h in node.handlers for s in h.body)]
        elif isinstance(node, ast.With):
            pending += node.body


def _is_main_guard(node: ast.If) -> bool:
    return any(isinstance(part, ast.Name) and part.id == "__name__" for part in ast.walk(node.test))


def _bound(tree: ast.Module) -> Iterator[str]:
    for node in _top_level(tree):
        yield from _names(node)


def _names(node: ast.stmt) -> Iterator[str]:
    """Yield the names that one statement binds."""
    if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        yield node.name
    elif isinstance(node, ast.Import | ast.ImportFrom):
        yield from ((alias.asname or alias.name).partition(".")[0] for alias in node.names)
    elif isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        yield from (t.id for target in targets for t in ast.walk(target) if isinstance(t, ast.Name))


def _binds_more(tree: ast.Module, nodes: Mapping[type[ast.AST], Sequence[Any]]) -> bool:
    return any(
        (isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names))
        or (isinstance(node, ast.FunctionDef) and node.name == "__getattr__")
        for node in _top_level(tree)
    ) or any(node.id in {"globals", "setattr", "exec"} for node in nodes.get(ast.Name, ()))


def _bases(owner: ast.ClassDef | None, classes: Mapping[str, ast.ClassDef]) -> tuple[list[ast.ClassDef], bool]:
    """Return the class and those of its bases that stand in this file, and whether these are all."""
    if owner is None:
        return [], False
    chain: list[ast.ClassDef] = []
    complete = True
    pending = [owner]
    while pending:
        node = pending.pop(0)
        if node in chain:
            continue
        chain.append(node)
        for base in node.bases:
            name = _called(base.value if isinstance(base, ast.Subscript) else base)
            if name in classes:
                pending.append(classes[name])
            elif name not in {"object", "ABC", "Protocol", "Generic"}:
                complete = False
    return chain, complete


def _of_all(chain: Sequence[ast.ClassDef]) -> dict[str, Member]:
    members: dict[str, Member] = {}
    for node in chain:
        for name, member in dict(_members(node)).items():  # the last of a name in a class: the others overload it
            members.setdefault(name, member)
    return members


def _target(tree: ast.Module, attribute: str, classes: Mapping[str, ast.ClassDef]) -> str:
    """Say what the attribute is, where one statement binds it and leaves no doubt."""
    binding = [node for node in _top_level(tree) if attribute in _names(node)]
    match binding:
        case [ast.ClassDef(decorator_list=[])]:
            return "class"
        case [ast.Import()]:
            return "module"
        case [ast.Assign(value=ast.Constant())]:
            return "instance"
        case [ast.Assign(value=ast.Call(func=ast.Name(id=name)))] if name in classes:
            chain, complete = _bases(classes[name], classes)
            # a metaclass, a decorator or __new__ may make something else of it
            usual = complete and not any(each.decorator_list or each.keywords for each in chain)
            return "instance" if usual and "__new__" not in _of_all(chain) else ""
    return ""


def _members(owner: ast.ClassDef) -> Iterator[tuple[str, Member]]:
    for node in owner.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            if _ACCESSORS.isdisjoint(map(_called, node.decorator_list)):
                yield node.name, _function(node)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                if isinstance(target, ast.Name):
                    unknown = not isinstance(node.value, ast.Constant)
                    found_as = "unknown" if unknown else "value"
                    yield target.id, Member(name=target.id, found_as=found_as, line=node.lineno)


def _function(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Member:
    decorators = {_called(decorator) for decorator in node.decorator_list}
    special = decorators & {"property", "cached_property", "staticmethod", "classmethod"}
    found_as = {"cached_property": "property"}.get(kind := next(iter(special), "function"), kind)
    # any other decorator may change the signature: only running code can tell
    known = decorators <= {"hookimpl", "property", "cached_property", "staticmethod", "classmethod", "override"}
    spec = node.args
    first_default = len(spec.posonlyargs) + len(spec.args) - len(spec.defaults)
    parameters = [
        (
            argument.arg,
            "positional_only" if argument in spec.posonlyargs else "positional_or_keyword",
            i >= first_default,
        )
        for i, argument in enumerate([*spec.posonlyargs, *spec.args])
    ]
    if found_as != "staticmethod":
        parameters = parameters[1:]
    if spec.vararg:
        parameters.append((spec.vararg.arg, "var_positional", True))
    parameters += [
        (argument.arg, "keyword_only", default is not None)
        for argument, default in zip(spec.kwonlyargs, spec.kw_defaults, strict=True)
    ]
    if spec.kwarg:
        parameters.append((spec.kwarg.arg, "var_keyword", True))
    return Member(
        name=node.name,
        found_as=found_as if known else "unknown",
        parameters=tuple(parameters),
        is_async=isinstance(node, ast.AsyncFunctionDef),
        marked=True if "hookimpl" in decorators else None if not known else False,
        line=node.lineno,
    )


def _strays(nodes: Mapping[type[ast.AST], Sequence[Any]]) -> Iterator[tuple[str, int]]:
    """Yield functions that stand outside every class body: nested, under a main guard, or at module level."""
    in_classes = {id(f) for c in nodes.get(ast.ClassDef, ()) for f in c.body}
    for node in (*nodes.get(ast.FunctionDef, ()), *nodes.get(ast.AsyncFunctionDef, ())):
        if id(node) not in in_classes:
            yield node.name, node.lineno
