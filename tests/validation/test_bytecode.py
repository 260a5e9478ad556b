"""Children start from byte code whoever installed what they import, and a report tells where they cannot."""

import sys

import pytest

import allause

MORE = (("mutant_analytics/more.py", "answer = 42\n" * 4_000),)


@pytest.fixture(autouse=True)
def allowed(monkeypatch):
    """Let byte code be written, as it is unless a user forbids it."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", None)


@pytest.fixture
def validate(component):
    """Validate one component and return the report and what was told meanwhile."""
    identity = component(files=MORE)

    def make(**options):
        told = []
        options["progress"] = lambda each: told.append(each.text)
        return allause.validate([identity], select=["DSC006"], **options), told

    return make


def compiled(site):
    return sorted(path.name.partition(".")[0] for path in site.rglob("*.pyc"))


def test_what_was_installed_without_byte_code_gets_it_once(validate, site):
    report, told = validate()
    assert report.exit_code == 0
    assert told[0] == "compiling mutant-analytics, once"
    assert compiled(site) == ["__init__", "more"]
    assert not [notice for notice in report.notices if "compile" in notice]
    _, told = validate()
    assert not [text for text in told if "compiling" in text]


def test_a_static_look_writes_nothing(validate, site):
    validate(fast=True)
    assert compiled(site) == []


def test_where_it_may_not_be_written_the_report_says_so_with_the_command(validate, site, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    report, told = validate()
    assert compiled(site) == []
    assert not [text for text in told if "compiling" in text]
    (notice,) = [notice for notice in report.notices if "compile" in notice]
    assert notice.startswith(
        "every child compiles mutant-analytics anew, which slows all that was measured: PYTHONDONT"
    )
    assert f"-I -m compileall -q {site} mends it" in notice
