"""What the hardened mode refuses, tried from inside; the same is possible in the mode below it where a test says so."""

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from allause.isolation import Helper, Isolation, Outcome, landlock, readable, seccomp

pytestmark = [
    pytest.mark.parametrize("helper", [Isolation.HARDENED], indirect=True, scope="module"),
    pytest.mark.usefixtures("hardened"),
]


def attempt(bench, body, **limits):
    """Run the lines of ``body`` in a hardened child and return the answer of their function."""
    lines = "\n".join(f"        {line}" for line in body.strip().splitlines())
    return bench.answer(f"import ctypes, os, signal, socket\nclass C:\n    def go(self):\n{lines}\n", limits=limits)


def refused(answer):
    return answer.outcome is Outcome.RAISED and answer.data["exception"]["type"] == "builtins.PermissionError"


@pytest.fixture
def outside(tmp_path_factory):
    return tmp_path_factory.mktemp("outside")


def test_a_file_outside_cannot_be_written(bench, outside):
    assert refused(attempt(bench, f"open({str(outside / 'made')!r}, 'w')"))
    assert list(outside.iterdir()) == []


@pytest.mark.parametrize("act", ["os.unlink({!r})", "os.truncate({!r}, 0)", "os.rename({!r}, 'mine')", "open({!r})"])
def test_a_file_outside_cannot_be_read_changed_or_taken(bench, outside, act):
    (outside / "secret").write_text("canary")
    assert refused(attempt(bench, act.format(str(outside / "secret"))))
    assert (outside / "secret").read_text() == "canary"


def test_a_link_to_the_outside_leads_nowhere(bench, outside):
    (outside / "secret").write_text("canary")
    assert refused(attempt(bench, f"os.symlink({str(outside)!r}, 'way')\nreturn open('way/secret').read()"))


def test_its_own_module_cannot_be_changed(bench):
    assert refused(attempt(bench, "return open(__file__, 'a')"))


def test_passwords_keys_and_homes_cannot_be_read(bench):
    body = """
read = []
for path in ('/etc/shadow', '/etc/ssl/private', '/root', '/home', '/var', '/run', '/tmp', '/'):
    try:
        os.open(path, os.O_RDONLY)
    except (PermissionError, FileNotFoundError):
        continue
    read.append(path)
return read
"""
    assert attempt(bench, body).value == []


def test_its_own_directory_can_be_used_freely(bench):
    body = """
os.makedirs('a/b'); open('a/b/x', 'w').write('1'); os.rename('a/b/x', 'a/y'); os.symlink('y', 'a/z')
os.truncate('a/y', 0); os.unlink('a/z'); os.rmdir('a/b')
return os.listdir('a')
"""
    assert attempt(bench, body).value == ["y"]


def test_a_program_brought_along_cannot_be_started(bench):
    body = """
open('x', 'w').write('#!/bin/sh\\n'); os.chmod('x', 0o700)
os.execv('x', ['x'])
"""
    assert refused(attempt(bench, body))


def test_a_program_of_the_system_can_be_started_and_is_confined_too(bench, outside):
    made = str(outside / "made")
    assert attempt(bench, f"return os.system('true'), os.system('echo > {made}') != 0").value == (0, True)
    assert list(outside.iterdir()) == []


@pytest.mark.parametrize("kind", ["AF_INET, socket.SOCK_STREAM", "AF_INET, socket.SOCK_DGRAM",
                                  "AF_INET6, socket.SOCK_STREAM", "AF_PACKET, socket.SOCK_RAW"])  # fmt: skip # a table
def test_no_socket_reaches_a_network(bench, kind):
    assert refused(attempt(bench, f"socket.socket(socket.{kind})"))


def test_sockets_within_the_process_work(bench):
    body = """
a, b = socket.socketpair()
a.send(b'x')
return b.recv(1)
"""
    assert attempt(bench, body).value == b"x"


def test_an_abstract_socket_of_the_host_cannot_be_reached(bench):
    name = f"allause-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("\0" + name)
        server.listen()
        assert refused(attempt(bench, f"socket.socket(socket.AF_UNIX).connect(chr(0) + {name!r})"))


