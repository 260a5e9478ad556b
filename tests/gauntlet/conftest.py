import os
import secrets
import tempfile
from pathlib import Path
from stat import S_ISDIR

import pytest

from mutants.mutant import Mutant, write

#: Folders that every user may write to; others do meanwhile.
COMMON = ("/tmp", "/var/tmp", "/dev/shm")  # looked into, not written to
#: Users that children are.
BORROWED = range(61_184, 65_520)


class Field:
    """A folder of distributions beside each other, and a world that no component may touch."""

    def __init__(self, folder, outside, own, token, mark):
        self.folder = folder
        self.outside = outside
        self.home, self.temporary = own
        self.token = token
        self.mark = mark
        self.common = in_common()
        self.ipc = kept_by_the_kernel()
        self.secret = outside / "secret"
        self.secret.write_text(token)

    def place(self, name, edits=()):
        """Write a component whose distribution, module and name are ``name``; return its identity."""
        module = "gauntlet_" + name.replace("-", "_")
        worded = {"@OUTSIDE@": str(self.outside), "@SECRET@": str(self.secret), "@HOST@": str(os.getpid())}
        worded |= {"@HOME@": str(self.home), "@TEMPORARY@": str(self.temporary), "@MARK@": self.mark}
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

    def shared(self, which="shm"):
        """Return the numbers of what was left with the kernel since this was made."""
        return [number for kind, number in kept_by_the_kernel() - self.ipc if kind == which]

    def touched(self):
        """Return what was changed of the world outside."""
        found = [] if self.secret.exists() and self.secret.read_text() == self.token else [str(self.secret)]
        for folder in (self.outside, self.home, self.temporary):
            found += [str(path) for path in folder.iterdir() if path != self.secret]
        common = [path for path in in_common() - self.common if path.name.startswith(self.mark) or borrowed(path)]
        found += map(str, common)
        return [*found, *sorted(kept_by_the_kernel() - self.ipc)]


def in_common():
    return {path for folder in COMMON if Path(folder).exists() for path in Path(folder).iterdir()}


def borrowed(path):
    """Tell whether a file is a child's; folders of that kind are made for one by a host."""
    try:
        status = path.lstat()
    except FileNotFoundError:  # somebody else's, gone meanwhile
        return False
    return status.st_uid in BORROWED and not S_ISDIR(status.st_mode)


def kept_by_the_kernel():
    """Return kind and number of all shared memory, semaphores and message queues of System V."""
    lines = {kind: Path("/proc/sysvipc", kind).read_text().splitlines()[1:] for kind in ("shm", "sem", "msg")}
    return {(kind, int(line.split()[1])) for kind, found in lines.items() for line in found}


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
            home, temporary = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("temporary")
            patch.setenv("HOME", str(home))
            patch.setattr(tempfile, "tempdir", str(temporary))
            return Field(folder, outside, (home, temporary), token, mark)

        yield make


@pytest.fixture
def field(make_field):
    return make_field()
