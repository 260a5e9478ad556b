"""Report files."""

from pathlib import Path

import pytest
from attrs.exceptions import NotAnAttrsClassError

from allause.cli.report_file import ReportFile, report_files
from allause.exceptions import UsageError
from allause.rendering import RENDERERS


def test_a_json_report_is_always_written():
    assert [str(f.path) for f in report_files(["text=a.txt"])] == ["a.txt", "allause-report.json"]


def test_a_named_json_report_takes_the_place_of_the_default():
    assert [str(f.path) for f in report_files(["json=b.json"])] == ["b.json"]


def test_a_path_may_hold_an_equals_sign():
    assert str(report_files(["json=a=b.json"])[0].path) == "a=b.json"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["jsn=x"], "did you mean 'json'?"),
        (["xml=x"], "expected one of text, json, jsonl, junit, sarif, github, markdown, html, found 'xml'"),
        (["report.json"], "expected FORMAT=PATH, such as json=report.json, found 'report.json'"),
        (["json="], "expected FORMAT=PATH"),
        (["json=a", "text=./a"], "named twice"),
    ],
)
def test_malformed_options_are_refused(options, expected):
    with pytest.raises(UsageError) as caught:
        report_files(options)
    assert expected in str(caught.value)


def test_checking_leaves_nothing_behind(tmp_path):
    ReportFile("json", tmp_path / "r.json").check()
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_refused(tmp_path):
    with pytest.raises(UsageError, match="create it first"):
        ReportFile("json", tmp_path / "missing" / "r.json").check()


def test_a_folder_is_no_report(tmp_path):
    with pytest.raises(UsageError, match="found a folder"):
        ReportFile("json", tmp_path).check()


def test_a_file_system_that_takes_nothing_is_refused():
    with pytest.raises(UsageError, match="--report json=/proc/r"):
        report_files(["json=/proc/r.json"])[0].check()


def test_a_name_with_a_nul_is_refused(tmp_path):
    with pytest.raises(UsageError, match="cannot be written"):
        ReportFile("json", tmp_path / "a\x00b").check()


def test_a_report_that_cannot_be_rendered_leaves_the_earlier_one(tmp_path):
    path = tmp_path / "r.json"
    path.write_text("earlier")
    with pytest.raises(NotAnAttrsClassError):
        ReportFile("json", path).write(None)
    assert path.read_text() == "earlier"
    assert [p.name for p in tmp_path.iterdir()] == ["r.json"]


@pytest.mark.parametrize("name", ["/dev/full", "/dev/null", "/dev/stdout", "/proc/self/fd/1"])
def test_what_is_no_regular_file_is_refused_and_stays(name, tmp_path):
    with pytest.raises(UsageError, match="no regular file"):
        ReportFile("json", Path(name)).check()
    link = tmp_path / "link"
    link.symlink_to("/dev/full")
    with pytest.raises(UsageError, match="no regular file"):
        ReportFile("json", link).check()
    assert [path.name for path in tmp_path.iterdir()] == ["link"]


def test_a_folder_that_takes_no_file_is_not_called_missing():
    with pytest.raises(UsageError, match="no file can be made in /proc"):
        ReportFile("json", Path("/proc/r.json")).check()


def test_a_link_stays_and_its_target_gets_the_report(tmp_path, monkeypatch):
    target, link = tmp_path / "target.json", tmp_path / "link"
    target.write_text("earlier")
    link.symlink_to(target)
    monkeypatch.setitem(RENDERERS, "json", lambda report: f"report of {report}")
    ReportFile("json", link).write("today")
    assert link.is_symlink()
    assert target.read_text() == "report of today"
