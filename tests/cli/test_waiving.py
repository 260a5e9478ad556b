"""``allause waiver``, and what a waiver does to a validation."""

import errno
import json
import os
from pathlib import Path

import pytest

pytestmark = pytest.mark.long

ADD = (
    "waiver",
    "add",
    "PKG001",
    "--component",
    "Acme_Analytics:throw-away",
    "--reason",
    "soon",
    "--until",
    "2999-01-31",
)


@pytest.fixture
def unbounded(site):
    """A component that can be imported and does not say which core it needs."""
    return site("analytics", "class Part: pass\n")


def test_the_help_says_in_plain_words_what_a_reason_is(command):
    assert "Why the finding is accepted." in command("waiver", "add", "--help").stdout


def test_an_added_waiver_is_listed(command):
    assert command("waiver", "list").stdout.startswith("No waiver")
    added = command(*ADD)
    assert added.returncode == 0, added.stderr
    listed = command("waiver", "list").stdout.splitlines()[1]
    assert listed.split() == ["PKG001", "acme-analytics:throw-away", "2999-01-31", "open", "soon"]


def test_a_waiver_of_a_component_that_is_not_installed_is_written_and_doubted(command):
    misspelt = command(*(word if word != ADD[4] else "allause-analytic:analytics" for word in ADD))
    assert misspelt.returncode == 0
    assert "no component allause-analytic:analytics is installed here" in misspelt.stderr
    assert "did you mean allause-analytics:analytics?" in misspelt.stderr
    right = command(*(word if word != ADD[4] else "allause-analytics:analytics" for word in ADD))
    assert (right.returncode, right.stderr) == (0, "")


@pytest.mark.parametrize(
    ("position", "word", "expected"),
    [
        (2, "PKG01", "did you mean PKG001"),
        (2, "DSC006", "cannot be waived"),
        (4, "acme", "DISTRIBUTION:NAME"),
        (4, "acme:\x1b[31m", "found 'acme:\\\\x1b[31m'"),
        (4, " : ", "DISTRIBUTION:NAME"),
        (6, " ", "expected why"),
        (6, "\udcff", "--reason: expected a text, found bytes that are none"),
        (8, "soon", "expected a day"),
        (8, "2020-01-31", "has passed"),
    ],
)
def test_a_waiver_that_would_cover_nothing_is_refused_and_nothing_is_written(position, word, expected, command):
    words = list(ADD)
    words[position] = word
    refused = command(*words)
    assert refused.returncode == 2
    assert expected in refused.stderr
    assert list(command.here.iterdir()) == []


def test_when_there_is_no_room_the_configuration_stays_as_it_was(command, monkeypatch):
    file = command.here / "allause.toml"
    file.write_text("seed = 3\n")

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "replace", full)
    refused = command(*ADD)
    assert refused.returncode == 2
    assert refused.stderr == f"allause: error: {file} cannot be written: No space left on device\n"
    assert (file.read_text(), list(command.here.iterdir())) == ("seed = 3\n", [file])


def test_a_second_waiver_of_the_same_is_refused(command):
    command(*ADD)
    assert "in line 1; change that one" in command(*ADD).stderr


def validated(allause, where, *words):
    process = allause("validate", "acme-analytics:throw-away", "--fast", "--format", "json", *words, PYTHONPATH=where)
    return process, json.loads(process.stdout)


def test_a_waived_finding_is_told_and_is_no_failure_and_no_pass(allause, unbounded):
    process, report = validated(allause, unbounded, "--select", "PKG001")
    assert process.returncode == 1
    assert allause(*ADD).returncode == 0
    process, report = validated(allause, unbounded, "--select", "PKG001")
    assert process.returncode == 0, process.stdout
    (result,) = report["components"][0]["results"]
    assert result["status"] == "waived"
    assert result["message"].startswith("waived until 2999-01-31: soon (")
    assert (report["summary"]["waived"], report["summary"]["passed"]) == (1, 0)


def test_a_waiver_counts_where_that_is_asked_for(allause, unbounded):
    allause(*ADD)
    assert validated(allause, unbounded, "--select", "PKG001", "--fail-on", "waived")[0].returncode == 1


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('reason = "soon"', 'reason = " "', "WVR001"),
        ("PKG001", "PKG01", "WVR002"),
        ("PKG001", "DSC002", "WVR003"),
        ("2999", "2020", "WVR004"),
        ("PKG001", "DSC006", "WVR005"),
    ],
)
def test_an_unsound_waiver_covers_nothing_and_is_an_error_of_its_own(old, new, code, allause, unbounded):
    allause(*ADD)
    file = allause.here / "allause.toml"
    file.write_text(file.read_text().replace(old, new))
    process, report = validated(allause, unbounded, "--select", "PKG001,DSC002,DSC006")
    assert process.returncode == 1
    failed = [result["code"] for result in report["validation"] if result["status"] == "failed"]
    assert code in failed
    assert any(notice.startswith(code) for notice in report["notices"])
    assert report["summary"]["waived"] == 0
