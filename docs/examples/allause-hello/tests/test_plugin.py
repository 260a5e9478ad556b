import inspect
import math
import re
from importlib.metadata import entry_points, version
from pathlib import Path

import pytest

from allause.hookspecs import CONTRACT_VERSION, AnalyticsSpec, StandardSpec
from allause_hello import HelloAnalytics, HelloConfig, figures


def test_the_entry_point_leads_to_the_component():
    (entry,) = entry_points(group="allause.analytics", name="hello")
    assert entry.load() is HelloAnalytics


def test_every_method_of_the_contract_is_there_and_marked():
    for spec in (StandardSpec, AnalyticsSpec):
        for name, _ in inspect.getmembers(spec, lambda member: hasattr(member, "allause_spec")):
            assert hasattr(getattr(HelloAnalytics, name), "allause_impl"), name


def test_info_names_the_version_of_the_distribution_and_the_contract():
    info = HelloAnalytics().get_component_info()
    assert (info.version, info.contract_version) == (version("allause-hello"), CONTRACT_VERSION)


def test_the_figures_are_those_of_the_domain():
    returns = (0.1, -0.5, 0.2)
    report = HelloAnalytics().analyze_performance(returns=returns, periods_per_year=12)
    assert {figure.name: figure.value for figure in report.figures} == {
        "total_return": figures.total_return(returns),
        "volatility": figures.volatility(returns, 12),
        "max_drawdown": figures.max_drawdown(returns),
    }


def test_the_configured_periods_are_used_when_a_call_does_not_say():
    yearly = HelloAnalytics(HelloConfig(periods_per_year=1)).analyze_performance(returns=(0.01, 0.03))
    assert yearly.figure("volatility").value == pytest.approx(math.sqrt(0.0002), rel=1e-12)


def test_without_returns_every_figure_is_undefined_and_says_so():
    report = HelloAnalytics().analyze_performance()
    assert [(f.value, f.reason) for f in report.figures] == [(None, "no returns given")] * 3


def test_one_return_has_no_volatility():
    figure = HelloAnalytics().analyze_performance(returns=(0.1,)).figure("volatility")
    assert (figure.value, figure.reason) == (None, "needs two returns")


@pytest.mark.parametrize(
    "arguments",
    [
        {"returns": (math.nan,)},
        {"returns": (0.1,), "benchmark": (0.1, 0.2)},
        {"returns": (0.1,), "benchmark": (math.inf,)},
        {"returns": (0.1,), "periods_per_year": 0},
        {"returns": (0.1,), "risk_free_rate": math.nan},
        {"measurements": {"error_rate": math.inf}},
    ],
)
def test_a_bad_argument_is_refused(arguments):
    with pytest.raises(ValueError, match="must"):
        HelloAnalytics().analyze_performance(**arguments)


def test_every_call_is_counted_and_so_is_its_error():
    component = HelloAnalytics()
    component.analyze_performance(returns=(0.1,))
    with pytest.raises(ValueError, match="must"):
        component.analyze_performance(returns=(-1.0,))
    stats = component.get_performance_stats()
    assert (stats.operations, stats.errors, stats.busy_ns > 0) == (2, 1, True)


def test_the_self_test_passes():
    assert HelloAnalytics().test_functionality().passed


@pytest.mark.parametrize("broken", [lambda values: 0.0, lambda values: 1 / 0], ids=["wrong answer", "raises"])
def test_the_self_test_fails_when_a_figure_is_broken(monkeypatch, broken):
    monkeypatch.setattr(figures, "total_return", broken)
    assert not HelloAnalytics().test_functionality().passed


def test_the_self_test_fails_when_bad_returns_are_accepted(monkeypatch):
    monkeypatch.setattr(figures, "check_returns", lambda name, values: None)
    assert not HelloAnalytics().test_functionality().passed


def test_the_mean_time_follows_from_the_calls_counted():
    component = HelloAnalytics()
    assert component.get_optimization_metrics().metrics == {"analyze_mean_ns": 0.0}
    component.analyze_performance()
    assert component.get_optimization_metrics().metrics == {
        "analyze_mean_ns": component.get_performance_stats().busy_ns
    }


def test_a_configuration_that_was_forced_is_reported():
    config = HelloConfig()
    object.__setattr__(config, "periods_per_year", -1.0)
    answer = HelloAnalytics(config).validate_component()
    assert not answer.valid
    assert "periods_per_year" in answer.problems[0]


def test_the_configuration_is_checked_at_construction():
    with pytest.raises(ValueError, match="periods_per_year"):
        HelloAnalytics.Config(periods_per_year=0)


def test_it_may_be_closed_without_start_and_twice():
    component = HelloAnalytics()
    component.close()
    component.close()


def test_the_readme_lists_each_figure_with_its_definition():
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (ratio) \| (.+) \|$", readme, flags=re.MULTILINE)
    report = HelloAnalytics().analyze_performance()
    assert rows == [(f.name, f.unit, f.definition) for f in report.figures]


def test_the_readme_example_runs(capsys):
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", readme, flags=re.DOTALL)
    exec(code, {})
    assert float(capsys.readouterr().out) == pytest.approx(-0.34, rel=1e-12)
