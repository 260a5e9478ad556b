"""Configurations written for a test."""

import pytest

from allause.configuration import find_place


@pytest.fixture
def place(tmp_path):
    """Write a configuration file and return the place found."""
    (tmp_path / ".git").mkdir()

    def write(text, name="allause.toml"):
        (tmp_path / name).write_text(text, encoding="utf-8")
        return find_place(tmp_path)

    return write
