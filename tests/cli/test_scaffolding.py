"""``allause new``."""

import sys

import pytest

pytestmark = pytest.mark.long


def test_a_project_is_written_and_what_to_do_next_is_said(command):
    process = command("new", "acme-part", "--kind", "analytics")
    assert process.returncode == 0, process.stderr
    assert process.stderr == ""
    assert process.stdout.startswith("Written to ./acme-part:\n")
    assert "allause validate ./acme-part\n" in process.stdout
    listed = [line.strip() for line in process.stdout.partition("Next:")[0].splitlines()[1:]]
    written = {str(p.relative_to(command.here / "acme-part")) for p in command.here.rglob("*") if p.is_file()}
    assert set(listed) == written


@pytest.mark.parametrize(
    ("place", "on_the_path", "before"),
    [(".venv/bin", True, ""), (".venv/bin", False, ".venv/bin/"), ("../venv/bin", False, "{folder}/")],
)
def test_programs_are_named_as_the_shell_finds_them(command, monkeypatch, place, on_the_path, before):
    folder = (command.here / place).resolve()
    folder.mkdir(parents=True)
    for name in ("allause", "python"):
        (folder / name).touch(0o755)
    monkeypatch.setattr(sys, "executable", str(folder / "python"))
    monkeypatch.setenv("PATH", str(folder) if on_the_path else "/nowhere")
    shown = command("new", "acme-part", "--kind", "analytics").stdout
    before = before.format(folder=folder)
    for line in ("allause validate ./acme-part", "pip install pytest -e ./acme-part", "pytest ./acme-part"):
        assert f"  {before}{line}\n" in shown


def test_a_project_is_written_where_it_is_wanted(command):
    (command.here / "some" / "where").mkdir(parents=True)
    process = command("new", "acme-part", "--kind", "monitoring", "--path", "some/where")
    assert process.returncode == 0, process.stderr
    assert (command.here / "some" / "where" / "acme-part" / "pyproject.toml").is_file()


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (("Acme_Part", "--kind", "analytics"), "'acme-part' would do"),
        (("../up", "--kind", "analytics"), "'up' would do"),
        (("acme-part", "--kind", "nope"), "expected one of market_data"),
        (("acme-part", "--kind", "market-data"), "found 'market-data'; did you mean market_data?"),
        (("acme-part", "--kind", "analytics", "--path", "nowhere"), "its folder does not exist; create it first"),
        (("acme-part",), "--kind"),
    ],
)
def test_what_cannot_be_is_one_line_and_nothing_is_written(words, shown, command):
    process = command("new", *words)
    assert process.returncode == 2
    assert shown in process.stderr
    assert len(process.stderr.splitlines()) == 1
    assert list(command.here.iterdir()) == []


def test_nothing_is_overwritten(command):
    command("new", "acme-part", "--kind", "analytics")
    (command.here / "acme-part" / "README.md").write_text("mine")
    process = command("new", "acme-part", "--kind", "analytics")
    assert process.returncode == 2
    assert (command.here / "acme-part" / "README.md").read_text() == "mine"


def test_a_project_that_is_not_installed_is_examined_by_its_path(allause, tmp_path):
    pytest.importorskip("hatchling", reason="needs hatchling, with which the project is built")
    thrown = tmp_path / "thrown"
    thrown.mkdir()
    assert allause("new", "acme-part", "--kind", "analytics").returncode == 0
    plugin = allause.here / "acme-part" / "src" / "acme_part" / "plugin.py"
    plugin.write_text(plugin.read_text().replace("def close(self)", "def shut(self)"))
    before = sorted(allause.here.rglob("*"))
    process = allause("validate", "./acme-part", "--no-workflows", "--report", "json=../out.json", TMPDIR=str(thrown))
    assert process.returncode == 1, process.stdout + process.stderr
    assert "CON001 missing-method: failed" in process.stdout
    assert "  repeat: allause validate --no-workflows ./acme-part\n" in process.stdout
    assert "was installed for this" in " ".join(process.stdout.split())
    assert sorted(allause.here.rglob("*")) == before
    assert list(thrown.iterdir()) == []
