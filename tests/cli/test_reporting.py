"""``allause report``: a saved report in any format; and where reports go, whatever a component is called."""

import json

import pytest

from allause.cli.choices import ReportFormat
from allause.cli.report_file import ReportFile, report_files
from allause.models.report import ComponentReport, Report, Result, Status, Summary
from allause.rendering import RENDERERS, render

pytestmark = pytest.mark.long

NAMES = (
    "../escaped",
    "/absolute",
    "..\\up",
    "C:\\drive",
    "CON",
    "nul\x00byte",
    "n" * 300,
    "Acme:Engine",
    "acme:engine",
    "~/home",
    "$HOME",
    "-rf",
    "a\nb",
)


@pytest.fixture
def report():
    """Return a report on components whose names are paths."""
    wrong = Result(code="CON001", slug="missing-method", status=Status.FAILED, message="../x", location="../y (z.py:1)")
    components = tuple(
        ComponentReport(id=name, kind=name, distribution=name, version=name, results=(wrong,)) for name in NAMES
    )
    counts = dict.fromkeys((status.value for status in Status), 0) | {"failed": len(NAMES)}
    return Report(
        schema_version="1.0",
        allause_version="0.1.0",
        contract_version="1.0",
        plan_digest="0" * 64,
        seed=0,
        started_at="2026-01-01T00:00:00+00:00",
        duration_s=1.0,
        environment={},
        components=components,
        workflows=(),
        summary=Summary(planned=len(NAMES), **counts, functionality=0.0, integration=None),
        exit_code=1,
    )


@pytest.fixture
def saved(command, report):
    (command.here / "old.json").write_text(render("json", report))
    return "old.json"


def test_the_command_line_offers_every_renderer():
    assert [each.value for each in ReportFormat] == list(RENDERERS)


@pytest.mark.parametrize("name", RENDERERS)
def test_a_saved_report_is_shown_in_any_format_and_nothing_is_written(name, command, saved, report):
    process = command("report", saved, "--format", name)
    assert process.returncode == 0, process.stderr
    if name != "text":  # whose width is the terminal's
        assert process.stdout == render(name, report)
    assert [path.name for path in command.here.iterdir()] == ["old.json"]


def test_text_is_shown_when_no_format_is_named(command, saved):
    assert "\nVerdict: 13 of 13 did not pass" in command("report", saved).stdout


def test_reports_are_written_beside_what_is_shown(command, saved, report):
    process = command("report", saved, "--format", "json", "--report", "html=a.html", "--report", "junit=b.xml")
    assert json.loads(process.stdout)["seed"] == 0
    assert process.stderr == "Report: a.html\nReport: b.xml\n"
    assert (command.here / "a.html").read_text() == render("html", report)
    assert (command.here / "b.xml").read_text() == render("junit", report)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (None, "No such file or directory; name a report that 'allause validate --report json=FILE' wrote"),
        ("{", "expected a report as JSON"),
        ("{}", "found no 'schema_version'"),
    ],
)
def test_what_is_no_report_is_a_usage_error_on_one_line(content, expected, command):
    if content is not None:
        (command.here / "old.json").write_text(content)
    process = command("report", "old.json", "--report", "html=a.html")
    assert process.returncode == 2
    assert process.stderr.startswith("allause: error: old.json")
    assert expected in process.stderr
    assert len(process.stderr.splitlines()) == 1
    assert not (command.here / "a.html").exists()


def test_no_name_of_a_component_chooses_a_path(tmp_path, report):
    before = {path for path in tmp_path.parent.rglob("*") if tmp_path not in path.parents}
    folder = tmp_path / "reports"
    folder.mkdir()
    for file in report_files([f"{name}={folder / f'report.{name}'}" for name in RENDERERS]):
        file.check()
        file.write(report)
    assert sorted(path.name for path in folder.iterdir()) == sorted(f"report.{name}" for name in RENDERERS)
    assert {path for path in tmp_path.rglob("*") if folder not in path.parents} == {folder}
    assert {path for path in tmp_path.parent.rglob("*") if tmp_path not in path.parents} == before


def test_a_link_that_the_user_names_stays_one_and_its_target_gets_the_report(tmp_path, report):
    target = tmp_path / "latest.json"
    target.write_text("old")
    link = tmp_path / "report.json"
    link.symlink_to(target)
    ReportFile("json", link).write(report)
    assert link.is_symlink()
    assert target.read_text() == render("json", report)


def test_a_draft_never_takes_over_a_file_that_is_there(tmp_path, report, monkeypatch):
    monkeypatch.setattr("os.urandom", bytes)
    victim = tmp_path / "victim"
    victim.write_text("kept")
    (tmp_path / ".report.json.00000000").symlink_to(victim)
    with pytest.raises(Exception, match="cannot be written"):
        ReportFile("json", tmp_path / "report.json").write(report)
    assert victim.read_text() == "kept"


@pytest.mark.parametrize("name", ["../escaped", "n" * 300])
def test_an_entry_point_that_is_named_like_a_path_writes_nothing(name, allause, site):
    path = site("analytics", "raise ImportError", name=name)
    words = ("validate", "--fast", "--no-workflows", "--report", "json=out.json", "--report", "html=out.html")
    process = allause(*words, PYTHONPATH=path)
    assert process.returncode in {0, 1}, process.stderr
    assert sorted(path.name for path in allause.here.iterdir()) == ["out.html", "out.json"]
    assert sorted(path.name for path in allause.here.parent.iterdir()) == ["cwd", "site"]
