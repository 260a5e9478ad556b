"""The component as its host meets it."""

import inspect
import logging
import sys
import tomllib
from importlib.metadata import entry_points
from pathlib import Path
from threading import Barrier, Thread
from threading import enumerate as live_threads

import cattrs
import pluggy
import pytest

import allause_monitoring
from allause.exceptions import ConfigurationError
from allause.hookspecs import MonitoringSpec, StandardSpec
from allause.models import Context
from allause_monitoring import AdvancedMonitoringFramework, MonitoringConfig, PerformanceMonitor

PROJECT = Path(__file__).parents[1] / "pyproject.toml"
KIND_METHODS = [name for name in vars(MonitoringSpec) if not name.startswith("_")]
METHODS = KIND_METHODS + [name for name in vars(StandardSpec) if not name.startswith("_")]


def test_the_entry_point_leads_to_the_class():
    (found,) = [point for point in entry_points(group="allause.monitoring") if point.name == "monitoring"]
    assert found.load() is AdvancedMonitoringFramework


def test_performance_monitor_is_the_same_class():
    assert PerformanceMonitor is AdvancedMonitoringFramework


def test_exported_names_exist():
    assert all(hasattr(allause_monitoring, name) for name in allause_monitoring.__all__)


@pytest.mark.parametrize("name", METHODS)
def test_each_method_has_the_parameters_of_the_contract(name):
    spec = getattr(MonitoringSpec, name, None) or getattr(StandardSpec, name)
    ours = inspect.signature(getattr(AdvancedMonitoringFramework, name)).parameters
    assert list(ours) == list(inspect.signature(spec).parameters)
    for parameter in inspect.signature(spec).parameters.values():
        if "None" in str(parameter.annotation):
            assert ours[parameter.name].default is None


def test_pluggy_accepts_every_implementation():
    manager = pluggy.PluginManager("allause")
    manager.add_hookspecs(MonitoringSpec)
    manager.add_hookspecs(StandardSpec)
    component = AdvancedMonitoringFramework()
    manager.register(component)
    manager.check_pending()
    assert {caller.name for caller in manager.get_hookcallers(component)} == set(METHODS)


def test_the_version_is_that_of_the_distribution():
    declared = tomllib.loads(PROJECT.read_text())["project"]["version"]
    info = AdvancedMonitoringFramework().get_component_info()
    assert (info.version, info.name, info.kind) == (declared, "monitoring", "monitoring")


def test_default_construction_leaves_no_thread_and_no_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = set(live_threads())
    component = AdvancedMonitoringFramework()
    component.record_metric(name="trading_orders_total", value=1.0)
    component.get_metrics()
    component.get_alerts()
    component.render_metrics()
    component.test_functionality()
    assert not set(live_threads()) - before
    assert list(tmp_path.iterdir()) == []
    component.close()


def test_no_thread_is_left_after_close(tmp_path):
    before = set(live_threads())
    component = AdvancedMonitoringFramework(MonitoringConfig(directory=tmp_path, sample_interval_s=0.01))
    component.start_monitoring()
    component.start_monitoring()
    assert len(set(live_threads()) - before) == 1
    component.close()
    component.close()
    assert not set(live_threads()) - before


def test_starting_ends_what_ran_before(build, clock, tmp_path):
    before = set(live_threads())
    component = build(sample_interval_s=0.01)
    component.start_monitoring()
    component.start(Context(clock=clock, directory=tmp_path, seed=0, logger=logging.getLogger("test")))
    assert not set(live_threads()) - before


def test_monitoring_can_be_stopped_and_begun_again(monitoring):
    monitoring.stop_monitoring()
    for _ in range(2):
        monitoring.start_monitoring()
        assert monitoring._monitor.sampler.running
        monitoring.stop_monitoring()
        assert not monitoring._monitor.sampler.running


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("start_monitoring", {}),
        ("stop_monitoring", {}),
        ("record_metric", {"name": "trading_orders_total", "value": 1.0}),
        ("get_metrics", {}),
        ("get_alerts", {}),
        ("render_metrics", {}),
    ],
)
def test_each_call_of_the_kind_is_counted(monitoring, name, arguments):
    before = monitoring.get_performance_stats()
    getattr(monitoring, name)(**arguments)
    after = monitoring.get_performance_stats()
    assert (after.operations - before.operations, after.errors - before.errors) == (1, 0)


