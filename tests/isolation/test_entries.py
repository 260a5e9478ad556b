"""What others keep in dictionaries is told when it is changed in its place; additions to registries are not."""

import json

import pytest

from allause.isolation.entries import Entries


def _function(*, least=1, most):
    return least, most


_function.__module__, _function.__qualname__ = "owner", "Class.function"


class Loud:
    def __eq__(self, other):
        raise AssertionError("entries are told apart without asking them")

    __hash__ = object.__hash__


@pytest.fixture
def table():
    return {"one": Loud(), 2: Loud(), (3,): Loud()}


@pytest.fixture
def entries(table):
    _function.__kwdefaults__ = {"least": 1}
    names = {"TABLE": table, "again": table, "_private": {"one": 1}, "function": _function}
    return Entries([("owner", names)]), names


def _changed(entries):
    return list(entries[0].changed())


def test_untouched_entries_are_not_told(entries):
    assert _changed(entries) == []


def test_entries_that_are_others_or_gone_are_told_once_by_name(entries, table):
    table["one"], table[2] = Loud(), table["one"]
    del table[3,]
    assert _changed(entries) == ["owner.TABLE['one']", "owner.TABLE[2]", "owner.TABLE[a tuple]"]


def test_additions_to_a_table_and_changes_in_a_private_one_are_not_told(entries, table):
    table["four"] = 4
    entries[1]["_private"]["one"] = 2
    assert _changed(entries) == []


def test_what_is_put_back_is_not_told(entries, table):
    table["one"], before = 1, table["one"]
    table["one"] = before
    assert _changed(entries) == []


def test_defaults_are_told_when_changed_or_added(entries):
    _function.__kwdefaults__.update(least=2, most=3)
    assert _changed(entries) == [
        "owner.Class.function.__kwdefaults__['least']",
        "owner.Class.function.__kwdefaults__['most']",
    ]


def test_the_encoder_of_all_is_told(entries):
    json._default_encoder.default = str
    try:
        assert _changed(entries) == ["json._default_encoder.__dict__['default']"]
    finally:
        del json._default_encoder.default
