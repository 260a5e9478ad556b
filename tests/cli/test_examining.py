"""``allause validate`` with its options: what it prints, and where."""

import json

import pytest

pytestmark = pytest.mark.long

COMPONENT = "acme-analytics:throw-away"
FAST = ("validate", COMPONENT, "--fast")


@pytest.fixture
def where(site):
    return site("analytics", "class Part: pass\n")


def test_quiet_shows_findings_and_the_verdict_alone(allause, where):
    process = allause(*FAST, "-q", PYTHONPATH=where)
    assert process.returncode == 1
    assert process.stdout.startswith("FINDINGS\n")
    assert "\nVerdict: " in process.stdout
    assert process.stderr == ""


@pytest.mark.parametrize("option", ["--select", "--ignore"])
@pytest.mark.parametrize("names", ["", " , "])
def test_no_name_at_all_is_not_taken_for_all_of_them(option, names, command):
    process = command("validate", "--fast", option, names)
    assert process.returncode == 2
    assert process.stderr.startswith(f"allause: error: {option}: expected codes, slugs or families, found none")


def test_verbose_shows_every_check(allause, where):
    process = allause(*FAST, "-v", PYTHONPATH=where)
    shown = {line.split()[0] for line in process.stdout.splitlines() if line[:3].isupper() and line[3:6].isdecimal()}
    assert {"DSC001", "PKG001", "BEH001"} <= shown


def test_what_was_skipped_is_counted_with_its_reason(allause, where):
    assert " not examined: needs the isolated child" in allause(*FAST, PYTHONPATH=where).stdout


def test_the_comparison_with_an_earlier_report_stands_before_the_report(allause, where):
    assert allause(*FAST, "--ignore", "PKG001", PYTHONPATH=where).returncode == 1
    (allause.here / "allause-report.json").rename(allause.here / "old.json")
    process = allause(*FAST, "--against", "old.json", PYTHONPATH=where)
    assert process.stdout.startswith("AGAINST old.json\n")
    assert f"new      {COMPONENT} PKG001 core-range: failed, was not planned" in process.stdout
    process = allause(*FAST, "--against", "old.json", "--format", "json", PYTHONPATH=where)
    assert json.loads(process.stdout)["exit_code"] == 1
    assert "AGAINST old.json" in process.stderr


def test_a_comparison_with_what_is_no_report_is_refused_before_anything_runs(allause, where):
    (allause.here / "old.json").write_text("{}")
    process = allause(*FAST, "--against", "old.json", PYTHONPATH=where)
    assert process.returncode == 2
    assert [path.name for path in allause.here.iterdir()] == ["old.json"]


def test_a_report_to_compare_with_that_is_not_there_is_told_with_its_option(allause, where):
    process = allause(*FAST, "--against", "old.json", PYTHONPATH=where)
    assert process.returncode == 2
    assert process.stderr == (
        "allause: error: --against old.json cannot be read: No such file or directory; "
        "name a report that 'allause validate --report json=FILE' wrote\n"
    )


def test_flag_before_variable_before_file(allause, where):
    (allause.here / "allause.toml").write_text('select = ["DSC001"]\nformat = "json"\n')

    def codes(*words, **variables):
        process = allause(*FAST, *words, PYTHONPATH=where, **variables)
        return {r["code"] for r in json.loads(process.stdout)["components"][0]["results"]}

    assert codes() == {"DSC001"}
    assert codes(ALLAUSE_SELECT="DSC002,DSC003") == {"DSC002", "DSC003"}
    assert codes("--select", "PKG001", ALLAUSE_SELECT="DSC002") == {"PKG001"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sead = 1", "did you mean 'seed'"),
        ('isolation = "hard"', "did you mean 'hardened'"),
        ("select = []", "select in {here}/allause.toml: expected codes, slugs or families, found none"),
    ],
)
def test_a_wrong_configuration_is_a_usage_error(text, expected, command):
    (command.here / "allause.toml").write_text(text + "\n")
    process = command("validate", "--fast")
    assert process.returncode == 2
    assert expected.format(here=command.here) in process.stderr


@pytest.mark.parametrize("text", ["", ","])
def test_a_variable_that_selects_nothing_is_not_taken_for_all_checks(text, command, monkeypatch):
    monkeypatch.setenv("ALLAUSE_SELECT", text)
    process = command("validate", "--fast")
    assert process.returncode == 2
    assert "select in the variable ALLAUSE_SELECT: expected codes" in process.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("-q", "-v"),
        ("--watch", "--fix"),
        ("--fast", "--certify"),
        ("--watch", "--certify"),
        ("--fast", "--workflows"),
        ("--watch", "--workflows"),
    ],
)
def test_options_that_contradict_each_other_are_refused(words, command):
    process = command("validate", *words)
    assert process.returncode == 2
    assert "exclude each other" in process.stderr


def test_fixing_what_is_installed_says_that_there_is_nothing_to_mend(allause, where):
    process = allause(*FAST, "--fix", PYTHONPATH=where)
    assert process.stdout.startswith("fix: nothing to mend safely")
    assert process.returncode == 1


def test_the_progress_of_a_static_look_ends_with_every_part_done(allause, where):
    assert allause(*FAST, PYTHONPATH=where).stderr.splitlines()[-1] == "[1/1] done"


def test_a_report_that_nobody_asked_for_is_done_without_where_it_cannot_be_written(allause, where):
    (allause.here / "allause-report.json").mkdir()
    process = allause(*FAST, "-q", PYTHONPATH=where)
    assert process.returncode == 1
    assert "Report:" not in process.stdout
    assert process.stderr == (
        "note: --report json=allause-report.json: expected a file, found a folder; name a file in it; "
        "--report json=PATH names another place\n"
    )
    process = allause(*FAST, "--report", "json=allause-report.json", PYTHONPATH=where)
    assert process.returncode == 2


FULL = (  # every file ends after a thousand bytes, as on a full disk, so no bytecode is kept; a pipe has no end
    "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)); from allause.cli import main; main()"
)


@pytest.mark.parametrize("format_name", ["text", "json"])
def test_what_was_found_is_shown_even_when_no_report_can_be_written(format_name, allause, where):
    words = (*FAST, "--format", format_name, "--report", "json=out.json", "--report", "github=small.txt")
    process = allause(*words, "--select", "DSC001,PKG001", python=("-B", "-c", FULL), PYTHONPATH=where)
    assert process.returncode == 3
    assert "core-range" in process.stdout
    shown = process.stdout + process.stderr
    assert "Report: small.txt\n" in shown
    assert "Report: out.json" not in shown
    assert process.stderr.splitlines()[-1].startswith("allause: error: --report json=out.json cannot be written: File")
    assert [path.name for path in allause.here.iterdir()] == ["small.txt"]
