import ast
from pathlib import Path

import pytest

from allause.evidence import Module
from allause.evidence.names import index
from allause.evidence.text import Text


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
    module = Module(name="m", file=Path("m.py"), package="", text=Text(source.encode()))
    assert [name for name, _ in module.calls()] == names


def test_an_index_holds_what_a_walk_yields_in_its_order_but_for_what_holds_nothing():
    tree = ast.parse(Path(__file__).read_bytes())
    found = index(tree)
    for kind in {type(node) for node in ast.walk(tree) if node._fields}:
        assert found[kind] == [node for node in ast.walk(tree) if type(node) is kind]
    assert ast.Load not in found
