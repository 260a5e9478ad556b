"""The entry point groups by themselves."""

from allause.groups import GROUPS
from allause.kinds import KINDS


def test_the_groups_are_those_of_the_kinds_in_their_order():
    assert list(GROUPS.items()) == [(kind.group, name) for name, kind in KINDS.items()]
