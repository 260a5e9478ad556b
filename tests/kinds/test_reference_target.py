"""The optimizers' target: what is decided from its trials is decided by them alone."""

import pytest

from allause.kinds.reference_target import CANDIDATES, ReferenceTarget
from allause_optimizer import TradingSystemOptimizer


def trial(best, batch, seed=1, orders=8):
    return ReferenceTarget(best=best).measure({"batch": batch}, orders=orders, seed=seed)


def test_equal_trials_have_equal_figures_on_any_machine():
    assert trial(4.0, 2.0) == trial(4.0, 2.0)


def test_another_seed_is_another_flow():
    assert trial(4.0, 2.0) != trial(4.0, 2.0, seed=2)


@pytest.mark.parametrize("best", CANDIDATES)
def test_the_best_setting_is_at_least_four_times_faster_for_every_order(best):
    for seed in range(50):
        slowest = trial(best, best, seed).latency.maximum
        assert all(4 * slowest < trial(best, other, seed).latency.p5 for other in CANDIDATES if other != best)


@pytest.mark.parametrize("best", CANDIDATES)
def test_optimizing_twice_gives_the_same_report(best):
    first, second = (
        TradingSystemOptimizer().optimize_trading_system(target=ReferenceTarget(best=best), orders=2, seed=1)
        for _ in range(2)
    )
    assert first == second
    assert first.kept == {"batch": best}
    assert first.conclusive
