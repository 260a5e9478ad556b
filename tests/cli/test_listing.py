"""``allause list`` and ``allause info``."""

import json
import sys

import pytest

from allause.kinds import KINDS


def test_list_as_json_has_exactly_the_published_shape(command):
    process = command("list", "--format", "json")
    assert (process.returncode, process.stderr) == (0, "")
    content = json.loads(process.stdout)
    assert list(content) == ["schema_version", "components"]
    for component in content["components"]:
        assert list(component) == ["id", "kind", "name", "distribution", "version", "state", "reason"]
    assert {"allause-execution:execution", "allause-analytics:analytics"} <= {c["id"] for c in content["components"]}


def test_list_as_text_has_one_aligned_line_a_component(allause):
    process = allause("list", COLUMNS="120")
    header, *rows = process.stdout.splitlines()
    column = header.index("KIND")
    assert len(rows) >= 6
    assert all(row[column - 2 : column] == "  " and row[column].strip() for row in rows if ": " not in row)


def test_a_broken_component_is_listed_with_its_reason(allause, site, tmp_path):
    where = site("analytics", "")
    entry_points = tmp_path / "site" / "acme_analytics-1.0.dist-info" / "entry_points.txt"
    entry_points.write_text("[allause.analytics]\nbad = no colon here\n")
    components = json.loads(allause("list", "--format", "json", PYTHONPATH=where).stdout)["components"]
    (broken,) = [c for c in components if c["distribution"] == "acme-analytics"]
    assert broken["state"] == "broken"
    assert "NAME = MODULE:CLASS" in broken["reason"]


def test_a_component_that_exits_at_import_is_listed_all_the_same(allause, site):
    where = site("analytics", "import sys; sys.exit(0)")
    process = allause("list", PYTHONPATH=where)
    assert process.returncode == 0
    assert "acme-analytics:throw-away" in process.stdout


def test_hostile_metadata_reaches_no_terminal(allause, site):
    where = site("analytics", "", name="\x1b]0;owned\x07\x9b31m")
    for form in ("text", "json"):
        process = allause("list", "--format", form, PYTHONPATH=where)
        assert process.returncode == 0
        assert not {"\x1b", "\x07", "\x9b"} & set(process.stdout + process.stderr)


@pytest.mark.parametrize("words", [(), ("--format", "json"), ("--format=json", "--format=text")])
def test_what_cannot_be_read_is_named_beside_the_list(words, allause, tmp_path):
    unreadable = tmp_path / "closed-1.0.dist-info" / "entry_points.txt"
    unreadable.mkdir(parents=True)
    process = allause("list", *words, PYTHONPATH=str(tmp_path))
    assert process.returncode == 0
    assert "allause-execution:execution" in process.stdout
    assert "closed" not in process.stdout
    (told,) = process.stderr.splitlines()
    assert told.startswith(f"allause: note: {unreadable} cannot be read and may hide components: ")


def test_an_empty_list_says_what_to_install_and_is_no_error(allause):
    code = (
        "import allause.discovery as d\n"
        "from allause.cli import main\n"
        "find = d.discover\n"
        "d.discover = lambda **_: find(['/nonexistent'])\n"
        "main()"
    )
    process = allause("list", python=("-c", code))
    assert process.returncode == 0
    assert process.stdout.startswith(f"No component is installed in {sys.prefix}, where this allause looks; install")
    assert all(kind.group in process.stdout for kind in KINDS.values())


@pytest.mark.parametrize("words", [(), ("--format", "json")])
def test_info_shows_entry_point_and_every_method_of_the_contract(words, command):
    process = command("info", "execution", *words)
    assert process.returncode == 0
    assert "allause_execution.plugin:TradingExecutionEngine" in process.stdout
    for method in KINDS["execution"].methods:
        assert method in process.stdout


def test_info_as_json_holds_one_component(command):
    content = json.loads(command("info", "allause-execution:execution", "--format", "json").stdout)
    (component,) = content["components"]
    assert component["id"] == "allause-execution:execution"
    assert {"name": "reconcile", "signature": "()"}.items() <= next(
        m.items() for m in component["methods"] if m["name"] == "reconcile"
    )


def test_info_marks_what_may_be_left_out(command):
    assert "place_order(symbol, quantity, order_type, side?, price?" in command("info", "execution").stdout


def test_info_of_an_unknown_component_names_the_nearest(command):
    process = command("info", "allause-execution:executoin")
    assert process.returncode == 2
    assert "did you mean allause-execution:execution" in process.stderr
