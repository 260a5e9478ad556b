"""A clock that moves when told to, and components that are closed after each test."""

import logging

import pytest
from hypothesis import settings

from allause.models import Context
from allause_monitoring import AdvancedMonitoringFramework, MonitoringConfig
from allause_monitoring.functionality import SettableClock

# The same examples on every run, none of them against the clock.
settings.register_profile("allause-monitoring", deadline=None, derandomize=True, database=None)
settings.load_profile("allause-monitoring")


@pytest.fixture
def clock():
    return SettableClock()


@pytest.fixture
def build(clock, tmp_path):
    """Build a component that was started on the settable clock and writes to its own directory."""
    built = []

    def make(**settings):
        component = AdvancedMonitoringFramework(MonitoringConfig(**settings))
        directory = tmp_path / f"component-{len(built)}"
        directory.mkdir()
        component.start(Context(clock=clock, directory=directory, seed=0, logger=logging.getLogger("test.monitoring")))
        built.append(component)
        return component

    yield make
    for component in built:
        component.close()


@pytest.fixture
def monitoring(build):
    return build()


@pytest.fixture
def state_of():
    """Evaluate the rules and return the alert of one of them."""

    def find(component, rule):
        return {alert.rule: alert for alert in component.get_alerts()}[rule]

    return find
