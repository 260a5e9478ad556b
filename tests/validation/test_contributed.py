"""Checks that other distributions contribute: theirs are theirs, and ours stay as they are."""

import os
from pathlib import Path

import pytest

from allause.isolation import seccomp
from allause.models.report import Status
from allause.validation import contributed, session

HEAD = """
from allause.checks import Check, Finding, Tier
from allause.hookspecs import hookimpl

def always(evidence):
    '''Component that is looked at.'''
    yield Finding(message=f"saw {evidence.record.id}", location="there", fix="none")

def never(evidence):
    '''Nothing.'''
    yield from ()

def row(code, function, **more):
    return Check(code=code, slug=code.lower(), tier=Tier.SILVER, how="M", function=function, **more)
"""
HOOK = "\n@hookimpl\ndef allause_checks():\n    return [{rows}]\n"


def rules(rows, before=""):
    return HEAD + before + HOOK.format(rows=rows)


_examined = []


@pytest.fixture
def judged(component, validate, monkeypatch):
    """Validate the good component with contributed checks, and return the report and their results.

    The good component is examined once, for whoever contributes comes when ours are judged.
    """

    def seen_once(*asked, seen=session._seen):
        if not _examined:
            _examined.append(seen(*asked))
        return _examined[0]

    monkeypatch.setattr(session, "_seen", seen_once)

    def call(**options):
        report = validate(component(), plugin_checks=True, select=["PKG001", "DSC"], **options)
        (only,) = report.components
        ours = [result for result in only.results if not result.origin]
        assert {result.status for result in ours} == {Status.PASSED}
        return report, [result for result in only.results if result.origin]

    return call


def test_contributed_checks_run_under_the_name_of_who_contributes_them(contributor, judged):
    contributor(rules("row('ACME001', always), row('ACME002', never)"))
    report, theirs = judged()
    assert [(r.code, r.status, r.origin) for r in theirs] == [
        ("ACME001", Status.FAILED, "acme-rules"),
        ("ACME002", Status.PASSED, "acme-rules"),
    ]
    assert theirs[0].message == "saw mutant-analytics:engine"
    assert report.exit_code == 1


def test_without_being_asked_for_they_do_not_run(contributor, component, validate):
    contributor("raise SystemExit\n")
    report = validate(component(), select=["PKG001"])
    assert report.exit_code == 0
    assert [result.origin for result in report.components[0].results] == [""]


@pytest.mark.parametrize("row", ["always, needs=('PKG001',)", "never, complete_with=('PKG001',)"])
def test_a_check_that_needs_one_of_ours_is_blocked_by_it(row, contributor, component, validate):
    contributor(rules(f"row('ACME001', {row})"))
    report = validate(component(requires="allause"), plugin_checks=True, select=["PKG001"])
    assert [result.status for result in report.components[0].results] == [Status.FAILED, Status.BLOCKED]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (rules("row('CON001', never)"), "is of a family of allause"),
        (rules("row('TRD999', never)"), "is of a family of allause"),
        (rules("row('acme1', never)"), "not of the form ACME001"),
        (rules("1"), "int is no Check"),
        (HEAD + "def allause_checks():\n    return []\n", "no function 'allause_checks' marked"),
        ("raise RuntimeError('broken')\n", "RuntimeError: broken"),
        ("import sys; sys.exit(0)\n", "SystemExit"),
        ("import os; os._exit(0)\n", "ended, hung or said too much"),
        ("import os; os.kill(os.getpid(), 9)\n", "ended, hung or said too much"),
        ("import os; os.kill(os.getppid(), 0)\n", "PermissionError"),
        ("import os; os.kill(@HOST@, 0)\n", "PermissionError"),
        ("import os; os.pidfd_open(@HOST@)\n", "PermissionError"),
        ("import os; os.killpg(os.getpgid(@HOST@), 0)\n", "PermissionError"),
        ("import os; os.kill(-1, 0)\n", "PermissionError"),
        (rules("row('ACME001', never)", "print('{}')\n").replace("'ACME001'", "'ACME1'"), "not of the form"),
    ],
)
def test_a_contributor_that_cannot_be_heard_is_told_and_is_no_pass(source, expected, contributor, judged):
    contributor(source.replace("@HOST@", str(os.getpid())))
    report, theirs = judged()
    assert theirs == []
    assert any(expected in notice for notice in report.notices), report.notices
    assert report.exit_code == 1


LEAVING = """
import os, pathlib, time
reading, writing = os.pipe()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        pathlib.Path(@PID@).write_text(str(os.getpid()))
        os.write(writing, b".")
        time.sleep(600)
    os._exit(0)
os.read(reading, 1)
"""


@pytest.fixture
def leaving(tmp_path):
    """Return the source that leaves a process behind, and the function that tells whether that still lives."""
    pid = tmp_path / "pid"

    def lives():
        status = Path("/proc", pid.read_text(), "status")
        return status.exists() and "\nState:\tZ" not in status.read_text()  # nobody may have buried it yet

    return LEAVING.replace("@PID@", repr(str(pid))), lives


def test_what_a_contributor_leaves_behind_is_ended_and_not_waited_for(contributor, judged, leaving):
    source, left = leaving
    contributor(rules("row('ACME001', never)", source))
    report, theirs = judged()
    assert [result.status for result in theirs] == [Status.PASSED]
    assert report.exit_code == 0
    assert not left()


def test_a_contributor_that_never_ends_is_ended(contributor, judged, leaving, monkeypatch):
    monkeypatch.setattr(contributed, "_DEADLINE_NS", 1_000_000_000)
    source, left = leaving
    contributor(source + "while True: pass\n")
    report, theirs = judged()
    assert theirs == []
    assert any("ended, hung or said too much" in notice for notice in report.notices)
    assert not left()


def test_where_signals_cannot_be_refused_only_the_keeper_can_be_ended(contributor, judged, monkeypatch):
    def refuse(_):
        raise OSError(38, "not here")

    monkeypatch.setattr(seccomp, "spare", refuse)
    contributor("import os; os.kill(os.getppid(), 9)\n")
    report, theirs = judged()
    assert theirs == []
    assert any("ended, hung or said too much" in notice for notice in report.notices)


def test_two_contributors_cannot_use_one_code(contributor, judged):
    contributor(rules("row('ACME001', never)"))
    contributor(rules("row('ACME001', never)"), name="beta-rules")
    report, theirs = judged()
    assert [result.origin for result in theirs] == ["acme-rules"]
    assert any("a check of acme-rules:rules already" in notice for notice in report.notices)


def test_a_contributor_cannot_alter_what_ours_say(contributor, judged):
    tampering = (
        "import allause.checks, allause.models.report as r, json\n"
        "allause.checks.CHECKS = ()\nr.Status.PASSED._value_ = 'failed'\njson.dumps = lambda *a, **k: ''\n"
    )
    contributor(rules("row('ACME001', never)", tampering))
    judged()
    assert Status.PASSED.value == "passed"


def test_a_check_that_raises_is_errored_and_is_theirs(contributor, judged):
    contributor(rules("row('ACME001', lambda evidence: iter(evidence.nothing))"))
    report, theirs = judged()
    assert [result.status for result in theirs] == [Status.ERRORED]
    assert report.exit_code == 1