def test_the_network_is_there_when_the_session_allows_it(bench):
    with socket.create_server(("127.0.0.1", 0)) as server:
        module = bench.write(
            "import socket\ndef call(port):\n    socket.create_connection(('127.0.0.1', port)).close()"
        )
        with bench.helper.session(extra_sys_path=[bench.folder], network=True) as session:
            assert session.describe()["network"] == "open"
            assert session.run(f"{module}:call", {"port": server.getsockname()[1]}).outcome is Outcome.RETURNED


def test_nobody_outside_can_be_signalled(bench):
    with subprocess.Popen(["sleep", "60"]) as other:
        answers = [attempt(bench, f"os.kill({pid}, {signal.SIGTERM:d})") for pid in (other.pid, os.getpid())]
        assert all(refused(answer) for answer in answers)
        assert other.poll() is None
        other.kill()


def test_its_own_children_can_be_signalled(bench):
    body = """
pid = os.fork()
if pid == 0:
    signal.pause()
os.kill(pid, signal.SIGTERM)
return os.waitpid(pid, 0)[1]
"""
    assert attempt(bench, body).value == signal.SIGTERM


ANSWERS = """
libc = ctypes.CDLL(None, use_errno=True)
numbers = NUMBERS
answers = {}
for name, number in numbers.items():
    ctypes.set_errno(0)
    libc.syscall(number, -1, -1, -1, -1, -1, -1)
    answers[name] = ctypes.get_errno()
return answers
"""


@pytest.fixture
def numbers():
    column = {"x86_64": 0, "aarch64": 1}[os.uname().machine]
    calls = {**seccomp.REFUSED, **seccomp.ABSENT}
    return {name: numbers[column] for name, numbers in calls.items() if numbers[column] is not None}


def test_every_listed_system_call_is_refused(bench, numbers):
    answers = attempt(bench, ANSWERS.replace("NUMBERS", repr(numbers))).value
    assert {name for name, error in answers.items() if error == 38} == set(seccomp.ABSENT)
    assert {name for name, error in answers.items() if error == 1} == set(seccomp.REFUSED)


def test_the_numbers_are_those_of_the_kernels_headers():
    headers = ("/usr/include/x86_64-linux-gnu/asm/unistd_64.h", "/usr/include/asm-generic/unistd.h")
    checked = 0
    for column, header in enumerate(map(Path, headers)):
        if not header.exists():
            continue
        found = dict(re.findall(r"#define __NR(?:3264)?_(\w+) (\d+)", header.read_text()))
        for name, numbers in {**seccomp.REFUSED, **seccomp.ABSENT, **seccomp.EXAMINED}.items():
            if name in found:
                assert numbers[column] == int(found[name]), name
                checked += 1
    if not checked:
        pytest.skip("the kernel's headers are not installed")


def test_new_namespaces_are_refused_in_clone_and_threads_are_not(bench):
    number = seccomp.EXAMINED["clone"][{"x86_64": 0, "aarch64": 1}[os.uname().machine]]
    body = f"""
import threading
thread = threading.Thread(target=print); thread.start(); thread.join()
libc = ctypes.CDLL(None, use_errno=True)
pid = libc.syscall({number}, 0x10000000 | 17, 0, 0, 0, 0)
if pid == 0:
    os._exit(0)
return pid, ctypes.get_errno()
"""
    assert attempt(bench, body).value == (-1, 1)


def test_the_limits_of_others_are_refused_and_its_own_are_not(bench):
    number = seccomp.EXAMINED["prlimit64"][{"x86_64": 0, "aarch64": 1}[os.uname().machine]]
    body = f"""
libc = ctypes.CDLL(None, use_errno=True)
itself = libc.syscall({number}, 0, 0, None, (ctypes.c_uint64 * 2)())
return itself, libc.syscall({number}, os.getpid(), 0, None, (ctypes.c_uint64 * 2)()), ctypes.get_errno()
"""
    assert attempt(bench, body).value == (0, -1, 1)


def test_processes_are_limited_in_number(bench):
    body = """
made = []
try:
    while len(made) < 100:
        pid = os.fork()
        if pid == 0:
            signal.pause()
        made.append(pid)
except BlockingIOError:
    return len(made)
"""
    assert 10 <= attempt(bench, body, processes=16).value < 16


def test_a_fork_bomb_comes_to_rest(bench):
    body = """
while True:
    try:
        os.fork()
    except BlockingIOError:
        pass
"""
    module = bench.write(f"import os\nclass C:\n    def go(self):\n{body.replace(chr(10), chr(10) + '        ')}")
    with bench.session(processes=64) as session:
        session.request("import", module=module, attribute="C")
        session.request("construct")
        answer = session.request("call", method="go", deadline_s=0.5)
    assert answer.outcome in {Outcome.TIMED_OUT, Outcome.GARBLED}  # the copies may answer too


