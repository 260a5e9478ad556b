"""What stays the same object and does something else is told by its name, whatever it says of itself."""

import pytest

from allause.isolation import Helper, Outcome

IMPORTS = "import contextlib, sys, threading, types\n"
DISGUISED = """
it = contextlib.contextmanager
it.__name__ = it.__qualname__ = it.__module__ = contextlib.__name__ = "part"
it.__code__ = (lambda f: f).__code__
"""


@pytest.fixture(scope="module")
def plain_helper():
    with Helper() as helper:
        yield helper


@pytest.fixture
def rewritten(plain_helper, tmp_path):
    """Import a module and return what it rewrote of others."""

    def run(source):
        (tmp_path / "part.py").write_text(IMPORTS + source)
        with plain_helper.session(extra_sys_path=[tmp_path]) as session:
            session.request("audit")
            assert session.request("import", module="part", names=[]).outcome is Outcome.RETURNED
            return session.request("audit").data["rewritten"]

    return run


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("contextlib.contextmanager.__code__ = (lambda f: f).__code__", "contextlib.contextmanager.__code__"),
        ("contextlib.contextmanager.__defaults__ = (print,)", "contextlib.contextmanager.__defaults__"),
        ("threading.Thread.__init__.__kwdefaults__ = {'daemon': True}", "threading.Thread.__init__.__kwdefaults__"),
        ("del threading.Thread.__init__.__kwdefaults__", "threading.Thread.__init__.__kwdefaults__"),
        ("contextlib.__class__ = type('Other', (types.ModuleType,), {})", "contextlib.__class__"),
        (DISGUISED, "contextlib.contextmanager.__code__"),
        (
            "for number in range(300): open(f'{number}', 'w').close()\nthreading.Thread.run.__defaults__ = (1,)",
            "threading.Thread.run.__defaults__",
        ),
    ],
)
def test_what_is_rewritten_in_its_place_is_named(rewritten, line, name):
    assert rewritten(line) == [name]


@pytest.mark.parametrize(
    "line",
    [
        "def own(a=1): yield a\nown.__defaults__ = (2,)\nown.__code__ = own.__code__.replace()",
        "@contextlib.contextmanager\ndef own(): yield\nown.__defaults__ = None",
        "sys.modules[__name__].__class__ = type('Own', (types.ModuleType,), {})",
    ],
)
def test_what_is_ones_own_is_not(rewritten, line):
    assert rewritten(line) == []
