"""Full names in a syntax tree: what a call or an attribute means once the module's imports are followed."""

import ast
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any


def index(tree: ast.AST) -> Mapping[type[ast.AST], Sequence[Any]]:
    """Return the nodes of a tree by their class, outer ones first; one walk serves every check.

    Nodes that hold nothing and stand for themselves, such as ``Load``, are left out.
    """
    found: dict[type[ast.AST], list[ast.AST]] = defaultdict(list)
    nodes = [tree]
    for node in nodes:  # which grows meanwhile
        found[type(node)].append(node)
        for field in node._fields:
            value = getattr(node, field, None)
            if isinstance(value, list):
                nodes += [each for each in value if isinstance(each, ast.AST)]
            elif isinstance(value, ast.AST) and value._fields:
                nodes.append(value)
    return found


def aliases(nodes: Iterable[ast.Import | ast.ImportFrom]) -> Mapping[str, str]:
    """Return the names that imports bind, each with the full name it stands for."""
    found: dict[str, str] = {}
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.partition(".")[0]
                found[alias.asname or top] = alias.name if alias.asname else top
        elif not node.level:
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
