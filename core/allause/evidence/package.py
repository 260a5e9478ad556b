"""The source of a distribution as syntax trees: modules, what imports what, and the component's class."""

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import attrs

from allause.discovery import ComponentRecord
from allause.evidence.artefact import Artefact
from allause.evidence.names import aliases, full_name, index, walk
from allause.evidence.text import Phrase, Text

_MOST_FILES = 2_000
_MOST_BYTES = 8_000_000
_LONGEST_CHAIN = 20
_TESTS = {"test", "tests"}

_Node = TypeVar("_Node", bound=ast.AST)
Function = ast.FunctionDef | ast.AsyncFunctionDef


@attrs.frozen(kw_only=True, eq=False)
class Module:
    """Hold one module; it is parsed when first asked what only its syntax tells.

    Attributes:
        name: dotted.
        file: where it stands.
        package: what its relative imports begin from, dotted.
        text: as it stands there.
        parsed: its syntax, where it was parsed before.
    """

    name: str
    file: Path
    package: str
    text: Text
    parsed: ast.Module | None = None

    @cached_property
    def tree(self) -> ast.Module:
        """Return its syntax; nothing where it cannot be parsed, for importing it will say so, if it ever is."""
        try:
            return self.parsed or ast.parse(self.text.content)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return ast.Module(body=[], type_ignores=[])

    @cached_property
    def imports(self) -> tuple["Import", ...]:
        """Return what it imports, in order."""
        return tuple(_imports(self.tree, self.package))

    @cached_property
    def may_import(self) -> frozenset[str]:
        """Return at least the top-level names of what it imports; not those of its own package, named relatively."""
        told = self.text.may_import()
        return frozenset(each.top for each in self.imports) if told is None else told

    @cached_property
    def aliases(self) -> Mapping[str, str]:
        """Return the names that imports bind anywhere in the module, each with the full name it stands for."""
        return aliases([*self.of(ast.Import), *self.of(ast.ImportFrom)])

    def of(self, node: type[_Node]) -> Sequence[_Node]:
        """Return the nodes of a class, outer ones first."""
        return self._index.get(node, ())

    def calls(self) -> Iterator[tuple[str, ast.Call]]:
        """Yield every call of something that has a name; builtins that the module defines anew are left out."""
        own = {each.name for each in self.of(ast.FunctionDef)} | {each.name for each in self.of(ast.AsyncFunctionDef)}
        for node in self.of(ast.Call):
            if (name := full_name(node.func, self.aliases)) and name not in own:
                yield name.removeprefix("builtins."), node

    @cached_property
    def _index(self) -> Mapping[type[ast.AST], Sequence[Any]]:
        return index(self.tree)

    def place(self, node: ast.AST, owner: str = "") -> str:
        """Return where ``node`` stands."""
        where = f"({self.file.name}:{getattr(node, 'lineno', 0)})"
        return f"{self.name}:{owner} {where}" if owner else f"{self.name} {where}"


@attrs.frozen(kw_only=True)
class Import:
    """Hold one import.

    Attributes:
        module: what is imported, dotted, made absolute.
        names: names taken from it: own name to name there; empty for a plain ``import``.
        line: where.
        lazy: inside a function, so not when the module is imported.
        guarded: where its failure is provided for (``except ImportError``), or for type checkers only.
    """

    module: str
    names: Mapping[str, str] = attrs.field(factory=dict)
    line: int = 0
    lazy: bool = False
    guarded: bool = False

    @property
    def top(self) -> str:
        """Return the top-level name of what is imported."""
        return self.module.partition(".")[0]

    @property
    def due(self) -> bool:
        """Tell whether it happens, and has to succeed, when the module is imported."""
        return not (self.lazy or self.guarded)


