"""What the doctor says follows from what a child reads back and from what the machine's settings are."""

import sys
from pathlib import Path

import pytest

from allause import doctor
from allause.doctor import State, examine_machine
from allause.evidence.bytecode import Uncompiled
from allause.exceptions import ValidatorError

WHOLE = {
    "landlock": 7,
    "seccomp": True,
    "network": "denied",
    "user": "own",
    "limits": {
        "memory_bytes": 2**32,
        "cpu_s": 60,
        "file_bytes": 2**26,
        "open_files": 256,
        "processes": 512,
    },
    "weaker": [],
}


@pytest.fixture
def examined(monkeypatch):
    """Examine a machine in which a child read back WHOLE but for some entries, and settings are what is given."""

    def examine(settings=None, uncompiled=(), **changed):
        class Patient:
            def __enter__(self):
                return self

            def __exit__(self, *_):
                pass

            def describe(self):
                return WHOLE | changed

        monkeypatch.setattr(doctor, "Helper", Patient)
        monkeypatch.setattr(doctor, "uncompiled", lambda *_: uncompiled)
        monkeypatch.setattr(doctor, "_setting", lambda path: (settings or {}).get(str(path)))
        return {facility.name: facility for facility in examine_machine()}

    return examine


def test_this_machine_is_examined_without_importing_any_component():
    before = set(sys.modules)
    facilities = examine_machine()
    assert {f.name for f in facilities} >= {"system", "isolated process", "Landlock", "seccomp", "network", "user"}
    assert all(f.gain for f in facilities if f.state is not State.OK)
    assert not [name for name in set(sys.modules) - before if name.startswith("allause_")]


def test_a_machine_that_has_everything_is_ok(examined):
    found = examined({"/proc/self/cgroup": "0::/a", "/sys/fs/cgroup/a/memory.max": "8000000000"})
    assert {facility.state for facility in found.values()} == {State.OK}


@pytest.mark.parametrize(("changed", "name", "state", "gain"), [
    ({"landlock": 0}, "Landlock", State.MISSING, "Linux 5.13"),
    ({"landlock": 3}, "Landlock", State.WEAKER, "Linux 6.12"),
    ({"seccomp": False}, "seccomp", State.MISSING, "CONFIG_SECCOMP_FILTER"),
    ({"network": "no TCP"}, "network", State.WEAKER, "as for seccomp"),
    ({"network": "open"}, "network", State.MISSING, "as for seccomp"),
    ({"limits": WHOLE["limits"] | {"open_files": 20}}, "limits", State.WEAKER, "ulimit"),
    ({"limits": {k: v for k, v in WHOLE["limits"].items() if k != "processes"}}, "number of processes", State.MISSING,
     "as for user"),
    ({"weaker": ["the home directory can be read"]}, "files", State.WEAKER, "another folder"),
])  # fmt: skip # a table
def test_what_lacks_is_named_with_what_gets_more(examined, changed, name, state, gain):
    facility = examined(**changed)[name]
    assert facility.state is state
    assert gain in facility.gain


def test_a_landlock_that_is_switched_off_is_to_be_booted_with(examined):
    found = examined({"/sys/kernel/security/lsm": "capability,yama"}, landlock=0)["Landlock"]
    assert "lsm=" in found.gain


def test_byte_code_that_the_next_validation_writes_is_no_lack(examined, monkeypatch):
    monkeypatch.setattr(doctor, "obstacle", lambda _: "")
    lacking = Uncompiled(distribution="acme", folder="/site", modules={"/site/acme.py": 1})
    facility = examined(uncompiled=(lacking,))["byte code"]
    assert (facility.state, facility.found) == (State.OK, "none of acme; the next validation writes it")


def test_byte_code_that_nobody_writes_is_told_with_the_command_that_does(examined, monkeypatch):
    monkeypatch.setattr(doctor, "obstacle", lambda _: "/site is not writable")
    lacking = Uncompiled(distribution="acme", folder="/site", modules={"/site/acme.py": 1})
    facility = examined(uncompiled=(lacking,))["byte code"]
    assert (facility.state, facility.found) == (
        State.WEAKER,
        "none of acme, which slows every child; /site is not writable",
    )
    assert facility.gain == f"{sys.executable} -I -m compileall -q /site"


@pytest.mark.parametrize(("user", "settings", "gain"), [
    (0, {}, "--cap-add"),
    (1000, {}, "allow unprivileged user namespaces"),
    (1000, {"/proc/sys/kernel/apparmor_restrict_unprivileged_userns": "1"},
     "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"),
    (1000, {"/proc/sys/user/max_user_namespaces": "0"}, "sudo sysctl -w user.max_user_namespaces=1024"),
])  # fmt: skip # a table
def test_a_user_that_is_not_counted_apart_is_told_the_exact_setting(examined, monkeypatch, user, settings, gain):
    monkeypatch.setattr(doctor.os, "geteuid", lambda: user)
    assert gain in examined(settings, user="the same")["user"].gain


def test_the_memory_of_all_processes_together_is_bounded_only_by_a_control_group(examined):
    assert "systemd-run" in examined({"/proc/self/cgroup": "0::/"})["memory of all together"].gain


def test_a_machine_that_isolates_nothing_is_missing_not_an_error(monkeypatch):
    def refuse():
        raise ValidatorError("no child could be forked\nmore")

    monkeypatch.setattr(doctor, "Helper", refuse)
    found = examine_machine()[-1]
    assert (found.state, found.found) == (State.MISSING, "no child could be forked")


def test_a_setting_that_cannot_be_read_is_none():
    assert doctor._setting(Path("/proc/self/no-such-thing")) is None
