"""The source of a distribution as syntax trees: modules, what imports what, and the component's class."""

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from stat import S_ISREG
from typing import Any, TypeVar

import attrs

from allause.discovery import ComponentRecord
from allause.evidence.artefact import Artefact
from allause.evidence.compiled import is_compiled
from allause.evidence.imports import Import, imports
from allause.evidence.names import aliases, full_name, index, last_name
from allause.evidence.syntax import syntax
from allause.evidence.text import Phrase, Text

_MOST_FILES = 2_000
_MOST_BYTES = 8_000_000
_LONGEST_CHAIN = 20
_TESTS = {"test", "tests"}

_Node = TypeVar("_Node", bound=ast.AST)
Function = ast.FunctionDef | ast.AsyncFunctionDef


@attrs.frozen(kw_only=True, eq=False, repr=False)
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
        return self._read[0]

    @property
    def problem(self) -> str:
        """Return why it cannot be parsed; empty when it can."""
        return "" if self.parsed or is_compiled(self.file) else self._read[1]

    @property
    def problem_line(self) -> int:
        """Return the line on which it cannot be parsed; 1 when that is not known."""
        return self._read[2]

    @cached_property
    def _read(self) -> tuple[ast.Module, str, int]:
        try:
            return self.parsed or syntax(self.text.content), "", 1
        except SyntaxError as error:
            problem, line = f"{type(error).__name__}: {error.msg}", error.lineno or 1
        except (ValueError, RecursionError, MemoryError) as error:
            problem, line = f"{type(error).__name__}: {error}", 1
        return ast.Module(body=[], type_ignores=[]), problem, line

    @cached_property
    def imports(self) -> tuple[Import, ...]:
        """Return what it imports, in order."""
        return tuple(imports(self.tree, self.package))

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


@attrs.frozen(kw_only=True, eq=False, repr=False)
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


@attrs.frozen(kw_only=True, eq=False, repr=False)
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

    def broken(self) -> tuple[Module, ...]:
        """Return the modules that importing the component imports and that cannot be parsed."""
        # whoever imports them is looked for only when there are any: that parses every module on the way
        broken = [module for module in self.modules.values() if module.problem]
        return tuple(module for module in self.imported(lazily=False) if module in broken) if broken else ()

    def chain(self) -> tuple[tuple[Module, ast.ClassDef], ...]:
        """Return the component's class and those of its bases that stand in these modules."""
        found: list[tuple[Module, ast.ClassDef]] = []
        pending = [self._resolve(self.entry, self.attribute)]
        while pending and len(found) < _LONGEST_CHAIN:
            each = pending.pop(0)
            if each is None or not isinstance(each[1], ast.ClassDef) or any(each[1] is node for _, node in found):
                continue
            found.append((each[0], each[1]))
            pending += [self._resolve(each[0].name, base) for base in map(last_name, each[1].bases) if base]
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
            own = {node.name: node for node in owner.body if isinstance(node, Function)}  # the last: others overload it
            for name, node in own.items():
                found.setdefault(name, Definition(module=module, owner=owner.name, node=node))
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
        found = file.stat()
        if not S_ISREG(found.st_mode) or file.suffix != ".py" or found.st_size > most:
            return None
        with open(file, "rb", buffering=0) as opened:  # noqa: PTH123 - half the time of pathlib's, for every file
            content = opened.readall()
    except OSError:
        return None  # importing it will say so, if it is ever imported
    dotted = ".".join((*file.parent.parts[len(base.parts) :], file.stem))
    name = dotted.removesuffix(".__init__")
    package = name if dotted != name else name.rpartition(".")[0]
    return Module(name=name, file=file, package=package, text=Text(content), parsed=tree)


def _with_parents(name: str) -> Iterator[str]:
    parts = name.split(".")
    return (".".join(parts[: n + 1]) for n in range(len(parts)))
