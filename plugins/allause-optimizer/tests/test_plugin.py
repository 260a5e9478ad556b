import inspect
import re
from importlib.metadata import entry_points, version
from pathlib import Path

import attrs
import pytest

import allause.trials
import allause_optimizer
from allause.exceptions import ConfigurationError, UsageError
from allause.hookspecs import CONTRACT_VERSION, OptimizerSpec, StandardSpec
from allause_optimizer import Config, TradingSystemOptimizer
from allause_optimizer.search import Search

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
METHODS = [name for spec in (OptimizerSpec, StandardSpec) for name in vars(spec) if not name.startswith("_")]


@pytest.mark.parametrize("name", METHODS)
def test_each_method_of_the_contract_takes_its_parameters_and_is_marked(name):
    spec = getattr(OptimizerSpec, name, None) or getattr(StandardSpec, name)
    method = getattr(TradingSystemOptimizer, name)
    assert list(inspect.signature(method).parameters) == list(inspect.signature(spec).parameters)
    assert method.allause_impl


def test_the_entry_point_loads_the_class():
    (point,) = entry_points(group="allause.optimizer", name="optimizer")
    assert point.load() is allause_optimizer.TradingSystemOptimizer


def test_the_component_says_what_it_is():
    info = TradingSystemOptimizer().get_component_info()
    assert (info.name, info.kind, info.version) == ("optimizer", "optimizer", version("allause-optimizer"))
    assert info.contract_version == CONTRACT_VERSION


def test_the_installed_execution_component_is_the_target_when_none_is_given(table, monkeypatch):
    target = table({"a": (1.0, 2.0)}, lambda s: s["a"])
    monkeypatch.setattr(allause.trials.ExecutionTarget, "installed", classmethod(lambda cls, kind: target))
    assert TradingSystemOptimizer().optimize_trading_system().kept == {"a": 2.0}
    assert {orders for _, orders, _ in target.asked} == {100}


def test_the_real_execution_component_is_measured(monkeypatch):
    pytest.importorskip("allause_execution", reason="allause-execution is not installed")
    report = TradingSystemOptimizer(Config(repetitions=1, orders=10)).optimize_trading_system(seed=3)
    assert set(report.kept) == {"orders_per_commit", "orders_in_flight"}
    assert report.before.error_rate == report.after.error_rate == 0
    assert report.after.orders_sent == 10
    assert report.after.connection_reuse == 0.9


@pytest.mark.parametrize("orders", [0, -1, 1.5, True, "10"], ids=repr)
def test_a_number_of_orders_that_is_none_is_an_error(table, orders):
    with pytest.raises(UsageError, match="orders: expected a whole number"):
        TradingSystemOptimizer().optimize_trading_system(target=table({}, lambda s: 1), orders=orders)


def test_calls_are_counted_errors_too(table):
    component = TradingSystemOptimizer()
    component.optimize_trading_system(target=table({}, lambda s: 1))
    with pytest.raises(UsageError):
        component.optimize_trading_system(target=table({}, lambda s: 1), orders=0)
    component.test_functionality()
    stats = component.get_performance_stats()
    assert (stats.operations, stats.errors, stats.details) == (2, 1, {"trials": 3})
    assert stats.busy_ns > 0


def test_the_metrics_are_those_of_the_last_optimization(table):
    component = TradingSystemOptimizer()
    assert component.get_optimization_metrics().metrics == {}
    component.optimize_trading_system(target=table({"a": (1.0, 2.0)}, lambda s: s["a"]))
    assert component.get_optimization_metrics().metrics["improvement_ratio"] == 2.0


def test_the_last_report_is_checked_against_its_trials(table):
    component = TradingSystemOptimizer()
    assert component.validate_component().valid
    report = component.optimize_trading_system(target=table({"a": (1.0, 2.0)}, lambda s: s["a"]))
    assert component.validate_component().examined == ("last report",)
    component._last = attrs.evolve(report, improvement=9.0)
    assert not component.validate_component().valid


def test_the_self_test_passes():
    report = TradingSystemOptimizer().test_functionality()
    assert [case for case in report.cases if not case.passed] == []
    assert len(report.cases) == 3


def kept(settings, forge=lambda report: report):
    real = TradingSystemOptimizer.optimize_trading_system
    return lambda self, **arguments: forge(attrs.evolve(real(self, **arguments), kept=settings))


SABOTAGES = {
    "raises": lambda self, **arguments: 1 / 0,
    "answers None": lambda self, **arguments: None,
    "always the first": kept({"batch": 1.0}),
    "always the last": kept({"batch": 16.0}),
    "invents figures": lambda self, **arguments: attrs.evolve(
        TradingSystemOptimizer._real(self, **arguments), improvement=99.0
    ),
    "measures nothing it reports": lambda self, **arguments: attrs.evolve(
        TradingSystemOptimizer._real(self, **arguments), trials=()
    ),
}


@pytest.mark.parametrize("sabotage", SABOTAGES)
def test_the_self_test_fails_when_the_operation_is_sabotaged(monkeypatch, sabotage):
    monkeypatch.setattr(TradingSystemOptimizer, "_real", TradingSystemOptimizer.optimize_trading_system, raising=False)
    monkeypatch.setattr(TradingSystemOptimizer, "optimize_trading_system", SABOTAGES[sabotage])
    report = TradingSystemOptimizer().test_functionality()
    assert not report.passed
    assert all(case.detail for case in report.cases if not case.passed)


def test_the_self_test_fails_when_the_error_rate_is_not_looked_at(monkeypatch):
    monkeypatch.setattr("allause_optimizer.duel._error_rate", lambda trials: 0.0)
    assert not TradingSystemOptimizer().test_functionality().passed


def test_the_self_test_fails_when_the_search_keeps_what_it_finds_first(monkeypatch):
    monkeypatch.setattr(Search, "_sweep", lambda self: self._baseline)
    assert not TradingSystemOptimizer().test_functionality().passed


@pytest.mark.parametrize("name", ["repetitions", "orders", "max_trials"])
@pytest.mark.parametrize("value", [0, -1, 1.5, True, None, "3"], ids=repr)
def test_a_configuration_value_that_cannot_work_is_an_error_by_name(name, value):
    with pytest.raises(ConfigurationError, match=f"^{name}: "):
        Config(**{name: value})


def test_too_few_trials_for_one_comparison_are_an_error():
    with pytest.raises(ConfigurationError, match="at least 12"):
        Config(max_trials=11)


def test_close_needs_no_start_and_may_be_called_twice():
    component = TradingSystemOptimizer()
    component.close()
    component.close()


def test_the_readme_example_runs(capsys):
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    exec(compile(code, "README.md", "exec"), {})
    assert "kept {'group': 100.0}" in capsys.readouterr().out


def test_every_configuration_key_is_in_the_readme():
    rows = re.findall(r"^\| `(\w+)` \|", README.split("## Configuration")[1], re.MULTILINE)
    assert rows == [field.name for field in attrs.fields(Config)]