def test_it_has_no_privileges_and_cannot_raise_its_limits(bench):
    body = """
import resource
status = open('/proc/self/status').read()
held = int(status.split('CapEff:')[1].split()[0], 16) & ~0b110  # reading and overriding files, Landlock above them
try:
    resource.setrlimit(resource.RLIMIT_NOFILE, (9999, 9999))
except ValueError:
    return held, os.getuid()
"""
    held, user = attempt(bench, body).value
    assert held == 0
    assert user != 0 or os.getuid() != 0


def test_two_children_of_root_are_two_users(bench):
    if os.getuid() != 0:
        pytest.skip("only root can make another user of a child")
    with bench.session() as first, bench.session() as second:
        assert first.run("os:getuid").value != second.run("os:getuid").value


def test_the_environment_of_the_host_cannot_be_read_from_outside(bench):
    assert refused(attempt(bench, f"return open('/proc/{os.getpid()}/environ').read()"))


def test_the_same_attempts_succeed_without_hardening(tmp_path, numbers):
    (tmp_path / "weak.py").write_text(
        "import ctypes, socket\n"
        "def go(path):\n    open(path, 'w').close()\n    socket.socket().close()\n"
        f"    return ctypes.CDLL(None).syscall({numbers['unshare']}, 0)\n"
    )
    with Helper(Isolation.PROCESS) as helper, helper.session(extra_sys_path=[tmp_path]) as session:
        assert session.run("weak:go", {"path": str(tmp_path / "made")}).value == 0
    assert (tmp_path / "made").exists()


CONFINED = """
import json, os, sys
from allause.isolation import confinement, identity, landlock, limits, seccomp
import attrs
{breakage}
spec = dict(mode="hardened", user=None, network=False, readable=[], holding_home={home!r}, directory=os.getcwd(),
            limits=attrs.asdict(limits.Limits()))
print(json.dumps(confinement.confine(spec, os.getppid())))
"""
REFUSAL = "def no(*_, **__): raise OSError(38, 'not here')\n"


@pytest.mark.parametrize(("breakage", "told"), [
    ("landlock.version = lambda: 0; landlock.restrict = no", "no Landlock"),
    ("landlock._SCOPES_VERSION = 99", "does not restrict signals"),
    ("seccomp.refuse = no", "UDP is open, only TCP is denied"),
    ("seccomp.refuse = no; landlock.restrict = no", "the network is open"),
    ("seccomp._MACHINES = {}", "no list of system calls for"),
    ("identity.count_apart = identity.give_up_privileges = no", "giving up privileges"),
])  # fmt: skip # a table
def test_what_a_machine_lacks_is_named_as_weaker(tmp_path, breakage, told):
    code = CONFINED.format(breakage=REFUSAL + breakage, home=[])
    done = subprocess.run([sys.executable, "-c", code], check=False, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert told in done.stdout


def test_a_module_path_that_holds_the_home_directory_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    assert readable.holding_home([str(tmp_path), "/usr/lib"]) == [str(tmp_path)]
    code = CONFINED.format(breakage="", home=[str(tmp_path)])
    done = subprocess.run([sys.executable, "-c", code], check=False, cwd=tmp_path, capture_output=True, text=True)
    assert "the home directory can be read" in done.stdout


def test_without_a_home_directory_nothing_holds_it(monkeypatch):
    def nobody(_):
        raise KeyError

    monkeypatch.delenv("HOME")
    monkeypatch.setattr("pwd.getpwuid", nobody)
    assert readable.holding_home(["/", "/usr/lib"]) == []


def test_an_older_landlock_is_asked_only_for_what_it_has(tmp_path):
    code = CONFINED.format(breakage="landlock.version = lambda: 1", home=[])
    done = subprocess.run([sys.executable, "-c", code], check=False, cwd=tmp_path, capture_output=True, text=True)
    assert '"landlock": 1' in done.stdout, done.stderr


def test_the_version_of_landlock_is_zero_where_there_is_none(monkeypatch):
    def refuse(*_):
        raise OSError(38, "not implemented")

    monkeypatch.setattr(landlock, "syscall", refuse)
    assert landlock.version() == 0
