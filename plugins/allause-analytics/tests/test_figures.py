"""Every figure agrees with a slow computation by its definition, in 50 decimal digits."""

import math
import random
from decimal import Decimal, localcontext
from fractions import Fraction

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from allause_analytics import FIGURES, AnalyticsEngine
from allause_analytics.figures import compute_figures
from allause_analytics.series import build_series

NAMES = [definition.name for definition in FIGURES]


class Reference:
    """Compute each figure by its definition, one number at a time."""

    def __init__(self, returns, benchmark, periods, rate):
        self.r = [Decimal(value) for value in returns]
        self.b = None if benchmark is None else [Decimal(value) for value in benchmark]
        self.n = len(self.r)
        self.p = Decimal(periods)
        self.f = (1 + Decimal(rate)) ** (1 / self.p) - 1
        self.x = [value - self.f for value in self.r]

    def mean(self, values):
        return sum(values, Decimal(0)) / len(values)

    def variance(self, values):
        m = self.mean(values)
        return sum((value - m) ** 2 for value in values) / (len(values) - 1)

    def dd(self):
        value = peak = Decimal(1)
        depths = []
        for r in self.r:
            value *= 1 + r
            peak = max(peak, value)
            depths.append(value / peak - 1)
        return depths

    def spells(self):
        spells, current = [], []
        for depth in [*self.dd(), Decimal(0)]:
            if depth < 0:
                current.append(depth)
            elif current:
                spells.append(current)
                current = []
        return spells

    def quantile(self, share):
        ordered = sorted(self.r)
        place = (self.n - 1) * share
        low = math.floor(place)
        part = place - low
        high = min(low + 1, self.n - 1)
        return ordered[low] + (ordered[high] - ordered[low]) * Decimal(part.numerator) / Decimal(part.denominator)

    def moment(self, power):
        m, spread = self.mean(self.r), self.variance(self.r).sqrt()
        return sum(((value - m) / spread) ** power for value in self.r)

    def total_return(self):
        return math.prod((1 + value for value in self.r), start=Decimal(1)) - 1

    def cagr(self):
        return (1 + self.total_return()) ** (self.p / self.n) - 1

    def volatility(self):
        return (self.variance(self.r) * self.p).sqrt()

    def downside_deviation(self):
        return (self.mean([min(value, Decimal(0)) ** 2 for value in self.x]) * self.p).sqrt()

    def sharpe_ratio(self):
        return self.mean(self.x) / self.variance(self.x).sqrt() * self.p.sqrt()

    def sortino_ratio(self):
        return self.mean(self.x) * self.p / self.downside_deviation()

    def calmar_ratio(self):
        return self.cagr() / -self.max_drawdown()

    def max_drawdown(self):
        return min(self.dd())

    def average_drawdown(self):
        return self.mean([min(spell) for spell in self.spells()])

    def longest_drawdown(self):
        return Decimal(max(len(spell) for spell in self.spells()))

    def ulcer_index(self):
        return self.mean([depth**2 for depth in self.dd()]).sqrt()

    def value_at_risk_historical(self):
        return self.quantile(Fraction(1, 20))

    def conditional_value_at_risk_historical(self):
        return self.mean(sorted(self.r)[: (self.n - 1) // 20 + 1])

    def skewness(self):
        return self.moment(3) * self.n / ((self.n - 1) * (self.n - 2))

    def excess_kurtosis(self):
        n = self.n
        scaled = self.moment(4) * n * (n + 1) / ((n - 1) * (n - 2) * (n - 3))
        return scaled - Decimal(3 * (n - 1) ** 2) / ((n - 2) * (n - 3))

    def omega_ratio(self):
        return sum(value for value in self.x if value > 0) / -sum(value for value in self.x if value < 0)

    def win_rate(self):
        return Decimal(sum(value > 0 for value in self.r)) / self.n

    def profit_factor(self):
        return sum(value for value in self.r if value > 0) / -sum(value for value in self.r if value < 0)

    def best_period(self):
        return max(self.r)

    def worst_period(self):
        return min(self.r)

    def tail_ratio(self):
        return abs(self.quantile(Fraction(19, 20))) / abs(self.quantile(Fraction(1, 20)))

    def autocorrelation(self):
        m = self.mean(self.r)
        above = sum((now - m) * (before - m) for before, now in zip(self.r, self.r[1:], strict=False))
        return above / sum((value - m) ** 2 for value in self.r)

    def covariance(self):
        ours, theirs = self.mean(self.r), self.mean(self.b)
        return sum((r - ours) * (b - theirs) for r, b in zip(self.r, self.b, strict=True)) / (self.n - 1)

    def beta(self):
        return self.covariance() / self.variance(self.b)

    def alpha(self):
        a = self.mean(self.x) - self.beta() * (self.mean(self.b) - self.f)
        return (1 + a) ** self.p - 1

    def correlation(self):
        return self.covariance() / (self.variance(self.r) * self.variance(self.b)).sqrt()

    def active(self):
        return [r - b for r, b in zip(self.r, self.b, strict=True)]

    def tracking_error(self):
        return (self.variance(self.active()) * self.p).sqrt()

    def information_ratio(self):
        return self.mean(self.active()) / self.variance(self.active()).sqrt() * self.p.sqrt()


def assert_agrees(figures, returns, benchmark, periods=252.0, rate=0.0):
    with localcontext() as context:
        context.prec = 50
        reference = Reference(returns, benchmark, periods, rate)
        expected = {name: float(getattr(reference, name)()) for name in NAMES}
    assert {figure.name: figure.value for figure in figures} == pytest.approx(expected, rel=1e-12, abs=0)


def noise(seed, n, spread=0.01):
    draw = random.Random(seed)
    return [draw.gauss(0.0004, spread) for _ in range(n)]


HAND = [0.1, -0.5, 0.2, 0.0]
PATTERN = [0.02, -0.01, 0.03, -0.04, 0.0, 0.01, 0.01, -0.02, 0.05, -0.03]
LONG = PATTERN * 2 + [-0.06, 0.02, 0.04, 0.01, 0.02]
MARKET = [value * 0.7 + 0.001 * (position % 3) for position, value in enumerate(LONG)]


@pytest.mark.parametrize(
    ("returns", "benchmark", "periods", "rate"),
    [
        (LONG, MARKET, 252.0, 0.0),
        (LONG, MARKET, 12.0, 0.03),
        (noise(1, 500), noise(2, 500), 252.0, 0.02),
        (noise(3, 1_001, 1e-3), noise(4, 1_001, 1e-3), 365.0, 0.01),
    ],
)
def test_all_figures_agree_with_the_reference(engine, returns, benchmark, periods, rate):
    report = engine.analyze_performance(returns, benchmark, periods, rate)
    assert_agrees(report.figures, returns, benchmark, periods, rate)


def test_all_figures_of_recorded_returns_agree_with_the_reference(engine, recorded):
    returns = recorded("arch_sp500.csv.gz", "Adj Close")
    assert len(returns) == 5030
    benchmark = [0.8 * value + 0.001 * math.sin(position) for position, value in enumerate(returns)]
    report = engine.analyze_performance(returns, benchmark, None, 0.02)
    assert_agrees(report.figures, returns, benchmark, rate=0.02)


def test_all_figures_of_a_recorded_stock_and_its_index_agree_with_the_reference(engine, recorded):
    returns = recorded("skfolio_sp500_dataset.csv.gz", "AAPL")[-2_000:]
    index = recorded("skfolio_sp500_index.csv.gz", "SP500")[-2_000:]
    assert_agrees(engine.analyze_performance(returns, index).figures, returns, index)


GOLDEN = {
    # 1.1 * 0.5 * 1.2 * 1 = 0.66; the highest value is 1.1, the lowest after it 0.55
    "total_return": -0.34,
    "cagr": 0.66**0.5 - 1,
    "max_drawdown": -0.5,
    "average_drawdown": -0.5,
    "longest_drawdown": 3.0,
    "ulcer_index": ((0.25 + 0.16 + 0.16) / 4) ** 0.5,
    "calmar_ratio": (0.66**0.5 - 1) / 0.5,
    # mean -0.05, squared distances 0.0225 + 0.2025 + 0.0625 + 0.0025 = 0.29
    "volatility": (0.29 / 3 * 2) ** 0.5,
    "downside_deviation": (0.25 / 4 * 2) ** 0.5,
    "sharpe_ratio": -0.05 / (0.29 / 3) ** 0.5 * 2**0.5,
    "sortino_ratio": -0.05 / 0.25 * 2**0.5,
    "win_rate": 0.5,
    "profit_factor": 0.6,
    "omega_ratio": 0.6,
    "best_period": 0.2,
    "worst_period": -0.5,
    # products of neighbours' distances: 0.15*-0.45 - 0.45*0.25 + 0.25*0.05
    "autocorrelation": -0.1675 / 0.29,
    # cubes of the distances: 0.003375 - 0.091125 + 0.015625 + 0.000125
    "skewness": -0.072 / (0.29 / 3) ** 1.5 * 4 / 6,
    # fourth powers: 0.00050625 + 0.04100625 + 0.00390625 + 0.00000625
    "excess_kurtosis": 0.045425 / (0.29 / 3) ** 2 * 20 / 6 - 13.5,
}


def test_figures_of_four_returns_are_those_worked_out_by_hand(engine):
    report = engine.analyze_performance(returns=HAND, periods_per_year=2.0)
    seen = {figure.name: figure.value for figure in report.figures if figure.value is not None}
    assert seen == pytest.approx(GOLDEN, rel=1e-12, abs=0)


def without_base(path):
    return (path / np.maximum.accumulate(path) - 1).min()


WRONG = {
    "volatility": lambda s: float(s.returns.std() * math.sqrt(s.periods_per_year)),  # divides by n
    "sortino_ratio": lambda s: float(
        s.excess.mean() / s.excess[s.excess < 0].std(ddof=1) * math.sqrt(s.periods_per_year)
    ),
    "max_drawdown": lambda s: float(without_base(np.cumprod(1 + s.returns))),  # forgets the first return
    "win_rate": lambda s: float((s.returns > 0).sum() / (s.returns != 0).sum()),  # leaves zeros out
    "ulcer_index": lambda s: float(math.sqrt((s.drawdowns**2).sum() / (s.n - 1))),
    "cagr": lambda s: math.expm1(s.log_total * 365 / s.n),  # another clock
    "alpha": lambda s: float((s.excess.mean() - s.benchmark.mean()) * s.periods_per_year),  # not compounded
    "total_return": lambda s: float(s.returns.sum()),  # not compounded
    "skewness": lambda s: float((((s.returns - s.returns.mean()) / s.returns.std()) ** 3).mean()),  # of the population
}


@pytest.mark.parametrize("name", WRONG)
def test_the_comparison_fails_on_a_wrong_convention(name, monkeypatch):
    returns = [-0.3, *LONG[1:]]
    series = build_series(returns, MARKET, 252.0, 0.0)
    assert_agrees(compute_figures(series), returns, MARKET)
    broken = tuple(attrs.evolve(d, function=WRONG[name]) if d.name == name else d for d in FIGURES)
    monkeypatch.setattr("allause_analytics.figures.FIGURES", broken)
    with pytest.raises(AssertionError):
        assert_agrees(compute_figures(series), returns, MARKET)


def test_the_first_return_counts_as_a_drawdown(engine):
    assert engine.analyze_performance(returns=[-0.1, 0.05]).figure("max_drawdown").value == pytest.approx(-0.1)


def test_an_annual_rate_becomes_one_of_a_period_geometrically(engine):
    rate = 1.01**12 - 1
    figure = engine.analyze_performance(returns=[0.01, 0.03], periods_per_year=12.0, risk_free_rate=rate).figure
    assert figure("downside_deviation").value == pytest.approx(0.0, abs=1e-15)
    assert figure("sharpe_ratio").value == pytest.approx(0.01 / math.sqrt(0.0002) * math.sqrt(12), rel=1e-12)


# -- what is not defined


def reasons(**arguments):
    return {figure.name: figure.reason for figure in AnalyticsEngine().analyze_performance(**arguments).figures}


def test_without_returns_every_figure_is_undefined_and_says_so(engine):
    report = engine.analyze_performance()
    assert report.periods == 0
    assert {(figure.value, figure.n, figure.reason) for figure in report.figures} == {(None, 0, "no returns given")}


def test_an_empty_sequence_is_no_returns():
    assert set(reasons(returns=[]).values()) == {"no returns given"}


def test_constant_returns_have_no_ratio_to_their_deviation():
    found = reasons(returns=[0.1] * 30, benchmark=[0.1] * 30)
    names = ["volatility", "sharpe_ratio", "skewness", "excess_kurtosis", "autocorrelation", "correlation"]
    assert {found[name] for name in names} == {"the values are constant"}
    assert found["beta"] == found["alpha"] == "the benchmark is constant"
    assert found["tracking_error"] == "the difference to the benchmark is constant"


def test_returns_without_a_loss_have_no_ratio_to_losses():
    found = reasons(returns=[0.01, 0.02])
    assert found["profit_factor"] == "there is no loss"
    assert found["sortino_ratio"] == found["omega_ratio"] == "no return is below the risk-free one"
    assert found["calmar_ratio"] == found["average_drawdown"] == "there is no drawdown"
    assert found["max_drawdown"] == found["longest_drawdown"] == ""


@pytest.mark.parametrize("definition", [d for d in FIGURES if d.least > 1], ids=lambda d: d.name)
def test_too_few_returns_are_named(definition):
    few = LONG[: definition.least - 1]
    found = reasons(returns=few, benchmark=MARKET[: len(few)])[definition.name]
    assert found == f"it needs {definition.least} returns, {len(few)} given"


def test_without_a_benchmark_the_figures_that_need_one_say_so():
    found = reasons(returns=LONG)
    names = ["beta", "alpha", "correlation", "tracking_error", "information_ratio"]
    assert {found[name] for name in names} == {"no benchmark given"}


def test_a_benchmark_that_differs_by_rounding_only_gives_no_information_ratio():
    shifted = [value + 0.1 for value in LONG]
    assert (
        reasons(returns=shifted, benchmark=LONG)["information_ratio"] == "the difference to the benchmark is constant"
    )


def test_a_growth_too_large_for_a_float_is_undefined():
    found = reasons(returns=[1e300, 1e300])
    assert found["total_return"] == "it is too large for a float"


# -- laws

RETURNS = st.lists(st.integers(-400, 400).map(lambda tick: tick / 1024), min_size=25, max_size=60)


def close(expected, **tolerance):
    """Compare approximately; None equals None only."""
    return expected if expected is None else pytest.approx(expected, **tolerance)


def values(returns, **arguments):
    return {f.name: f.value for f in AnalyticsEngine().analyze_performance(returns=returns, **arguments).figures}


@given(RETURNS, st.randoms(use_true_random=False))
def test_the_order_matters_to_drawdowns_only(returns, draw):
    shuffled = returns.copy()
    draw.shuffle(shuffled)
    ordered = {"calmar_ratio", "max_drawdown", "average_drawdown", "longest_drawdown", "ulcer_index", "autocorrelation"}
    before, after = values(returns), values(shuffled)
    for name in before.keys() - ordered:
        assert after[name] == close(before[name], rel=1e-12, abs=1e-15)


@given(RETURNS)
def test_half_the_returns_have_half_the_risk_and_the_same_ratios(returns):
    whole, half = values(returns), values([value / 2 for value in returns])
    linear = ["volatility", "downside_deviation", "best_period", "value_at_risk_historical"]
    linear.append("conditional_value_at_risk_historical")
    for name in linear:
        assert half[name] == (None if whole[name] is None else whole[name] / 2)
    for name in (
        "sharpe_ratio",
        "sortino_ratio",
        "skewness",
        "excess_kurtosis",
        "omega_ratio",
        "tail_ratio",
        "win_rate",
    ):
        assert half[name] == whole[name]


@given(RETURNS)
def test_a_shift_moves_the_level_and_not_the_spread(returns):
    before, after = values(returns), values([value + 0.25 for value in returns])
    for name in ("best_period", "worst_period", "value_at_risk_historical"):
        assert after[name] == pytest.approx(before[name] + 0.25, rel=1e-12)
    for name in ("volatility", "skewness", "excess_kurtosis", "autocorrelation"):
        assert after[name] == close(before[name], rel=1e-9, abs=1e-12)


@given(RETURNS)
def test_tails_and_drawdowns_are_ordered(returns):
    found = values(returns)
    assert found["worst_period"] <= found["conditional_value_at_risk_historical"] <= found["best_period"]
    assert found["conditional_value_at_risk_historical"] <= found["value_at_risk_historical"] + 1e-15
    assert -1 < found["max_drawdown"] <= min(0.0, found["worst_period"]) + 1e-15
    assert found["ulcer_index"] <= -found["max_drawdown"] + 1e-15


@given(RETURNS.filter(lambda returns: len(set(returns)) > 1))
def test_returns_follow_themselves_exactly(returns):
    found = values(returns, benchmark=returns)
    assert (found["beta"], found["alpha"], found["correlation"]) == pytest.approx((1.0, 0.0, 1.0), rel=1e-12, abs=1e-12)
    assert found["tracking_error"] is None
