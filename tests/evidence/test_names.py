import ast

import pytest

from allause.evidence.names import calls


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
    assert [name for name, _ in calls(list(ast.walk(ast.parse(source))))] == names
