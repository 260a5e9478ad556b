"""The summary of a run as a terminal shows it."""

from allause.running import laid_out


def test_what_belongs_to_a_line_stands_below_its_beginning():
    text = "Data            a: " + "X, " * 30 + "Z\nNote: " + "word " * 20 + "end\nCash            1\n"
    lines = laid_out(text, 60).splitlines()
    assert max(map(len, lines)) <= 60
    assert lines[1].startswith(" " * 16 + "X,")
    assert next(line for line in lines if "end" in line).startswith(" " * 6 + "word")
    assert lines[-1] == "Cash            1"


def test_a_path_is_not_broken():
    path = "/some/very-long/" + "folder/" * 20
    assert path in laid_out(f"Data            {path}: X\n", 60)
