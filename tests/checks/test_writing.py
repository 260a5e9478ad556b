"""Mutants on the command line."""

from mutants.__main__ import USAGE, main


def test_without_arguments_it_says_how_it_is_used():
    assert main([]) == USAGE


def test_an_unknown_mutant_is_told_with_the_codes_there_are(tmp_path):
    assert "CON001" in main(["NOTHING", str(tmp_path)])


def test_one_is_written_for_pip(tmp_path, capsys):
    assert main(["CON001", str(tmp_path / "project")]) is None
    assert capsys.readouterr().out == f"pip install {tmp_path / 'project'}\n"
    assert (tmp_path / "project" / "pyproject.toml").exists()
