"""Waivers in the configuration file."""

from datetime import date

import pytest

from allause.configuration import add_waiver, find_place, read_waivers, without_waivers
from allause.exceptions import ConfigurationError
from allause.models.waiver import Waiver

ONE = """# kept
seed = 3

[[waiver]] # first
code = "PKG001"
component = "acme:engine"
reason = "soon"
until = 2999-01-31
"""
TWO = ONE + ONE.partition("\n\n")[2].replace("PKG001", "DOC001") + "\n[other]\n"


def waiver(**changes):
    return Waiver(
        **{"code": "PKG001", "component": "acme:engine", "reason": "soon", "until": date(2999, 1, 31)} | changes
    )


def test_a_waiver_is_read_with_its_line(place):
    assert read_waivers(place(ONE)) == (waiver(line=4),)
    assert read_waivers(place(ONE.replace("# kept", "# \u2028 kept"))) == (waiver(line=4),)


@pytest.mark.parametrize(
    ("name", "header"), [("allause.toml", "[[waiver]]"), ("pyproject.toml", "[[tool.allause.waiver]]")]
)
def test_an_added_waiver_is_read_again_and_the_rest_stays(name, header, place):
    before = place("# mine\n[tool.allause]\nseed = 3" if name == "pyproject.toml" else "# mine\nseed = 3", name)
    text = add_waiver(before, waiver(reason='a "quoted"\n\u202ereason\\'))
    assert text.startswith(before.text)
    assert header in text
    (found,) = read_waivers(place(text, name))
    assert found.reason == 'a "quoted"\n\u202ereason\\'
    assert found.until == date(2999, 1, 31)


@pytest.mark.parametrize("text", ["\ufeff", "\ufeffseed = 3\r\n", "seed = 3\n"])
def test_what_is_added_begins_and_ends_lines_as_the_file_does(text, tmp_path):
    (tmp_path / "allause.toml").write_bytes(text.encode())
    added = add_waiver(find_place(tmp_path), waiver())
    assert added.startswith(text)
    assert added.count("\r\n") in {0, added.count("\n")}
    (tmp_path / "allause.toml").write_bytes(added.encode())
    found = find_place(tmp_path)
    assert without_waivers(found, read_waivers(found)).strip() == text.removeprefix("\ufeff").strip()


def test_only_the_waiver_named_is_taken_out(place):
    both = place(TWO.replace("\n[other]\n", ""))
    first, second = read_waivers(both)
    text = without_waivers(both, [first])
    assert "# kept\nseed = 3\n" in text
    assert [w.code for w in read_waivers(place(text))] == [second.code]


def test_waivers_written_otherwise_are_never_changed(place):
    inline = 'waiver = [{code = "PKG001", component = "acme:engine", reason = "soon", until = 2999-01-31}]\n'
    found = place(inline)
    with pytest.raises(ConfigurationError, match=r"cannot be changed safely|not valid TOML"):
        without_waivers(found, read_waivers(found))
    with pytest.raises(ConfigurationError, match="cannot be changed safely"):
        add_waiver(found, waiver())


def test_a_header_inside_a_text_is_no_waiver(place):
    found = place(ONE.replace('"soon"', '"""\n[[waiver]]\nsoon"""'))
    (only,) = read_waivers(found)
    with pytest.raises(ConfigurationError, match=r"cannot be changed safely|not valid TOML"):
        without_waivers(found, [only])


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('reason = "soon"\n', "", "lacks the key 'reason'"),
        ("reason", "raeson", "lacks the key 'reason'"),
        ("until = 2999-01-31", 'until = "soon"', "expected a day"),
        ("until = 2999-01-31", "until = 2999-01-31T10:00:00", "expected a day"),
        ('"PKG001"', "1", "expected a text as code"),
        ('reason = "soon"\n', 'reason = "soon"\nwho = "me"\n', "unknown key 'who'"),
        ("[[waiver]]", "[waiver]", "expected tables"),
        ("acme:engine", "acme", "expected an identity DISTRIBUTION:NAME as component, found 'acme'"),
        ("acme:engine", "acme:", "expected an identity DISTRIBUTION:NAME"),
    ],
)
def test_malformed_waivers_are_refused(old, new, expected, place):
    with pytest.raises(ConfigurationError) as caught:
        read_waivers(place(ONE.replace(old, new)))
    assert expected in str(caught.value)


def test_a_component_is_known_however_its_name_is_spelt(place):
    assert read_waivers(place(ONE.replace("acme:engine", "Acme:En_gine")))[0].component == "acme:en-gine"


def test_two_waivers_of_one_check_and_component_are_refused_with_both_their_lines(place):
    with pytest.raises(ConfigurationError, match=r"in lines 4 and 9 of .* are both of PKG001 for acme:engine"):
        read_waivers(place(TWO.replace("DOC001", "PKG001")))
