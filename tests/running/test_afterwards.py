"""What fails after the last order is a problem of the run, and the rest is still written."""

import json
import re

import pytest

from allause.exceptions import ComponentError
from allause.running import run


def _part(kind, name, body):
    return f"from allause_{kind} import {name}\nclass Part({name}):\n    {body}\n"


_MONITORING = ("monitoring", "AdvancedMonitoringFramework")
_ANALYTICS = ("analytics", "AnalyticsEngine")
_EXECUTION = ("execution", "TradingExecutionEngine")


@pytest.mark.parametrize(
    ("kind", "body", "expected"),
    [
        (
            _ANALYTICS,
            "def analyze_performance(self, **_): raise OSError('lost')",
            "analyze_performance() raised OSError",
        ),
        (_ANALYTICS, "def analyze_performance(self, **_): return 1", "analyze_performance() returned int"),
        (_MONITORING, "def get_alerts(self): raise OSError('lost')", "get_alerts() raised OSError"),
        (_MONITORING, "def stop_monitoring(self): raise OSError('lost')", "stop_monitoring() raised OSError"),
        (_EXECUTION, "def close(self): raise OSError('lost')", "close() raised OSError"),
    ],
)
def test_a_failure_after_the_last_order_is_named_and_the_rest_is_written(kind, body, expected, component, settings):
    result = run(settings(components=(component(kind[0], _part(*kind, body)),)))
    assert result.exit_code == 1
    assert [expected in problem for problem in result.record["problems"]] == [True]
    assert result.record["fills"]
    assert json.loads((result.directory / "run.json").read_text()) == result.record
    assert "a component failed afterwards" in result.summary.splitlines()[-1]


def test_the_analysis_is_given_what_was_measured(small_run):
    criteria = " ".join(small_run.record["analytics"]["grade"]["criteria"])
    missing = set(small_run.record["analytics"]["grade"]["missing"])
    assert not missing & {"error_rate", "order_latency_p99_seconds", "market_data_events_per_second"}
    assert "order_latency_p99_seconds" in criteria


_NARROW = """
from allause_analytics import AnalyticsEngine
class Part(AnalyticsEngine):
    def analyze_performance(self, measurements=None, **others):
        if set(measurements) - {"error_rate"}:
            raise ValueError("unknown measurement")
        return super().analyze_performance(measurements=measurements, **others)
"""


def test_an_analysis_that_knows_fewer_measurements_is_asked_again_and_that_is_noted(component, settings):
    result = run(settings(components=(component("analytics", _NARROW),)))
    assert result.exit_code == 0
    assert result.record["analytics"]["figures"]
    expected = "asked again without market_data_events_per_second, order_latency_p99_seconds"
    assert any(expected in notice for notice in result.record["notices"])


def test_a_metric_that_is_promised_and_never_recorded_is_named(component, settings):
    body = "def record_metric(self, **_):\n        async def later(): ...\n        return later()"
    chosen = component("monitoring", _part(*_MONITORING, body))
    with pytest.raises(ComponentError, match=r"throw-away: record_metric\(\) is a plain def and returned a coroutine"):
        run(settings(components=(chosen,)))


def test_a_run_whose_orders_were_all_refused_does_not_read_as_success(settings, strategy):
    name = strategy(
        "from allause.strategies import OrderRequest\n"
        "def decide(event, portfolio):\n"
        "    return [OrderRequest(symbol='waves', quantity=10**12, side='buy')]\n"
    )
    result = run(settings(strategy=name))
    assert result.exit_code == 1
    assert any("of 200 orders 200 were denied by the component" in p for p in result.record["problems"])
    assert "NOTHING WAS TRADED" in result.summary.splitlines()[-1]


def test_an_error_rate_over_its_limit_is_told_however_fast_the_run_was(settings, data_file):
    data_file.write_text(data_file.read_text().replace(",1000000\n", ",50\n", 199))  # too little for any order
    result = run(settings())
    (alert,) = [alert for alert in result.record["alerts"] if alert["rule"] == "trading_error_rate"]
    assert alert["value"] > 0.9
    assert alert["state"] in {"pending", "firing"}
    # on a busy machine the latency of orders may be told beside it
    assert re.search(rf"^Alerts .*\btrading_error_rate {alert['state']}\b.*; 6 rules$", result.summary, re.MULTILINE)


def test_a_run_without_a_wanted_order_says_that_nothing_was_traded(settings, strategy):
    result = run(settings(strategy=strategy("def decide(event, portfolio):\n    return None\n")))
    assert result.exit_code == 0
    assert "nothing was traded" in result.summary.splitlines()[-1]
