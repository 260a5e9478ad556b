"""``--watch``: what it looks at, and what it does at every change."""

import json
import signal
import subprocess
import sys

import pytest

from allause.cli.watching import stamps
from allause.configuration import Place
from allause.validation import Request

pytestmark = pytest.mark.long


@pytest.fixture
def stamped(tmp_path):
    def of(name):
        return stamps(Request(components=(str(name),)), Place(file=tmp_path / "allause.toml", text="", table={}))

    return of


def test_a_checkout_is_watched_by_whatever_its_wheel_may_be_built_from(tmp_path, stamped):
    watched = ("pyproject.toml", "setup.cfg", "README.md", "LICENSE", "src/part/part.py", "src/part/py.typed")
    besides = (".git/index", ".part.py.swp", "build/part.py", "src/part/__pycache__/part.pyc", ".venv/a.py")
    for name in (*watched, *besides):
        file = tmp_path / "part" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    before = stamped(tmp_path / "part")
    assert {str(file.relative_to(tmp_path / "part")) for file in before} == set(watched)
    (tmp_path / "part" / "README.md").write_text("Better.\n")
    assert stamped(tmp_path / "part") != before


def test_a_wheel_is_watched_itself(tmp_path, stamped):
    wheel = tmp_path / "part-1.0-py3-none-any.whl"
    wheel.touch()
    assert set(stamped(wheel)) == {wheel}


def put(file, text):
    """Write a file in one step, so that no half of it is a change of its own."""
    draft = file.with_name(f".{file.name}")
    draft.write_text(text)
    draft.replace(file)


class Watched:
    """A validation that watches, as its reader sees it."""

    def __init__(self, words, here, environment):
        self.here, self.shown = here, here.parent / "shown"
        with self.shown.open("w") as shown:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "allause", "validate", *words, "--watch", "-q"],
                cwd=here,
                env=environment,
                stdout=shown,
                stderr=subprocess.PIPE,
                text=True,
            )

    def look(self):
        """Wait for the end of a round and return what was told on stderr."""
        told = []
        while not (told or [""])[-1].startswith("watching "):
            told.append(self.process.stderr.readline())
            assert told[-1], "it ended"
        return "".join(told[:-1])

    def results(self):
        """Return the status of each check in the report that it writes."""
        (component,) = json.loads((self.here / "out.json").read_text())["components"]
        return {result["code"]: result["status"] for result in component["results"]}

    def end(self):
        """Interrupt it and return what it told after that."""
        self.process.send_signal(signal.SIGINT)
        rest = self.process.stderr.read()
        assert self.process.wait(timeout=60) == 130
        return rest


@pytest.fixture
def watched(allause, environment, request):
    """Start a validation that watches; it ends with the test."""

    def start(*words, **variables):
        made = Watched(words, allause.here, {**environment, **variables})
        request.addfinalizer(made.process.stderr.close)
        request.addfinalizer(made.process.wait)
        request.addfinalizer(made.process.kill)
        return made

    return start


@pytest.fixture
def where(site):
    return site("analytics", "class Part: pass\n")


def test_every_change_is_looked_at_until_an_interrupt_and_nothing_is_written(watched, where, tmp_path):
    run = watched("acme-analytics", PYTHONPATH=where)
    assert run.look() == ""
    assert "DSC004" not in run.shown.read_text()
    put(tmp_path / "site" / "acme_analytics.py", "class Other: pass\n")
    assert run.look() == ""
    assert "DSC004" in run.shown.read_text()
    assert run.end() == "watching ended\n"
    assert list(run.here.iterdir()) == []


@pytest.mark.parametrize("early", [True, False], ids=["before-the-first-look", "after-it"])
def test_it_ends_quietly_when_nobody_reads_any_more(early, allause, environment, where):
    process = subprocess.Popen(
        [sys.executable, "-m", "allause", "validate", "acme-analytics", "--watch", "-q"],
        cwd=allause.here,
        env={**environment, "PYTHONPATH": where},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        if not early:
            process.stdout.readline()
        process.stdout.close()
        told = process.stderr.read()
    assert process.returncode == 130
    assert [line for line in told.splitlines() if not line.startswith("watching ")] == []


def test_a_configuration_that_changed_is_read_again(watched, where, tmp_path):
    run = watched("acme-analytics", "--report", "json=out.json", PYTHONPATH=where)
    run.look()
    assert run.results()["PKG001"] == "failed"
    configuration = run.here / "allause.toml"
    put(configuration, 'select = ["DSC001"]\n')
    assert run.look() == ""
    assert set(run.results()) == {"DSC001"}
    put(configuration, 'select = ["DSC00"]\n')
    assert "no check has the code, slug or family 'DSC00'" in run.look()
    put(configuration, "select = [\n")
    assert "is not valid TOML" in run.look()
    waiver = {"code": "PKG001", "component": "acme-analytics:throw-away", "reason": "known", "until": "DAY"}
    lines = [f"{key} = {json.dumps(value)}" for key, value in waiver.items()]
    put(configuration, "[[waiver]]\n" + "\n".join(lines).replace('"DAY"', "2999-01-01") + "\n")
    run.look()
    assert run.results()["PKG001"] == "waived"


def test_an_earlier_report_is_compared_with_at_every_change(watched, allause, where, tmp_path):
    allause("validate", "acme-analytics", "--fast", "--report", "json=old.json", PYTHONPATH=where)
    run = watched("acme-analytics", "--against", "old.json", PYTHONPATH=where)
    run.look()
    assert "0 new, 0 fixed" in run.shown.read_text()
    put(tmp_path / "site" / "acme_analytics.py", "class Other: pass\n")
    run.look()
    assert "acme-analytics:throw-away DSC004 attribute-not-found: failed, was" in run.shown.read_text()


def test_a_component_may_go_and_come_back(watched, where, tmp_path):
    run = watched("acme-analytics", PYTHONPATH=where)
    run.look()
    info = tmp_path / "site" / "acme_analytics-1.0.dist-info"
    info.rename(tmp_path / "site" / "elsewhere")
    assert "no component 'acme-analytics' is installed" in run.look()
    (tmp_path / "site" / "elsewhere").rename(info)
    assert run.look() == ""


def test_a_name_that_is_none_is_refused_at_once(allause):
    process = allause("validate", "nobody", "--watch")
    assert process.returncode == 2
    assert process.stderr.startswith("allause: error: no component 'nobody' is installed")


def test_a_project_file_that_is_half_written_is_told_and_the_next_change_looked_at(watched, allause):
    pytest.importorskip("hatchling", reason="needs hatchling, with which the project is built")
    allause("new", "acme-part", "--kind", "analytics")
    run = watched("./acme-part", "--report", "json=acme-part/out.json", PIP_NO_INDEX="1")
    assert run.look() == ""
    assert run.shown.read_text().count("Report: acme-part/out.json\n") == 1
    project = run.here / "acme-part" / "pyproject.toml"
    text = project.read_text()
    put(project, text[:-40] + '"')
    told = run.look()  # of this change: the report that lies in the checkout is none
    assert told.startswith("allause: error: acme-part/pyproject.toml is malformed: ")
    put(project, text)
    assert run.look() == ""
    assert run.shown.read_text().count("Report: acme-part/out.json\n") == 2
    assert run.end() == "watching ended\n"
