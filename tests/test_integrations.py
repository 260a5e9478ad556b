"""The GitHub Action and the pre-commit hook have the shape their hosts ask for, and the action's script works."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
STEPS = ACTION["runs"]["steps"]


@pytest.fixture
def validate(tmp_path):
    """Run the action's main step as a runner would; answer the process, its outputs and its summary."""
    program = Path(sys.executable).with_name("allause")
    if not Path("/bin/bash").exists() or not program.exists():
        pytest.skip("needs /bin/bash and an installed allause")
    output, summary = tmp_path / "output", tmp_path / "summary"

    def run(**inputs):
        given = {name: str(spec["default"]) for name, spec in ACTION["inputs"].items()} | inputs
        (step,) = [step for step in STEPS if step.get("id") == "validate"]
        variables = {name: given[re.search(r"inputs\.([\w-]+)", value)[1]] for name, value in step["env"].items()}
        environment = os.environ | variables | {"GITHUB_OUTPUT": str(output), "GITHUB_STEP_SUMMARY": str(summary)}
        environment["PATH"] = f"{program.parent}{os.pathsep}{environment['PATH']}"
        environment.pop("FORCE_COLOR", None)
        script = tmp_path / "script"
        script.write_text(step["run"])
        command = ["/bin/bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(script)]
        process = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        outputs = dict(line.split("=", 1) for line in output.read_text().splitlines())
        return process, outputs, summary.read_text() if summary.exists() else ""

    return run


def test_the_action_is_composite_and_every_script_names_its_shell():
    assert ACTION["runs"]["using"] == "composite"
    assert all(ACTION[key] for key in ("name", "description"))
    assert [step for step in STEPS if ("run" in step) != ("shell" in step)] == []


def test_every_input_is_described_optional_and_used():
    used = set(re.findall(r"inputs\.([\w-]+)", json.dumps(ACTION["runs"])))
    assert used == set(ACTION["inputs"])
    assert all(set(spec) == {"description", "required", "default"} for spec in ACTION["inputs"].values())


def test_every_output_comes_from_a_step_that_is_there():
    ids = {step.get("id") for step in STEPS}
    for spec in ACTION["outputs"].values():
        assert re.search(r"steps\.([\w-]+)\.outputs\.", spec["value"])[1] in ids


def test_no_expression_stands_within_a_script():
    assert [step["name"] for step in STEPS if "${{" in step["run"]] == []


def test_the_action_leaves_reports_outputs_annotations_and_a_summary(validate, tmp_path):
    process, outputs, summary = validate(
        components="allause-analytics:analytics", options="--fast --seed 3", sarif="a.sarif", junit="a.xml"
    )
    assert process.returncode == 0, process.stderr
    assert outputs == {"exit-code": "0", "report": "allause-report.json"}
    assert [line for line in process.stdout.splitlines() if not line.startswith("::")] == []
    assert summary.startswith("# allause report")
    assert json.loads((tmp_path / "allause-report.json").read_text())["seed"] == 3
    assert all((tmp_path / name).stat().st_size for name in ("allause-report.html", "a.sarif", "a.xml"))


def test_an_input_is_never_run_as_code_and_a_wrong_one_fails_the_step(validate, tmp_path):
    process, outputs, summary = validate(components='$(touch owned) `touch owned` "; touch owned; #')
    assert process.returncode == 2
    assert outputs == {"exit-code": "2"}
    assert summary == ""
    assert not (tmp_path / "owned").exists()


def test_the_hook_has_what_pre_commit_asks_for():
    (hook,) = HOOKS
    assert {"id", "name", "entry", "language"} <= set(hook)
    assert hook["language"] == "system"
    assert hook["pass_filenames"] is False
    assert set(hook["types_or"]) == {"python", "toml"}


def test_the_hook_runs_a_command_line_that_there_is(tmp_path):
    words = [sys.executable, "-m", "allause", *HOOKS[0]["entry"].split()[1:], "allause-analytics:analytics"]
    process = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stderr
