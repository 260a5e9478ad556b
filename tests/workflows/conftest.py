"""Systems of the real six components, and a small honest execution component to break in one way at a time."""

import sys
from functools import cache
from importlib import import_module
from pathlib import Path

import attrs
import pytest

from allause.component import Component
from allause.kinds import KINDS
from allause.system import System
from allause.workflows import find, run_workflow

sys.path.insert(0, str(Path(__file__).parent))
from other_engines import DoNothing
from plain_component import Plain
from small_engine import SmallEngine

REAL = {
    "market_data": "allause_market_data.plugin:LiveMarketDataSystem",
    "market_data_enhancer": "allause_enhancer.plugin:MarketDataEnhancer",
    "execution": "allause_execution.plugin:TradingExecutionEngine",
    "optimizer": "allause_optimizer.plugin:TradingSystemOptimizer",
    "monitoring": "allause_monitoring.plugin:AdvancedMonitoringFramework",
    "analytics": "allause_analytics.plugin:AnalyticsEngine",
}


def _real(kind):
    module, _, name = REAL[kind].partition(":")
    return getattr(import_module(module), name)


@pytest.fixture(scope="session")
def real():
    """Return the class of the first-party component of a kind."""
    return _real


def _only(planned, steps):
    kept = (step for step in planned.steps[1:] if step.name in steps)
    return attrs.evolve(planned, steps=(planned.steps[0], *kept))


@pytest.fixture(scope="session")
def only():
    """Return a workflow without steps: the first and those named are left."""
    return _only


@pytest.fixture(scope="session")
def run(tmp_path_factory):
    """Run one workflow on the real components, some of them replaced; return the report.

    Of the steps only the first and those in ``steps`` are run, where they are given.
    """

    def run(workflow, *, steps=None, seed=0, deadline_s=5.0, announce=None, **replaced):
        planned = find(workflow) if isinstance(workflow, str) else workflow
        if steps is not None:
            planned = _only(planned, steps)
        instances = {kind: replaced.get(kind, _real(kind))() for kind in planned.kinds}
        components = {k: Component(f"dist-{k.replace('_', '-')}:it", KINDS[k], i) for k, i in instances.items()}
        system = System(components, tmp_path_factory.mktemp("run"))
        return run_workflow(planned, system, seed=seed, deadline_s=deadline_s, announce=announce)

    return run


@pytest.fixture(scope="session")
def sound(run):
    """Return the report of a workflow on sound components: run once for all that is asserted of it."""
    return cache(run)


@pytest.fixture
def not_passed():
    """Return status and message of every step that did not pass, by name; what is not offered is left out."""

    def not_passed(report):
        right = ("passed", "not_applicable")
        return {step.name: (str(step.status), step.message) for step in report.steps if step.status not in right}

    return not_passed


@pytest.fixture
def failed(not_passed):
    """Return the messages of the failed steps by name."""

    def failed(report):
        return {name: message for name, (status, message) in not_passed(report).items() if status == "failed"}

    return failed


@pytest.fixture
def evidence():
    """Return the evidence of a step."""

    def evidence(report, name):
        return next(step.evidence for step in report.steps if step.name == name)

    return evidence


@pytest.fixture
def helper(helper_of):
    return helper_of()


@pytest.fixture(scope="session")
def small_engine():
    return SmallEngine


@pytest.fixture(scope="session")
def do_nothing():
    return DoNothing


@pytest.fixture(scope="session")
def plain_component():
    return Plain