def test_a_refused_call_is_counted_as_an_error(monitoring):
    with pytest.raises(ValueError, match="malformed"):
        monitoring.record_metric(name="9lives", value=1.0)
    stats = monitoring.get_performance_stats()
    assert (stats.operations, stats.errors) == (1, 1)


def test_standard_questions_are_not_counted(monitoring):
    monitoring.get_component_info()
    monitoring.test_functionality()
    monitoring.validate_component()
    monitoring.get_optimization_metrics()
    assert monitoring.get_performance_stats().operations == 0


@pytest.fixture
def restless_threads():
    """Let threads take turns at almost every step, so that a missing lock shows."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-7)
    yield
    sys.setswitchinterval(before)


def run_in_eight_threads(work):
    threads = [Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.usefixtures("restless_threads")
def test_eight_threads_lose_no_update_and_no_count(monitoring):
    def work():
        for _ in range(500):
            monitoring.record_metric(name="trading_orders_total", value=1.0)

    run_in_eight_threads(work)
    values = {sample.name: sample.value for sample in monitoring.get_metrics()}
    assert values["trading_orders_total"] == 4_000
    assert monitoring.get_performance_stats().operations == 4_001


@pytest.mark.usefixtures("restless_threads")
def test_eight_threads_that_meet_at_new_series_lose_no_update(monitoring):
    together = Barrier(8)

    def work():
        for number in range(100):
            together.wait()
            monitoring.record_metric(name="fills_total", value=1.0, labels={"symbol": f"S{number}"})

    run_in_eight_threads(work)
    fills = [sample.value for sample in monitoring.get_metrics() if sample.name == "fills_total"]
    assert fills == [8.0] * 100


def test_a_configuration_is_structured_from_a_mapping(tmp_path):
    settings = {"directory": str(tmp_path), "batch_rows": 7, "thresholds": {"memory": 1.0}}
    config = cattrs.structure(settings, AdvancedMonitoringFramework.Config)
    assert (config.directory, config.batch_rows, config.rules()[4].threshold) == (tmp_path, 7, 1.0)


@pytest.mark.parametrize("settings", [{"sample_interval_s": 0}, {"batch_rows": 0}, {"sample_interval_s": float("nan")}])
def test_a_setting_outside_its_range_is_refused(settings):
    with pytest.raises(ValueError, match=next(iter(settings))):
        MonitoringConfig(**settings)


@pytest.mark.parametrize(
    ("thresholds", "words"),
    [({"memroy": 1.0}, "no such alert rule; there are trading_error_rate"), ({"cpu": float("nan")}, "finite number")],
)
def test_a_wrong_threshold_is_named_with_its_path(thresholds, words):
    with pytest.raises(ConfigurationError, match=words) as caught:
        MonitoringConfig(thresholds=thresholds)
    assert caught.value.path == f"thresholds.{next(iter(thresholds))}"


def test_a_configuration_of_another_class_is_refused():
    with pytest.raises(ConfigurationError, match="expected a MonitoringConfig, got dict"):
        AdvancedMonitoringFramework({"batch_rows": 1})


def test_every_tunable_setting_is_a_key_of_the_configuration(monitoring):
    monitoring.get_metrics()
    offer = monitoring.get_optimization_metrics()
    assert offer.settings
    for setting in offer.settings:
        assert getattr(MonitoringConfig(), setting.name) == setting.value
        assert setting.value in setting.candidates
        for candidate in setting.candidates:
            cattrs.structure({setting.name: candidate}, MonitoringConfig)
    assert set(offer.metrics) == {"busy_ns_per_operation"}
