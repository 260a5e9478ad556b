"""A saved report is read back as it was, or refused."""

import json

import pytest

from allause.exceptions import UsageError
from allause.rendering import RENDERERS, render
from allause.rendering.saved import LARGEST, parse

HOSTILE = "\x1b[31m <b>{{x}}</b> | `y` ##[z] \ud800"


@pytest.fixture
def saved(make_report, make_step):
    return json.loads(render("json", make_report(steps=(make_step(evidence={"rows": [1, 2.5, None]}),))))


def load(form):
    return parse(json.dumps(form).encode(), "old.json")


@pytest.mark.parametrize("name", RENDERERS)
def test_a_saved_report_renders_as_the_report_did(name, soaked):
    report = soaked(HOSTILE)
    assert render(name, parse(render("json", report).encode(), "old.json")) == render(name, report)


def test_what_was_published_once_is_published_again_unchanged(hostile, soaked):
    text = render("json", soaked(hostile))
    assert render("json", parse(text.encode(), "old.json")) == text


def test_a_report_of_an_earlier_minor_version_is_read(saved):
    for name in ("partial", "validation", "controls"):
        del saved[name]
    assert load(saved).controls == ()


def test_a_key_of_a_later_minor_version_is_ignored(saved):
    assert load(saved | {"schema_version": "1.9", "new": {"x": 1}}).seed == 0


def test_text_that_someone_wrote_into_the_file_is_made_printable(saved):
    saved["components"][0]["id"] = "acme:\x1b[31m\ud800"
    assert load(saved).components[0].id == "acme:\\x1b[31m\\ud800"


@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        ({"schema_version": "2.0"}, "expected a report of schema 1.x, found '2.0'"),
        ({"schema_version": None}, "found no 'schema_version'"),
        ({"seed": "7"}, "expected int, found str"),
        ({"seed": True}, "expected int, found bool"),
        ({"duration_s": "nan"}, "expected float, found str"),
        ({"started_at": "yesterday"}, "expected a time @ report.started_at"),
        ({"tool": "allause run"}, "expected a report of 'allause validate', found the record of an 'allause run'"),
        ({"components": [{"id": "a"}]}, "report.components[0]"),
        ({"workflows": [{"name": "x", "status": "fine", "steps": []}]}, "report.workflows[0].status"),
    ],
)
def test_what_is_no_report_is_refused_with_its_place(damage, expected, saved):
    with pytest.raises(UsageError) as caught:
        load(saved | damage)
    assert str(caught.value).startswith("old.json: ")
    assert expected in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"{", b"[]", b"3", b'{"schema_version": NaN}', b"[" * 100_000])
def test_what_is_no_json_object_is_refused(content):
    with pytest.raises(UsageError, match=r"^old\.json: expected a report"):
        parse(content, "old.json")


def test_text_that_is_no_json_is_called_that():
    with pytest.raises(UsageError, match=r"found text that is no JSON in line 1, column 1; name its JSON form"):
        parse(b"a,b\n1,2\n", "old.csv")


def test_a_field_that_is_missing_is_named(saved):
    del saved["plan_digest"]
    with pytest.raises(UsageError, match=r"not a report: a field is missing @ report\.plan_digest"):
        load(saved)


def test_a_file_that_is_too_large_is_not_even_read_as_json():
    with pytest.raises(UsageError, match="at most"):
        parse(b" " * (LARGEST + 1), "old.json")
