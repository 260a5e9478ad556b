"""Full names in a syntax tree: what a call or an attribute means once the module's imports are followed."""

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence


def aliases(nodes: Iterable[ast.AST]) -> Mapping[str, str]:
    """Return the names that imports bind anywhere among ``nodes``, each with the full name it stands for."""
    found: dict[str, str] = {}
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.partition(".")[0]
                found[alias.asname or top] = alias.name if alias.asname else top
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return found


def full_name(node: ast.AST, known: Mapping[str, str]) -> str:
    """Return the full name of a name or attribute, such as ``os.environ.get``; empty for anything else."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join([known.get(node.id, node.id), *reversed(parts)])


def calls(nodes: Sequence[ast.AST]) -> Iterator[tuple[str, ast.Call]]:
    """Yield every call of something that has a name; builtins that the module defines anew are left out."""
    known = aliases(nodes)
    own = {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    for node in nodes:
        if isinstance(node, ast.Call) and (name := full_name(node.func, known)) and name not in own:
            yield name.removeprefix("builtins."), node
