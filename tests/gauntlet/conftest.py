import os
import secrets
from pathlib import Path

import pytest

from mutants.mutant import Mutant, write


class Field:
    """A folder of distributions beside each other, and a world that no component may touch."""

    def __init__(self, folder, outside, token, mark):
        self.folder = folder
        self.outside = outside
        self.token = token
        self.mark = mark
        self.secret = outside / "secret"
        self.secret.write_text(token)

    def place(self, name, edits=()):
        """Write a component whose distribution, module and name are ``name``; return its identity."""
        module = "gauntlet_" + name.replace("-", "_")
        worded = {"@OUTSIDE@": str(self.outside), "@SECRET@": str(self.secret), "@HOST@": str(os.getpid())}
        edits = tuple((old, replaced(new, worded)) for old, new in edits)
        renamed = (('name="engine"', f'name="{name}"'), ('version("mutant-analytics")', f'version("gauntlet-{name}")'))
        mutant = Mutant("", name, edits=(*edits, *renamed), entry=f"{name} = {module}:Engine", module=module)
        write(mutant, self.folder, name=f"gauntlet-{name}")
        return f"gauntlet-{name}:{name}"

    def strays(self):
        """Return the command lines of processes that were born in this test, beside this one."""
        found = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdecimal() or int(entry.name) == os.getpid():
                continue
            try:
                born = self.mark.encode() in (entry / "environ").read_bytes()
                dead = (entry / "stat").read_text().rpartition(")")[2].split()[0] in "ZX"
            except OSError:
                continue
            if born and not dead:
                found.append((entry / "cmdline").read_bytes())
        return found

    def untouched(self):
        return [path.name for path in self.outside.iterdir()] == ["secret"] and self.secret.read_text() == self.token


def replaced(text, words):
    for old, new in words.items():
        text = text.replace(old, new)
    return text


@pytest.fixture(scope="module")
def make_field(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:

        def make():
            token, mark = secrets.token_hex(16), secrets.token_hex(16)
            folder, outside = tmp_path_factory.mktemp("installed"), tmp_path_factory.mktemp("outside")
            patch.syspath_prepend(folder)
            patch.setenv("BROKER_TOKEN", token)
            patch.setenv("PATH", f"{os.environ['PATH']}:/{mark}")  # children are born with this one too
            return Field(folder, outside, token, mark)

        yield make


@pytest.fixture
def field(make_field):
    return make_field()
