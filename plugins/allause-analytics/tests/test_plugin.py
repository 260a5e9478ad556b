"""The component as its host meets it."""

import asyncio
import inspect
import threading
import tomllib
from importlib.metadata import entry_points
from pathlib import Path

import cattrs
import pluggy
import pytest

import allause_analytics
from allause.exceptions import ConfigurationError
from allause.hookspecs import AnalyticsSpec, StandardSpec
from allause.measurement import SystemClock
from allause.models import Context
from allause_analytics import FIGURES, AnalyticsConfig, AnalyticsEngine

PROJECT = Path(__file__).parents[1] / "pyproject.toml"
METHODS = [name for spec in (AnalyticsSpec, StandardSpec) for name in vars(spec) if not name.startswith("_")]
RETURNS = [0.01, -0.02, 0.03, 0.0, 0.01]


def test_the_entry_point_leads_to_the_engine():
    (found,) = [point for point in entry_points(group="allause.analytics") if point.name == "analytics"]
    assert found.load() is AnalyticsEngine


def test_every_exported_name_exists():
    assert all(hasattr(allause_analytics, name) for name in allause_analytics.__all__)


@pytest.mark.parametrize("name", METHODS)
def test_each_method_has_the_parameters_of_its_hookspec(name):
    spec = getattr(AnalyticsSpec, name, None) or getattr(StandardSpec, name)
    ours = inspect.signature(getattr(AnalyticsEngine, name)).parameters
    assert list(ours) == list(inspect.signature(spec).parameters)
    for parameter in inspect.signature(spec).parameters.values():
        if "None" in str(parameter.annotation):
            assert ours[parameter.name].default is None


def test_pluggy_takes_every_implementation(engine):
    manager = pluggy.PluginManager("allause")
    manager.add_hookspecs(AnalyticsSpec)
    manager.add_hookspecs(StandardSpec)
    manager.register(engine)
    manager.check_pending()
    assert {caller.name for caller in manager.get_hookcallers(engine)} == set(METHODS)


def test_the_engine_says_its_distributions_version(engine):
    declared = tomllib.loads(PROJECT.read_text())["project"]["version"]
    info = engine.get_component_info()
    assert (info.version, info.name, info.kind) == (declared, "analytics", "analytics")


def test_the_report_lists_the_figures_in_the_published_order(engine):
    report = engine.analyze_performance(returns=RETURNS)
    assert [(f.name, f.unit, f.definition) for f in report.figures] == [(d.name, d.unit, d.definition) for d in FIGURES]
    assert report.periods == len(RETURNS)


def test_it_works_inside_a_running_event_loop(engine):
    async def analyse():
        return engine.analyze_performance(returns=RETURNS)

    assert asyncio.run(analyse()) == engine.analyze_performance(returns=RETURNS)


def test_it_works_from_a_task_in_a_thread(engine):
    async def analyse():
        return await asyncio.gather(*(asyncio.to_thread(engine.analyze_performance, RETURNS) for _ in range(8)))

    assert asyncio.run(analyse()) == [engine.analyze_performance(returns=RETURNS)] * 8
    assert engine.get_performance_stats().operations == 9


def test_eight_threads_lose_no_count(engine):
    def work():
        for _ in range(50):
            engine.analyze_performance()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert engine.get_performance_stats().operations == 400


def test_the_self_test_passes_and_leaves_the_counts_alone(engine):
    report = engine.test_functionality()
    assert report.passed, report.cases
    assert len(report.cases) == 5
    assert engine.get_performance_stats().operations == 0


def test_the_self_test_passes_whatever_is_configured():
    assert AnalyticsEngine(AnalyticsConfig(anomaly_threshold=1000.0)).test_functionality().passed


def empty(self, **_):
    return AnalyticsEngine().analyze_performance()


def ignores_measurements(self, measurements=None, **rest):
    return AnalyticsEngine().analyze_performance(**rest)


def ignores_periods(self, periods_per_year=None, **rest):
    return AnalyticsEngine().analyze_performance(**rest)


def silent(self, **_):
    return None


def forgiving(self, **arguments):
    try:
        return AnalyticsEngine().analyze_performance(**arguments)
    except ValueError:
        return AnalyticsEngine().analyze_performance()


@pytest.mark.parametrize("broken", [empty, ignores_measurements, ignores_periods, silent, forgiving])
def test_the_self_test_fails_on_a_broken_analysis(broken):
    engine = type("Broken", (AnalyticsEngine,), {"analyze_performance": broken})()
    assert not engine.test_functionality().passed


def test_the_self_test_fails_on_an_instance_whose_analysis_raises(engine):
    def broken(**_):
        raise RuntimeError("broken on purpose")

    engine.analyze_performance = broken
    assert all("broken on purpose" in case.detail for case in engine.test_functionality().cases)


def test_it_validates_itself_and_notices_a_broken_rubric(engine, monkeypatch):
    assert engine.validate_component().valid
    monkeypatch.setattr("allause_analytics.plugin.RUBRIC", allause_analytics.RUBRIC[1:])
    found = engine.validate_component()
    assert not found.valid
    assert found.problems == ("the rubric's weights add up to 80, expected 100",)


def test_default_construction_writes_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = threading.active_count()
    engine = AnalyticsEngine()
    engine.analyze_performance(returns=RETURNS)
    engine.close()
    engine.close()
    assert (list(tmp_path.iterdir()), threading.active_count()) == ([], before)


class Ticking(SystemClock):
    def __init__(self):
        self.ns = 0

    def monotonic_ns(self):
        self.ns += 7
        return self.ns


def test_the_time_spent_is_read_from_the_clock_given_at_start(engine, tmp_path):
    context = Context(clock=Ticking(), directory=tmp_path, seed=0, logger=None)
    engine.start(context)
    engine.analyze_performance()
    assert engine.get_performance_stats().busy_ns == 7
    assert engine.get_optimization_metrics().metrics == {"busy_ns_per_operation": 7.0}


def test_every_tunable_setting_is_in_the_configuration(engine):
    for setting in engine.get_optimization_metrics().settings:
        assert getattr(AnalyticsConfig(), setting.name) == setting.value
        for candidate in setting.candidates:
            cattrs.structure({setting.name: candidate}, AnalyticsEngine.Config)


@pytest.mark.parametrize(
    "settings",
    [{"anomaly_threshold": 0}, {"anomaly_window": 5}, {"anomaly_history": 251}, {"trend_significance": float("nan")}],
)
def test_a_setting_that_cannot_work_is_refused(settings):
    with pytest.raises(ValueError, match=next(iter(settings))):
        AnalyticsConfig(**settings)


def test_a_configuration_of_the_wrong_class_is_refused():
    with pytest.raises(ConfigurationError, match="expected an AnalyticsConfig, got dict"):
        AnalyticsEngine({})
