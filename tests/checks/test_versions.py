import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet

from allause.checks import versions
from allause.checks.versions import within

NUMBERS = st.lists(st.integers(0, 3), min_size=1, max_size=4).map(lambda numbers: ".".join(map(str, numbers)))
CLAUSES = st.tuples(st.sampled_from([">=", "<=", ">", "<", "==", "!=", "~="]), st.sampled_from(["", " "]), NUMBERS)
SUFFIXES = st.sampled_from(["", "", "", "rc1", ".dev2", ".post1", "a0", "+local"])


@given(st.lists(CLAUSES.map("".join), min_size=1, max_size=3).map(",".join), NUMBERS, SUFFIXES)
def test_the_versions_are_those_of_packaging(specifier, numbers, suffix):
    try:
        expected = SpecifierSet(specifier).contains(numbers + suffix, prereleases=True)
    except ValueError:
        with pytest.raises(ValueError, match=r"[Ii]nvalid"):
            within(specifier)
    else:
        assert within(specifier)(numbers + suffix) is expected


@pytest.mark.parametrize("specifier", ["three", ">=", ">=3.11,", "=>3", ">=1.0.*"])
def test_what_packaging_refuses_is_refused(specifier):
    try:
        SpecifierSet(specifier)
    except ValueError:
        with pytest.raises(ValueError, match=r"[Ii]nvalid"):
            within(specifier)
    else:
        assert within(specifier)("3.11") is SpecifierSet(specifier).contains("3.11", prereleases=True)


def test_plain_limits_do_without_packaging(monkeypatch):
    monkeypatch.setattr(versions, "_looked_up", None)
    assert within(">=0.1,<0.2")("0.1.5")
    assert not within(">=0.1,<0.2")("0.2.0")
