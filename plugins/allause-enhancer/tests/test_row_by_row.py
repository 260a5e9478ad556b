import math

import pytest

from allause_enhancer.rows.row_by_row import logarithm, series


@pytest.mark.parametrize("off", [1e-15, 3e-9, 1e-4, -1e-4, 0.0099999, -0.0099999, 0.01, -0.01, 0.0100001, 3.0, -0.9])
def test_logarithm_is_that_of_the_library_to_the_last_bits(off):
    value = 1 + off
    assert logarithm(value, series(value)) == pytest.approx(math.log1p(value - 1), rel=5e-16, abs=0)


def test_logarithm_of_no_change_is_nothing():
    assert logarithm(1.0, series(1.0)) == 0.0


@pytest.mark.parametrize(("growth", "expected"), [(math.inf, math.inf), (0.0, -math.inf), (math.nan, math.nan)])
def test_logarithm_of_what_overflowed_or_is_not_there_is_no_error(growth, expected):
    assert logarithm(growth, series(growth)) == pytest.approx(expected, nan_ok=True)
