"""Which file, which keys, which comes first."""

import os
from pathlib import Path

import pytest

from allause.configuration import Settings, find_place, read_settings
from allause.exceptions import ConfigurationError


def test_without_any_file_nothing_is_stated(tmp_path):
    (tmp_path / ".git").mkdir()
    place = find_place(tmp_path)
    assert place.file == tmp_path / "allause.toml"
    assert read_settings(place, {}) == Settings()


@pytest.mark.parametrize(
    ("name", "text"), [("allause.toml", "seed = 3\n"), ("pyproject.toml", "[tool.allause]\nseed = 3\n")]
)
def test_both_files_are_read(name, text, place):
    assert read_settings(place(text, name), {}).seed == 3


@pytest.mark.parametrize(
    ("name", "text"), [("allause.toml", "seed = 3\n"), ("pyproject.toml", "[tool.allause]\nseed = 3\n")]
)
def test_a_mark_of_the_byte_order_is_no_part_of_the_text(name, text, place):
    assert read_settings(place(f"\ufeff{text}", name), {}).seed == 3


def test_a_file_of_a_folder_above_is_found_but_not_beyond_the_repository(place, tmp_path):
    place("seed = 3\n")
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    assert find_place(inner).file == tmp_path / "allause.toml"
    (inner / ".git").mkdir()
    assert find_place(inner).table == {}


def test_a_project_file_that_is_silent_about_us_is_passed_over(place):
    assert place("[project]\nname = 'allause-thing'\n", "pyproject.toml").file.name == "allause.toml"


def test_two_configurations_in_one_folder_are_refused(place, tmp_path):
    (tmp_path / "pyproject.toml").write_text("[tool.allause]\nseed = 1\n")
    with pytest.raises(ConfigurationError, match="keep one of them"):
        place("seed = 3\n")


def test_a_variable_comes_before_the_file(place):
    found = read_settings(place("seed = 3\nselect = ['CON']\n"), {"ALLAUSE_SEED": "5", "ALLAUSE_IGNORE": "CON001, DOC"})
    assert (found.seed, found.select, found.ignore) == (5, ("CON",), ("CON001", "DOC"))


@pytest.mark.parametrize(("text", "value"), [("true", True), ("0", False)])
def test_a_variable_can_be_a_flag(text, value, place):
    assert read_settings(place(""), {"ALLAUSE_WORKFLOWS": text}).workflows is value


@pytest.mark.parametrize(
    ("text", "environment", "expected"),
    [
        ("sead = 3", {}, "did you mean 'seed'"),
        ("seed = '3'", {}, "expected a whole number, found '3'"),
        ("seed = true", {}, "expected a whole number, found True"),
        ("select = 'CON'", {}, "expected a list of texts"),
        ("", {"ALLAUSE_SEEED": "1"}, "did you mean 'ALLAUSE_SEED'"),
        ("", {"ALLAUSE_SEED": "x"}, "expected a whole number, found 'x'"),
        ("", {"ALLAUSE_SEED": "--5"}, "expected a whole number, found '--5'"),
        ("", {"ALLAUSE_SEED": "9" * 5_000}, "expected a whole number, found '999"),
        ("", {"ALLAUSE_WORKFLOWS": "maybe"}, "expected true or false"),
    ],
)
def test_wrong_keys_and_values_are_refused_with_what_was_meant(text, environment, expected, place):
    with pytest.raises(ConfigurationError) as caught:
        read_settings(place(text), environment)
    assert expected in str(caught.value)


def test_other_variables_are_nobodys_business(place):
    assert read_settings(place(""), {"ALLAUSE_TRACEBACK": "1", "HOME": "x"}) == Settings()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"seed = ", "not valid TOML"),
        ("seed = 3".encode("utf-16"), "expected text in UTF-8, found the byte 0xff at position 0; save it as UTF-8"),
        (b"select = [0x" + b"f" * 5_000 + b"]", "expected settings, found a number beyond reason"),
        (b"seed = " + b"9" * 5_000, "expected settings, found a number beyond reason"),
        (b"seed = " + b"[" * 5_000, "expected settings, found values nested beyond reason"),
    ],
)
def test_a_damaged_file_is_one_error(content, expected, tmp_path):
    (tmp_path / "allause.toml").write_bytes(content)
    with pytest.raises(ConfigurationError, match=expected):
        find_place(tmp_path)


@pytest.mark.parametrize("make", [Path.mkdir, lambda file: file.symlink_to(file), os.mkfifo])
def test_a_configuration_that_is_no_file_is_not_passed_over(make, tmp_path):
    make(tmp_path / "allause.toml")
    with pytest.raises(ConfigurationError, match="no file that can be read"):
        find_place(tmp_path)


@pytest.mark.parametrize("text", ["[tool]\nallause = 3\n", "[[tool.allause]]\nseed = 3\n"])
def test_a_table_of_ours_that_is_none_is_not_passed_over(text, place):
    with pytest.raises(ConfigurationError, match=r"expected a table \[tool.allause\], found"):
        place(text, "pyproject.toml")


def test_a_file_that_may_not_be_read_is_named_once_and_in_words(place):
    file = place("seed = 3\n").file
    file.chmod(0)
    user = os.geteuid()
    os.seteuid(user or 65534)  # the superuser may read everything
    try:
        with pytest.raises(ConfigurationError) as refused:
            find_place(file.parent)
    finally:
        os.seteuid(user)
    assert str(refused.value) == f"{file} is not readable: Permission denied"