@attrs.frozen(kw_only=True)
class Definition:
    """Hold one method or function and where it stands.

    Attributes:
        module: that holds it.
        owner: the class it stands in; empty for a function.
        node: its syntax.
    """

    module: Module
    owner: str
    node: Function

    @property
    def place(self) -> str:
        """Return where it stands."""
        return self.module.place(self.node, f"{self.owner}.{self.node.name}" if self.owner else self.node.name)


@attrs.frozen(kw_only=True, eq=False)
class Package:
    """Hold every module of a distribution that belongs to its component.

    Attributes:
        modules: by name; tests that the component does not import are left out.
        entry: the component's module.
        attribute: the component's class or factory.
    """

    modules: Mapping[str, Module]
    entry: str
    attribute: str

    def saying(self, any_of: Sequence[Phrase]) -> Iterator[Module]:
        """Yield the modules that may hold all words of one of these phrases."""
        return (module for module in self.modules.values() if module.text.may_say(any_of))

    def imported(self, *, lazily: bool) -> tuple[Module, ...]:
        """Return the modules that importing the component imports.

        :param lazily: whether to add those that only functions, guarded imports or type checkers import.
        """
        found: dict[str, Module] = {}
        pending = list(_with_parents(self.entry))
        while pending:
            name = pending.pop()
            if name in found or name not in self.modules:
                continue
            found[name] = module = self.modules[name]
            for each in module.imports:
                if lazily or each.due:
                    pending += _with_parents(each.module)
                    pending += [f"{each.module}.{name}" for name in each.names.values()]
        return tuple(found.values())

    def chain(self) -> tuple[tuple[Module, ast.ClassDef], ...]:
        """Return the component's class and those of its bases that stand in these modules."""
        found: list[tuple[Module, ast.ClassDef]] = []
        pending = [self._resolve(self.entry, self.attribute)]
        while pending and len(found) < _LONGEST_CHAIN:
            each = pending.pop(0)
            if each is None or not isinstance(each[1], ast.ClassDef) or any(each[1] is node for _, node in found):
                continue
            found.append((each[0], each[1]))
            pending += [self._resolve(each[0].name, base) for base in map(_name, each[1].bases) if base]
        return tuple(found)

    def factory(self) -> Definition | None:
        """Return the function that builds the component; None when the entry point names a class."""
        found = self._resolve(self.entry, self.attribute)
        if found is None or isinstance(found[1], ast.ClassDef):
            return None
        return Definition(module=found[0], owner="", node=found[1])

    def methods(self) -> Mapping[str, Definition]:
        """Return the methods of the component's class, inherited ones included, as far as these modules tell."""
        found: dict[str, Definition] = {}
        for module, owner in self.chain():
            for node in owner.body:
                if isinstance(node, Function) and node.name not in found:
                    found[node.name] = Definition(module=module, owner=owner.name, node=node)
        return found

    def _resolve(self, module: str, name: str) -> tuple[Module, ast.ClassDef | Function] | None:
        """Find a class or function by its name in a module, through the imports that bring it there."""
        for _ in range(_LONGEST_CHAIN):
            holder = self.modules.get(module)
            if holder is None:
                return None
            for node in holder.tree.body:
                if isinstance(node, ast.ClassDef | Function) and node.name == name:
                    return holder, node
            source = next((each for each in holder.imports if name in each.names), None)
            if source is None:
                return None
            module, name = source.module, source.names[name]
        return None


def read_package(record: ComponentRecord, artefact: Artefact, file: Path, tree: ast.Module | None = None) -> Package:
    """Read the modules of the distribution that holds ``record``, whose module stands in ``file``.

    :param tree: the syntax of that module, where it was parsed before.
    """
    parts = record.module.split(".")
    depth = len(parts) if file.name == "__init__.py" else len(parts) - 1
    base = file.parents[depth]
    modules: dict[str, Module] = {}
    left = _MOST_BYTES
    for path in _paths(base, parts, file, artefact):
        module = _read(base, path, left, tree if path == file else None)
        if module is not None:
            left -= len(module.text.content)
            modules[module.name] = module
    whole = Package(modules=modules, entry=record.module, attribute=record.attribute)
    tests = {name for name in modules if not _TESTS.isdisjoint(name.split("."))}
    left_out = tests and tests.difference(module.name for module in whole.imported(lazily=True))
    return attrs.evolve(whole, modules={name: module for name, module in modules.items() if name not in left_out})


