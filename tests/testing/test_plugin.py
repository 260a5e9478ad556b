"""The plugin is light, and its fixtures are what the host uses."""

import subprocess
import sys
import threading
from decimal import Decimal

import pytest
from arro3.core import Table

from allause.component import Component
from allause.exceptions import OrderDeniedError, UsageError
from allause.models import BAR_COLUMNS, OrderStatus
from allause.testing.live import Factory
from allause.testing.samples import bar_table

HEAVY = ("attrs", "cattrs", "msgspec", "arro3", "typer", "anyio", "pluggy", "importlib_metadata", "allause.checks",
         "allause.discovery", "allause.validation", "allause.models", "allause.venue")  # fmt: skip


def test_loading_the_plugin_imports_nothing_but_pytest():
    program = (
        "import sys, pytest\nbefore = set(sys.modules)\nimport allause.testing.plugin\n"
        "print(*sorted(set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert [name for name in done.stdout.split() if name in HEAVY] == []
    assert all(name.startswith("allause") for name in done.stdout.split())


def test_a_component_is_built_started_and_called_as_the_host_does(component):
    live = component("allause-analytics:analytics")
    assert isinstance(live, Component)
    assert live.calls["start"] == 1
    assert live.call("analyze_performance", returns=[0.1]).figure("total_return").value == pytest.approx(0.1)


def test_a_component_is_given_its_configuration(component):
    live = component("allause-execution:execution", {"max_quantity": 5}, start=False)
    assert live.calls["start"] == 0
    with pytest.raises(OrderDeniedError):
        live.call("place_order", symbol="ALPHA", quantity=Decimal(6), order_type="market")


def test_an_unknown_component_is_refused_by_name(component):
    with pytest.raises(UsageError, match="no component 'nope' is installed"):
        component("nope")


def test_components_are_closed_when_the_test_is_over(tmp_path_factory):
    before = set(threading.enumerate())
    with Factory(tmp_path_factory, lambda: None) as factory:
        live = factory("allause-monitoring:monitoring")
        live.call("start_monitoring")
        assert len(set(threading.enumerate()) - before) > 1
    assert live.calls["close"] == 1
    assert [t.name for t in set(threading.enumerate()) - before if not t.name.startswith("allause-")] == []


def test_a_component_that_trades_is_given_the_session_of_the_exam_venue(component, exam_venue, venue_session):
    live = component("allause-execution:execution")
    report = live.call("place_order", symbol="ALPHA", quantity=Decimal(2), order_type="limit", price=Decimal(101))
    assert (report.status, report.avg_px) == (OrderStatus.FILLED, 101)
    assert exam_venue.orders_received == 1
    assert venue_session.positions() == {"ALPHA": 2}


def test_the_bars_are_those_of_the_contract_and_the_same_each_time(bars):
    assert isinstance(bars, Table)
    assert tuple(bars.column_names) == BAR_COLUMNS
    assert bars.num_rows == 60
    assert bar_table().column("close").to_pylist() == bars.column("close").to_pylist()


def test_the_bars_can_be_enhanced(component, bars):
    live = component("allause-enhancer:enhancer")
    assert Table.from_arrow(live.call("enhance_market_data", market_data=bars)).num_rows == 60
