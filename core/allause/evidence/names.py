"""Full names in a syntax tree: what a call or an attribute means once the module's imports are followed."""

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def walk(tree: ast.AST) -> tuple[ast.AST, ...]:
    """Return the nodes that ``ast.walk`` yields, in its order, without those that have no field, such as ``Load``."""
    found = [tree]
    for node in found:  # which grows meanwhile
        for field in node._fields:
            value = getattr(node, field, None)
            if isinstance(value, list):
                found += [each for each in value if isinstance(each, ast.AST)]
            elif isinstance(value, ast.AST) and value._fields:
                found.append(value)
    return tuple(found)


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


def calls(nodes: Sequence[ast.AST], known: Mapping[str, str]) -> Iterator[tuple[str, ast.Call]]:
    """Yield every call of something that has a name; builtins that the module defines anew are left out.

    :param known: the aliases among ``nodes``.
    """
    own = {node.name for node in nodes if isinstance(node, _FUNCTIONS)}
    for node in nodes:
        if isinstance(node, ast.Call) and (name := full_name(node.func, known)) and name not in own:
            yield name.removeprefix("builtins."), node
