"""The table of docs/explanation/isolation.md says what happens: each attack is tried in each mode."""

import ctypes
import itertools
import os
import re
import subprocess
from pathlib import Path

import pytest

from allause.isolation import Helper, Isolation, Limits, Outcome
from gauntlet.hostile import FORGED

pytestmark = pytest.mark.exam


PAGE = (Path(__file__).parents[2] / "docs" / "explanation" / "isolation.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| ([a-z][^|]+) \| (\w+) \| (\w+) \| (\w+) \|$", PAGE, flags=re.MULTILINE)
LIMITS = Limits(wall_s=3.0, memory_bytes=2**29, processes=16)  # forty forks take a second on a busy machine
_numbers = itertools.count()

SOURCES = {
    "leaves with exit status 0 instead of answering": "import os\nos._exit(0)",
    "dies of a segmentation fault": "import faulthandler\nfaulthandler._sigsegv()",
    "hangs": "import time\ntime.sleep(4)",
    "allocates without end": "x = bytes(2**31)",
    "leaves a daemon behind": "import os, time\nif os.fork() == 0:\n    os.setsid()\n    time.sleep(60)",
    "answers with a forged frame": FORGED,
    "reads a token from the environment": "import os\nassert os.environ['BROKER_TOKEN']",
    "prints over your terminal": "import os\nassert os.fstat(1).st_ino == @TERMINAL@",
    "reads a file outside": "open('@SECRET@').read()",
    "writes a file outside": "open('@OUTSIDE@/made', 'w').close()",
    "opens a network socket": "import socket\nsocket.socket()",
    "signals another process": "import os\nos.kill(@OTHER@, 0)",
    "leaves System V memory behind": "import ctypes\nassert ctypes.CDLL(None).shmget(0, 4096, 0o1600) >= 0",
    "starts processes without number": "import os, signal\nfor _ in range(40):\n    if os.fork() == 0:\n"
                                       "        signal.pause()",
}  # fmt: skip # one attack an entry


def attacked(field, mode, source):
    """Tell whether the attack succeeded: its module was imported, or the host was kept beyond the deadline."""
    module = f"attack_{next(_numbers)}"
    (field.folder / f"{module}.py").write_text(source)
    with Helper(mode, limits=LIMITS) as helper, helper.session(extra_sys_path=[field.folder]) as session:
        answer = session.request("import", module=module)
    return answer.outcome is Outcome.RETURNED


@pytest.mark.parametrize(("attack", "hardened", "process", "none"), ROWS, ids=[row[0] for row in ROWS])
def test_the_table_says_what_happens(field, attack, hardened, process, none):
    with subprocess.Popen(["sleep", "60"], env={}) as other:
        words = {"@SECRET@": field.secret, "@OUTSIDE@": field.outside, "@OTHER@": other.pid,
                 "@TERMINAL@": os.fstat(2).st_ino}  # fmt: skip # a table
        source = SOURCES[attack]
        for word, meant in words.items():
            source = source.replace(word, str(meant))
        seen = {}
        for mode, said in zip(Isolation, (hardened, process, none), strict=True):
            succeeded = attacked(field, mode, source)
            if attack == "leaves a daemon behind":
                succeeded = field.strays() != []
            if attack == "leaves System V memory behind":
                assert (field.shared() != []) is succeeded
                for number in field.shared():
                    ctypes.CDLL(None).shmctl(number, 0, None)  # 0 removes it
            seen[mode.value] = ("open" if succeeded else "stopped", said)
        other.kill()
    assert {mode: said for mode, (_, said) in seen.items()} == {mode: found for mode, (found, _) in seen.items()}


def test_every_attack_is_in_the_table():
    assert {row[0] for row in ROWS} == set(SOURCES)


def test_a_component_that_looks_everywhere_finds_no_secret(field, tmp_path, monkeypatch):
    home = tmp_path / "home"
    home.mkdir()
    (home / ".netrc").write_text(f"machine broker login me password {field.token}")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("BROKER_URL", f"https://me:{field.token}@broker.example")
    (field.folder / "seeker.py").write_text(
        "import glob, os\n"
        "def seek(home):\n"
        "    found = [repr(dict(os.environ))]\n"
        "    for name in [*glob.glob('/proc/*/environ'), *glob.glob('/proc/*/mem'), home + '/.netrc']:\n"
        "        try:\n"
        "            found.append(open(name, 'rb').read(10**6).decode('latin-1'))\n"
        "        except OSError:\n"
        "            continue\n"
        "    return len(found), ''.join(found)\n"
    )
    for mode, expected in ((Isolation.HARDENED, False), (Isolation.PROCESS, True)):
        with Helper(mode) as helper, helper.session(extra_sys_path=[field.folder]) as session:
            count, text = session.run("seeker:seek", {"home": str(home)}).value
        assert count > 1, "nothing was looked at"
        assert (field.token in text) is expected
