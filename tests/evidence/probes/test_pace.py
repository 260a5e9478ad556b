import pytest

from allause.evidence.probes.pace import EXPONENT, HARMLESS, Round, _decided, _rounds


@pytest.mark.parametrize("exponents", [[1.2, 1.4], [2.0, 1.2, 1.2], [EXPONENT, EXPONENT], [HARMLESS], [2.0, 0.9]])
def test_most_comparisons_harmless_or_one_beyond_doubt_decide(exponents):
    assert _decided(exponents)


@pytest.mark.parametrize("exponents", [[], [1.2], [2.0, 2.0], [1.2, 2.0]])
def test_what_the_next_comparison_may_change_is_not_decided(exponents):
    assert not _decided(exponents)


class Timed:
    """Stand where a child is asked to time calls: one in ``every`` takes long, counted through all rounds."""

    def __init__(self, every):
        self._every, self._made = every, 0
        self.asked = []

    def call(self, method):
        return self

    value = None

    def observe(self, operation, *, calls, most, for_s):
        self.asked.append(most)
        took = []
        for _ in range(most):
            self._made += 1
            took.append(50_000_000 if self._made % self._every == 0 else 200_000)
        return {"took_ns": took, "yardsticks_ns": [100_000] * (most // 4), "waited_ns": 0}


def test_rounds_are_shorter_once_one_holds_no_slow_call():
    child = Timed(every=10_000)
    assert all(isinstance(each, Round) for each in _rounds(child, []))
    assert child.asked == [48, 16, 16]


@pytest.mark.parametrize("every", [10, 25, 40])
def test_rounds_stay_long_and_become_many_while_each_holds_a_slow_call(every):
    child = Timed(every=every)
    rounds = list(_rounds(child, []))
    assert child.asked == [48] * 7
    assert all(max(each.took_ns) > 1_000_000 for each in rounds)
