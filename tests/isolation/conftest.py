import itertools
import textwrap
from pathlib import Path

import pytest

from allause.isolation import Helper, Isolation, Limits

GOOD = """
from allause.hookspecs import hookimpl
class Good:
    @hookimpl
    def double(self, number):
        return number * 2
"""


@pytest.fixture(scope="module", params=[Isolation.HARDENED, Isolation.PROCESS], ids=str)
def helper(request):
    with Helper(request.param) as helper:
        yield helper


@pytest.fixture
def hardened(helper):
    if helper.mode is not Isolation.HARDENED:
        pytest.skip("only the hardened mode promises this")
    with helper.session() as session:
        if session.describe()["weaker"]:
            pytest.skip(f"this machine cannot: {session.describe()['weaker']}")


@pytest.fixture
def unhardened(helper):
    if helper.mode is Isolation.HARDENED:
        pytest.skip("the hardened mode does not let it come to this")


_numbers = itertools.count()


class Bench:
    """Write throw-away modules and open sessions in which they can be imported."""

    def __init__(self, helper, folder):
        self.helper = helper
        self.folder = folder
        self.opened = []

    def write(self, source):
        name = f"part_{next(_numbers)}"
        (self.folder / f"{name}.py").write_text(textwrap.dedent(source))
        return name

    def session(self, **limits):
        session = self.helper.session(Limits(**{"wall_s": 15.0, **limits}), extra_sys_path=[self.folder])
        self.opened.append(session)
        return session

    def answer(self, source, *, deadline_s=None, limits=None, **fields):
        """Import the module ``source`` with its class C, construct it, call its method ``go`` and close."""
        module = self.write(source)
        with self.session(**(limits or {})) as session:
            answer = session.request("import", module=module, attribute="C", deadline_s=deadline_s)
            if answer.outcome == "returned":
                answer = session.request("construct", deadline_s=deadline_s)
            if answer.outcome == "returned":
                answer = session.request("call", method="go", deadline_s=deadline_s, **fields)
            return answer

    def is_well(self):
        """Tell whether a good component still gives its right answer in a next session."""
        module = self.write(GOOD)
        with self.session() as session:
            session.request("import", module=module, attribute="Good")
            session.request("construct")
            return session.request("call", method="double", arguments={"number": 21}).value == 42

    def processes(self):
        """Return the processes that work in, or were born with, a directory of the helper."""
        root = str(self.helper._process.root)
        found = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdecimal():
                continue
            try:
                state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
                born = root.encode() in (entry / "environ").read_bytes()
                works = str((entry / "cwd").readlink()).startswith(root)
            except OSError:
                continue
            if state not in "ZX" and (born or works) and int(entry.name) != self.helper._process._process.pid:
                found.append(int(entry.name))
        return found


@pytest.fixture
def bench(helper, tmp_path):
    bench = Bench(helper, tmp_path)
    yield bench
    for session in bench.opened:
        session.close()
        assert not session.directory.exists()
    assert bench.is_well()
    assert bench.processes() == []