def _paths(base: Path, parts: Sequence[str], file: Path, artefact: Artefact) -> list[Path]:
    """Return the distribution's Python files: as recorded, or all of the package that the entry point names."""
    recorded = [base / path for path in artefact.record or () if path.endswith(".py") and ".." not in path]
    if file in recorded:
        chosen: Iterable[Path] = recorded
    else:
        packages = [base.joinpath(*parts[:n]) for n in range(1, len(parts) + 1)]
        root = next((folder for folder in packages if (folder / "__init__.py").is_file()), None)
        chosen = sorted(root.rglob("*.py")) if root else [file]
    # the component's own module comes first, so that no bound can leave it out
    return [file, *(path for path in list(chosen)[:_MOST_FILES] if path != file)]


def _read(base: Path, file: Path, most: int, tree: ast.Module | None) -> Module | None:
    try:
        if not file.is_file() or file.suffix != ".py" or file.stat().st_size > most:
            return None
        content = file.read_bytes()
    except OSError:
        return None  # importing it will say so, if it is ever imported
    dotted = file.relative_to(base).with_suffix("").as_posix().replace("/", ".")
    name = dotted.removesuffix(".__init__")
    package = name if dotted != name else name.rpartition(".")[0]
    return Module(name=name, file=file, package=package, text=Text(content), parsed=tree)


_BODIES = ("body", "handlers", "orelse", "finalbody", "cases")


def _imports(tree: ast.Module, package: str) -> Iterator[Import]:
    pending: list[tuple[ast.AST, bool, bool]] = [(tree, False, False)]
    while pending:
        node, lazy, guarded = pending.pop()
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(module=alias.name, line=node.lineno, lazy=lazy, guarded=guarded)
        elif isinstance(node, ast.ImportFrom):
            names = {alias.asname or alias.name: alias.name for alias in node.names}
            module = _absolute(node, package)
            yield Import(module=module, names=names, line=node.lineno, lazy=lazy, guarded=guarded)
        elif isinstance(node, ast.Try) and any(map(_forgives, node.handlers)):
            pending += [(child, lazy, True) for child in (*node.body, *node.handlers)]
            pending += [(child, lazy, guarded) for child in (*node.orelse, *node.finalbody)]
        elif isinstance(node, ast.If) and _for_others(node.test):
            pending += [(child, lazy, True) for child in node.body]
            pending += [(child, lazy, guarded) for child in node.orelse]
        else:
            inside = lazy or isinstance(node, Function)
            # an import is a statement, so expressions need not be walked
            pending += [(child, inside, guarded) for field in _BODIES for child in getattr(node, field, ())]


def _absolute(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    parents = package.split(".")
    above = parents[: len(parents) - node.level + 1]
    return ".".join([*above, *([node.module] if node.module else [])])


def _forgives(handler: ast.ExceptHandler) -> bool:
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(each is None or _name(each) in {"ImportError", "ModuleNotFoundError", "Exception"} for each in caught)


def _for_others(test: ast.expr) -> bool:
    """Tell whether a condition never holds when the component is imported here: type checkers, a main program."""
    names = {_name(part) for part in walk(test) if isinstance(part, ast.Name | ast.Attribute)}
    return bool(names & {"TYPE_CHECKING", "__name__", "version_info", "platform"})


def _name(node: ast.AST | None) -> str:
    if isinstance(node, ast.Subscript):
        node = node.value
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _with_parents(name: str) -> Iterator[str]:
    parts = name.split(".")
    return (".".join(parts[: n + 1]) for n in range(len(parts)))
