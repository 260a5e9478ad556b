"""The page of the command line lists the commands and options that there are."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[1] / "docs" / "reference" / "command-line.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## allause (\w+)\n(.*?)(?=^## |\Z)", PAGE, flags=re.MULTILINE | re.DOTALL))
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")
UNIVERSAL = {"--help", "--install-completion", "--show-completion"}


def documented(section):
    """Return the options that have a list item of their own."""
    return set(re.findall(r"^- `(--[a-z-]+)", section, flags=re.MULTILINE))


def shown(*arguments):
    environment = os.environ | {"COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"}
    environment.pop("FORCE_COLOR", None)
    command = [sys.executable, "-m", "allause", *arguments, "--help"]
    answer = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


def commands(text):
    """Return the names in the list of commands, whatever box is drawn around it."""
    _, _, after = text.partition("Commands")
    return set(re.findall(r"^[\s│|]*([a-z]+)\s{2,}\S", after, flags=re.MULTILINE))


def test_every_command_has_its_heading():
    assert commands(shown()) == set(SECTIONS)


@pytest.mark.parametrize("command", SECTIONS)
def test_every_option_of_a_command_is_on_its_page_and_none_else(command):
    assert documented(SECTIONS[command]) == set(OPTION.findall(shown(command))) - UNIVERSAL


def test_the_list_of_commands_is_read_with_and_without_a_box():
    assert commands("Commands:\n  list  Show.\n  run   Go.\n") == {"list", "run"}
    assert commands("╭─ Commands ─╮\n│ list   Show. │\n╰────╯") == {"list"}
