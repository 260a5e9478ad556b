"""Checks chosen by code, slug or family."""

import pytest

from allause.checks import CHECKS, chosen, family, with_needs
from allause.exceptions import UsageError


def test_all_are_chosen_when_nothing_is_named():
    assert chosen(CHECKS) == {check.code for check in CHECKS}


@pytest.mark.parametrize("name", ["CON001", "con001", "missing-method"])
def test_a_code_or_slug_means_one_check(name):
    assert chosen(CHECKS, [name]) == {"CON001"}


def test_a_family_means_all_of_it_and_what_is_ignored_is_left_out():
    found = chosen(CHECKS, ["CON"], ["CON001"])
    assert found == {check.code for check in CHECKS if family(check.code) == "CON"} - {"CON001"}


@pytest.mark.parametrize(
    ("name", "meant"), [("CON0001", "CON001"), ("mising-method", "missing-method"), ("DCS", "DSC")]
)
def test_an_unknown_name_is_refused_with_what_was_meant(name, meant):
    with pytest.raises(UsageError, match=f"did you mean {meant}"):
        chosen(CHECKS, [], [name])


def test_what_a_chosen_check_needs_is_judged_too():
    codes = [check.code for check in with_needs(CHECKS, ["BEH001"])]
    assert {"BEH001", "TYP002", "DSC001"} <= set(codes)
    assert codes == [check.code for check in CHECKS if check.code in codes]
