"""Report files."""

import pytest

from allause.cli.report_file import ReportFile, report_files
from allause.exceptions import UsageError


def test_a_json_report_is_always_written():
    assert [str(f.path) for f in report_files(["text=a.txt"])] == ["a.txt", "allause-report.json"]


def test_a_named_json_report_takes_the_place_of_the_default():
    assert [str(f.path) for f in report_files(["json=b.json"])] == ["b.json"]


def test_a_path_may_hold_an_equals_sign():
    assert str(report_files(["json=a=b.json"])[0].path) == "a=b.json"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["jsn=x"], "did you mean json=x"),
        (["xml=x"], "there are text, json"),
        (["report.json"], "no format"),
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
    with pytest.raises(AttributeError):
        ReportFile("json", path).write(None)
    assert path.read_text() == "earlier"
    assert [p.name for p in tmp_path.iterdir()] == ["r.json"]
