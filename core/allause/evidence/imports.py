"""What a module imports, and when."""

import ast
from collections.abc import Iterator, Mapping

import attrs

from allause.evidence.names import last_name, walk

_FORGIVEN = frozenset({"ImportError", "ModuleNotFoundError", "Exception"})
_BODIES = ("body", "handlers", "orelse", "finalbody", "cases")


@attrs.frozen(kw_only=True, eq=False, repr=False)
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


def imports(tree: ast.Module, package: str) -> Iterator[Import]:
    """Yield every import of a module.

    :param package: what relative ones begin from, dotted.
    """
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
            inside = lazy or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
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
    return any(each is None or last_name(each) in _FORGIVEN for each in caught)


def _for_others(test: ast.expr) -> bool:
    """Tell whether a condition never holds when the component is imported here: type checkers, a main program."""
    names = {last_name(part) for part in walk(test) if isinstance(part, ast.Name | ast.Attribute)}
    return bool(names & {"TYPE_CHECKING", "__name__", "version_info", "platform"})
