import ast
import email
import json
import re
from pathlib import Path

import pytest

from allause import evidence
from allause.evidence.text import Text, phrases

TRICKY = (
    "x = 'al' 'lause.isolation'",
    "x = ('al'  # cut\n     'lause.isolation')",
    "x = 'al' '' r'lause.isolation'",
    "x = f'{y}al' f'lause.isolation{z}'",
    "x = '''al'''\\\n'lause.isolation'",
    "x = 'a''llause.isolation'",
    r"x = '\x61llause.isolation'",
    r"x = '\141llause.isolation'",
    r"x = '\N{LATIN SMALL LETTER A}llause.isolation'",
    "x = 'al\\\nlause.isolation'",
    "\U0001d41eval(x)",
    "# coding: utf-7\n+AGU-val(x)",
    "#!/usr/bin/python\n# -*- coding: utf-7 -*-\n+AGU-val(x)",
    "class A:\r    def a(self): ...\r    def a(self): ...\r",
    "class A:\n    def a(self): ...\n\x0c    def a(self): ...\n",
    "class A:\n    \\\ndef a(self): ...\n    def a(self): ...\n",
    "class A:\n    async  def\ta(self): ...\n    @property\n    def a(self): ...\n",
    "class A:\n    def a(self):\n        '''\nclass B:\n'''\n    def a(self): ...\n",
    "class A:\n    def a(self): ...\n    class B:\n        def a(self): ...\n    def a(self): ...\n",
    "class A:\n    x = '\\'' # '\n    def a(self): 'class B:'\n# class B:\n    def a(self): ...\n",
    "class A:\n\tdef a(self): ...\n\tdef b(self):\n\t\tclass B: ...\n\tdef a(self): ...\n",
    "class A:\n    def a(self):\n        f'''\nclass B:\n'''\n    def a(self): ...\n",
    "import a, b.c as d,e",
    "if x: import a\nelse: from b . c import d",
    "x = 1; import a; from b import(c)",
    "from .a import b\nfrom . import c\nfrom.d import e\nimport f",
    "import \\\n  a",
    "'''import the\nthing'''\nimport real",
    "# words from there\nimport real",
    "from a import b; import c",
)
FILES = [
    *Path(str(email.__file__)).parent.glob("*.py"),
    *Path(str(json.__file__)).parent.glob("*.py"),
    *Path(str(evidence.__file__)).parent.rglob("*.py"),
]


def spoken(tree):
    """Yield every name in the syntax, and every string that could be one."""
    for node in ast.walk(tree):
        for field in ("id", "attr", "name", "arg", "asname", "module"):
            yield from re.findall(r"\w+", getattr(node, field, None) or "")
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.fullmatch(r"[\w.]+", node.value):
            yield from re.findall(r"\w+", node.value)


def imported(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module.partition(".")[0]


def defines_twice(tree):
    bodies = [node.body for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    names = [[f.name for f in body if isinstance(f, ast.FunctionDef | ast.AsyncFunctionDef)] for body in bodies]
    return any(len(set(each)) < len(each) for each in names)


@pytest.mark.parametrize("source", [*TRICKY, *FILES], ids=lambda source: getattr(source, "name", repr(source)))
def test_what_the_syntax_says_the_text_may_say(source):
    content = source.encode() if isinstance(source, str) else source.read_bytes()
    text, tree = Text(content), ast.parse(content)
    for word in set(spoken(tree)):
        assert text.may_say(phrases([word])), word
    assert (told := text.may_import()) is None or told >= set(imported(tree))
    assert text.may_define_twice() or not defines_twice(tree)


def test_a_plain_text_says_no_more_than_its_words():
    text = Text(
        b'"""One word."""\nimport os.path as p, re\nfrom x import y\n\ndef f(a):\n    return f"a" + b"".join(a)\n'
    )
    assert not text.veiled
    assert text.may_import() == {"os", "re", "x"}
    assert text.may_say(phrases(["gone.missing", "os.path"]))
    assert not text.may_say(phrases(["os.missing", "eval"]))
    assert not text.may_define_twice()


def test_two_classes_may_have_a_function_of_one_name():
    text = Text(
        b'class A:\n    def a(self):\n        """It\'s"""\nclass B:  # "2"\n    def a(self):\n        return "\'"\n'
    )
    assert not text.may_define_twice()


def test_most_modules_need_no_parsing():
    veiled = [file.name for file in FILES if Text(file.read_bytes()).veiled]
    assert len(veiled) < len(FILES) / 3, veiled
