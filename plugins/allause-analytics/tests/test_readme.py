"""The README says what the code does."""

import re
from pathlib import Path

import attrs

from allause_analytics import FIGURES, LETTERS, RUBRIC, AnalyticsConfig

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def tables(heading):
    """Return the cells of each table under a heading, without head lines."""
    section = README.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    blocks = re.findall(r"(?:^\|.*\n)+", section, re.MULTILINE)
    return [[[c.strip() for c in line.strip("|").split("|")] for line in block.splitlines()[2:]] for block in blocks]


def test_the_figures_table_is_the_list_of_figures():
    assert tables("Figures") == [[[f"`{d.name}`", d.unit, str(d.least), d.definition] for d in FIGURES]]


def test_the_grade_tables_are_the_rubric():
    criteria = [
        [
            *(f"`{c.name}`", "the figures" if c.figure else "`measurements`", str(c.weight)),
            *(f"{c.none_at:g}", f"{c.full_at:g}", c.unit, c.cap),
        ]
        for c in RUBRIC
    ]
    rubric, letters = tables("Grade")
    assert rubric == criteria
    assert letters == [["Score from", *(str(least) for _, least in LETTERS)]]
    assert "| Letter | " + " | ".join(letter for letter, _ in LETTERS) + " |" in README


def test_the_configuration_table_has_each_key_and_default():
    (rows,) = tables("Configuration")
    assert {row[0].strip("`"): row[1] for row in rows} == {
        k: str(v) for k, v in attrs.asdict(AnalyticsConfig()).items()
    }


def test_the_readme_example_runs_and_prints_its_drawdown_and_grade(capsys):
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    exec(compile(example, "README.md", "exec"), {})
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "-0.5"
    assert "volatility" in lines[3]
    assert "beta None no benchmark given" in lines
    assert lines[-1].startswith("undefined F")
