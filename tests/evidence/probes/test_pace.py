import pytest

from allause.evidence.probes.pace import EXPONENT, _decided


@pytest.mark.parametrize("exponents", [[0.9, 1.1], [2.0, 1.0, 1.0], [EXPONENT, EXPONENT]])
def test_most_comparisons_harmless_decide(exponents):
    assert _decided(exponents)


@pytest.mark.parametrize("exponents", [[], [1.0], [2.0, 2.0], [1.0, 2.0]])
def test_what_the_next_comparison_may_change_is_not_decided(exponents):
    assert not _decided(exponents)
