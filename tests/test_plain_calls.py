"""The plain calls of a bare Python session: no host, no configuration, no network, no file left behind."""

import os
import subprocess
import sys

import pytest

NO_NETWORK = """
import sys
def no_network(event, arguments):
    if event in {"socket.connect", "socket.bind", "socket.getaddrinfo"}:
        raise SystemExit(f"network used: {event} {arguments}")
sys.addaudithook(no_network)
"""

CALLS = """
from allause_analytics import AnalyticsEngine
from allause_enhancer import MarketDataEnhancer
from allause_execution import TradingExecutionEngine
from allause_market_data import LiveMarketDataSystem
from allause_monitoring import AdvancedMonitoringFramework, PerformanceMonitor
from allause_optimizer import TradingSystemOptimizer

market_data = LiveMarketDataSystem().get_market_data(["AAPL", "GOOG", "MSFT"])
assert len(market_data) == 3270 + 2148 + 3270

throughput = MarketDataEnhancer().enhance_market_data_throughput(market_data)
assert throughput.rows == len(market_data)
assert throughput.rows_per_second > 0

engine = TradingExecutionEngine()
market = engine.place_order(symbol="AAPL", quantity=100, order_type="market")
limit = engine.place_order(symbol="AAPL", quantity=100, order_type="limit", price=150.0)
assert market.intent.side == limit.intent.side == "buy"
assert str(limit.intent.price) == "150.0"
assert market.status == limit.status == "accepted"
assert engine.get_fills() == ()

analysis = AnalyticsEngine().analyze_performance()
assert analysis.periods == 0
assert all(figure.value is None and figure.reason for figure in analysis.figures)

assert PerformanceMonitor is AdvancedMonitoringFramework
assert {alert.state.value for alert in AdvancedMonitoringFramework().get_alerts()}

CLASSES = (LiveMarketDataSystem, MarketDataEnhancer, TradingExecutionEngine, TradingSystemOptimizer,
           AdvancedMonitoringFramework, AnalyticsEngine)
for cls in CLASSES:
    component = cls()
    assert component.get_component_info().version
    assert component.get_performance_stats().operations == 0
    assert component.test_functionality().passed, component.test_functionality()
    component.get_optimization_metrics()
    assert component.validate_component().valid, component.validate_component()
"""

OPTIMIZER = """
from allause_optimizer import TradingSystemOptimizer

report = TradingSystemOptimizer().optimize_trading_system()
assert report.before.orders > 0
assert report.improvement == report.after.orders_per_second / report.before.orders_per_second
"""


@pytest.fixture
def bare_session(tmp_path):
    """Run code in a fresh interpreter whose every usual place to write to is empty and watched."""

    def run(code):
        places = {name: tmp_path / name for name in ("home", "work", "temporary")}
        for place in places.values():
            place.mkdir()
        environment = {"HOME": str(places["home"]), "TMPDIR": str(places["temporary"]), "PATH": os.environ["PATH"]}
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", NO_NETWORK + code],
            cwd=places["work"],
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        left = [str(path) for place in places.values() for path in place.rglob("*")]
        return done, left

    return run


@pytest.mark.long
@pytest.mark.parametrize("code", [CALLS, OPTIMIZER], ids=["components", "optimizer"])
def test_the_plain_calls_work_without_network_and_leave_no_file(bare_session, code):
    done, left = bare_session(code)
    assert done.returncode == 0, done.stderr
    assert left == []
    assert done.stdout == ""


def test_a_session_that_uses_the_network_or_leaves_a_file_would_be_noticed(bare_session):
    done, left = bare_session("open('left', 'w').close()\nimport socket\nsocket.socket().connect(('127.0.0.1', 9))\n")
    assert "network used" in done.stderr
    assert len(left) == 1
