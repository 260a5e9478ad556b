"""``allause validate``: streams, report files and exit codes."""

import json

import pytest

from mutants.mutant import Mutant, write

_ONE = ("validate", "mutant-analytics:engine", "--no-workflows")


@pytest.fixture
def good(tmp_path):
    return str(write(Mutant("", "good"), tmp_path / "site"))


@pytest.fixture
def broken(site):
    return site("analytics", "import sys; sys.exit(0)")


def test_json_is_alone_on_stdout_and_equals_the_report_file(allause, good):
    process = allause(*_ONE, "--format", "json", PYTHONPATH=good)
    assert process.returncode == 0, process.stderr
    assert process.stdout == (allause.here / "allause-report.json").read_text()
    assert [c["id"] for c in json.loads(process.stdout)["components"]] == ["mutant-analytics:engine"]
    assert "Report: allause-report.json" in process.stderr


def test_text_ends_with_the_verdict_and_progress_is_on_stderr_without_any_escape_byte(allause, good):
    process = allause(*_ONE, "--report", "json=out.json", "--report", "text=out.txt", PYTHONPATH=good)
    assert process.returncode == 0, process.stderr
    assert "\nVerdict: every check passed" in process.stdout
    assert process.stdout.startswith("COMPONENT ")
    assert process.stderr.startswith("[")
    assert "Report: out.json\n" in process.stdout
    assert sorted(path.name for path in allause.here.iterdir()) == ["out.json", "out.txt"]
    assert "\x1b" not in process.stdout + process.stderr + (allause.here / "out.txt").read_text()


def test_a_component_that_exits_at_import_is_a_finding_and_exit_code_1(allause, broken):
    process = allause("validate", "acme-analytics:throw-away", "--no-workflows", PYTHONPATH=broken)
    assert process.returncode == 1, process.stderr
    assert "DSC007" in process.stdout
    assert "\nVerdict: " in process.stdout


def test_forced_colour_is_given_and_forbidden_colour_is_not(allause, broken):
    words = ("validate", "acme-analytics:throw-away", "--no-workflows")
    assert "\x1b[31m" in allause(*words, PYTHONPATH=broken, FORCE_COLOR="1").stdout
    assert "\x1b" not in allause(*words, PYTHONPATH=broken, FORCE_COLOR="1", NO_COLOR="1").stdout


def test_an_unknown_component_is_a_usage_error_and_nothing_is_written(command):
    process = command("validate", "nope")
    assert process.returncode == 2
    assert process.stdout == ""
    assert list(command.here.iterdir()) == []


def test_an_unwritable_report_is_refused_before_anything_runs(command):
    process = command(*_ONE, "--report", "json=missing/out.json")
    assert process.returncode == 2
    assert len(process.stderr.splitlines()) == 1
    assert list(command.here.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('fail-on = "x"', "fail-on in {file}: expected one of failed, inconclusive, skipped, waived, found 'x'"),
        ('report = ["x"]', "report in {file}: expected FORMAT=PATH, such as json=report.json, found 'x'"),
        ('report = ["x=y"]', "report in {file}: expected one of text, json"),
        (
            'report = ["json=x\\u0000"]',
            "report in {file}: expected FORMAT=PATH, such as json=report.json, found 'json=x",
        ),
        ("seed = -1", "seed in {file}: expected a whole number from 0 to 4294967295, found -1"),
    ],
)
def test_a_value_of_the_configuration_that_is_none_of_those_possible_is_told_with_its_file(text, expected, command):
    file = command.here / "allause.toml"
    file.write_text(text)
    process = command("validate", "--fast")
    assert process.returncode == 2
    assert process.stderr.startswith(f"allause: error: {expected.format(file=file)}")


def test_a_value_of_a_variable_is_told_with_its_name(command, monkeypatch):
    monkeypatch.setenv("ALLAUSE_FORMAT", "x")
    process = command("validate", "--fast")
    assert process.stderr.startswith(
        "allause: error: format in the variable ALLAUSE_FORMAT: expected one of text, json"
    )
