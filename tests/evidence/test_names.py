import ast
from pathlib import Path

import pytest

from allause.evidence.names import aliases, calls, walk


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("import pickle\npickle.loads(x)", ["pickle.loads"]),
        ("import pickle as p\np.loads(x)", ["pickle.loads"]),
        ("from pickle import loads as read\nread(x)", ["pickle.loads"]),
        ("import os.path\nos.path.join(a)", ["os.path.join"]),
        ("import builtins\nbuiltins.eval(x)", ["eval"]),
        ("def eval(x): ...\neval(x)", []),
        ("(lambda: 1)()", []),
        ("from .pickle import loads\nloads(x)", ["loads"]),
        ("table.eval(x)", ["table.eval"]),
    ],
)
def test_calls_have_the_full_name_that_imports_give_them(source, names):
    nodes = list(ast.walk(ast.parse(source)))
    assert [name for name, _ in calls(nodes, aliases(nodes))] == names


def test_a_walk_yields_what_the_standard_one_does_but_for_what_holds_nothing():
    tree = ast.parse(Path(__file__).read_bytes())
    assert [n for n in walk(tree) if n._fields] == [n for n in ast.walk(tree) if n._fields]
    assert not any(isinstance(node, ast.expr_context | ast.operator) for node in walk(tree))
