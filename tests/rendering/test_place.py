"""Places of findings."""

import pytest

from allause.rendering.place import Place, place_of


@pytest.mark.parametrize(
    ("location", "path", "line"),
    [
        ("acme.engine:Engine.close (engine.py:3)", "acme/engine.py", 3),
        ("acme.engine (engine.py:20)", "acme/engine.py", 20),
        ("acme:Engine (__init__.py:7)", "acme/__init__.py", 7),
        ("acme.engine:Engine (engine.py)", "acme/engine.py", None),
        ("acme.engine:Engine (engine.py:0)", "acme/engine.py", None),
        ("acme.engine:Engine (other.py:2)", "acme/other.py", 2),
    ],
)
def test_a_location_names_a_file_below_its_package(location, path, line):
    assert place_of(location) == Place(path, line)


@pytest.mark.parametrize(
    "location",
    [
        "",
        "acme.engine:Engine",
        "METADATA",
        "..engine (engine.py:3)",
        "a..b (b.py:3)",
        "acme (../../etc/x.py:3)",
        "/etc (x.py:3)",
        "acme (x.py:3) (y.py:4)",
        "acme (x.sh:3)",
    ],
)
def test_anything_else_names_none(location):
    assert place_of(location) is None


def test_a_path_is_completed_where_the_checkout_has_exactly_one_such_file(tmp_path):
    file = tmp_path / "plugins" / "acme" / "src" / "acme" / "engine.py"
    file.parent.mkdir(parents=True)
    file.touch()
    assert Place("acme/engine.py", 1).below(tmp_path) == "plugins/acme/src/acme/engine.py"
    (tmp_path / "acme").mkdir()
    (tmp_path / "acme" / "engine.py").touch()
    assert Place("acme/engine.py", 1).below(tmp_path) == "acme/engine.py"


def test_a_file_below_the_path_that_names_the_component_is_the_one_that_is_meant(tmp_path):
    for folder in ("mine", "else", "outside/of it"):
        (tmp_path / folder / "src" / "acme").mkdir(parents=True)
        (tmp_path / folder / "src" / "acme" / "engine.py").touch()
    place = Place("acme/engine.py", 1)
    assert place.below(tmp_path, "./mine") == "mine/src/acme/engine.py"
    assert place.below(tmp_path / "mine", ".") == "src/acme/engine.py"
    assert place.below(tmp_path / "mine", "'../outside/of it'") == "src/acme/engine.py"
    assert place.below(tmp_path / "mine", str(tmp_path / "else")) == "src/acme/engine.py"


@pytest.mark.parametrize("named", ["'", "a\0b", "gone", "dist/acme-1-py3-none-any.whl"])
def test_a_path_that_names_no_folder_changes_nothing(named, tmp_path):
    assert Place("acme/engine.py", 1).below(tmp_path, named) == "acme/engine.py"


def test_a_path_that_the_checkout_does_not_have_stays_that_of_the_package(tmp_path):
    assert Place("acme/engine.py", 1).below(tmp_path) == "acme/engine.py"
