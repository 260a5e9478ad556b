"""Aligned columns."""

from allause.console.table import table


def test_columns_are_as_wide_as_their_widest_cell():
    assert table(("A", "LONG"), [("xyz", "1"), ("x", "2")], width=80) == ["A    LONG", "xyz  1", "x    2"]


def test_the_widest_cell_wraps_and_its_row_goes_on_below():
    lines = table(("NAME", "WORDS"), [("n", "alpha beta gamma delta")], width=20)
    assert lines == ["NAME  WORDS", "n     alpha beta", "      gamma delta"]


def test_a_cell_without_spaces_is_broken_rather_than_lost():
    lines = table(("NAME",), [("abcdefghijklmnopqrst",)], width=10)
    assert "".join(lines[1:]) == "abcdefghijklmnopqrst"
    assert max(map(len, lines)) <= 10


def test_a_whole_first_column_is_on_one_line_however_narrow_the_terminal():
    lines = table(
        ("COMPONENT", "KIND"), [("a-distribution-with-a-name:its-component", "analytics")], width=20, whole=True
    )
    assert lines[1].startswith("a-distribution-with-a-name:its-component  ")
