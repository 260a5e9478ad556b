"""The README's commands, map and picture are those of the tree."""

import os
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = (
    "python3 -m venv .venv && .venv/bin/pip install . ./plugins/*/ && .venv/bin/allause validate",
    "python3 -m venv .venv && .venv/bin/pip install tox && .venv/bin/tox",
)
PAGES = sorted(
    path
    for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "plugins").glob("*/*.md"))
    if "_build" not in path.parts
)


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", README, flags=re.DOTALL | re.MULTILINE)


def layers(text):
    """Return the picture's layers, top first, without what is said beside them."""
    return [re.split(r"\s{3,}", line.strip())[0].split(" | ") for line in text.strip().splitlines()]


def declared_layers():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (contract,) = [c for c in settings["tool"]["importlinter"]["contracts"] if c["id"] == "layers"]
    return [[name.removeprefix("allause.") for name in line.split(" | ")] for line in contract["layers"]]


def test_the_readme_begins_with_the_two_commands():
    assert tuple(block.strip() for block in blocks("sh")[:2]) == COMMANDS
    assert "## " not in README[: README.index(COMMANDS[1])]


def test_ci_runs_the_second_command_and_nothing_but_what_it_installs():
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert script.startswith("#!/usr/bin/env bash\n")
    assert "\nset -euo pipefail\n" in script
    assert COMMANDS[1] in [line.strip() for line in script.splitlines()]
    assert len(re.findall(r"\bpip\b|\btox\b(?!;)", script.replace(COMMANDS[1], "").replace(".tox", ""))) == 0


def test_ci_can_be_executed():
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_the_map_names_the_folders_there_are():
    named = re.findall(r"^\| `([\w./-]+)/` \|", README, flags=re.MULTILINE)
    assert [folder for folder in named if not (ROOT / folder).is_dir()] == []
    plugins = [f"plugins/{path.name}" for path in (ROOT / "plugins").iterdir() if path.is_dir()]
    assert sorted(folder for folder in named if folder.startswith("plugins/")) == sorted(plugins)


def test_the_picture_of_the_layers_is_the_one_that_is_enforced():
    (picture,) = [block for block in blocks("text") if block.startswith("cli ")]
    assert layers(picture) == declared_layers()


def test_the_architecture_page_draws_the_same_layers():
    page = (ROOT / "docs" / "explanation" / "architecture.md").read_text(encoding="utf-8")
    (picture,) = [b for b in re.findall(r"```text\n(.*?)```", page, flags=re.DOTALL) if b.startswith("cli ")]
    assert layers(picture) == declared_layers()


def test_the_core_draws_the_same_layers():
    source = (ROOT / "core" / "allause" / "__init__.py").read_text(encoding="utf-8")
    picture = re.search(r"::\n\n((?:    .+\n)+)", source).group(1)
    assert layers(picture) == declared_layers()


def test_a_layer_out_of_place_is_seen():
    assert layers("models\nkinds") != layers("kinds\nmodels")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_of_a_page_leads_somewhere(page):
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[\w.-]*)?\)", text)
    assert [t for t in targets if not re.match(r"[a-z]+:", t) and not (page.parent / t).exists()] == []
