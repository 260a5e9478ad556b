"""The six rules on a clock that moves only when told to."""

import math

import attrs
import pytest

from allause.models import AlertState
from allause_monitoring import RULES
from allause_monitoring.alerts import AlertBoard, Evidence, Reading, RuleState
from allause_monitoring.functionality import SettableClock

INACTIVE, PENDING, FIRING, NO_DATA = AlertState.INACTIVE, AlertState.PENDING, AlertState.FIRING, AlertState.NO_DATA
RULE = {rule.name: rule for rule in RULES}


def test_the_six_rules_have_the_published_thresholds():
    assert [(rule.name, rule.comparison, rule.threshold, rule.unit) for rule in RULES] == [
        ("trading_error_rate", ">", 0.01, "ratio"),
        ("trading_latency", ">", 0.025, "seconds"),
        ("market_data_throughput", "<", 1000.0, "events/s"),
        ("market_data_latency", ">", 0.001, "seconds"),
        ("memory", ">", 8e9, "bytes"),
        ("cpu", ">", 0.9, "ratio"),
    ]
    assert all(rule.hold_s > 0 and rule.keep_firing_s > 0 and rule.runbook for rule in RULES)


def test_without_anything_recorded_no_rule_of_recorded_metrics_claims_to_be_well(monitoring):
    states = {alert.rule: alert.state for alert in monitoring.get_alerts()}
    assert [states[rule.name] for rule in RULES[:4]] == [NO_DATA] * 4


def timeline(rule, readings):
    """Evaluate (seconds, value) pairs and return the states."""
    state = RuleState(rule)
    return [
        state.evaluate(Reading(value=value, samples=100), monotonic_ns=int(at * 1e9), utc_ns=int(at * 1e9)).state
        for at, value in readings
    ]


TIMED = attrs.evolve(RULE["trading_error_rate"], hold_s=5, keep_firing_s=10)


def test_it_fires_when_true_for_exactly_the_hold_time():
    assert timeline(TIMED, [(0, 0.0), (1, 0.5), (5.999, 0.5), (6, 0.5)]) == [INACTIVE, PENDING, PENDING, FIRING]


def test_one_good_reading_starts_the_hold_time_again():
    readings = [(0, 0.5), (4, 0.5), (4.5, 0.0), (5, 0.5), (9.9, 0.5), (10, 0.5)]
    assert timeline(TIMED, readings) == [PENDING, PENDING, INACTIVE, PENDING, PENDING, FIRING]


def test_it_keeps_firing_for_a_while_after_the_last_bad_reading():
    readings = [(0, 0.5), (5, 0.5), (6, 0.0), (15.9, 0.0), (16, 0.0)]
    assert timeline(TIMED, readings) == [PENDING, FIRING, FIRING, FIRING, INACTIVE]


def test_flapping_does_not_end_a_firing_alert():
    flaps = [(5 + second, 0.5 if second % 2 else 0.0) for second in range(1, 1_000)]
    assert set(timeline(TIMED, [(0, 0.5), (5, 0.5), *flaps])[1:]) == {FIRING}


def test_lost_data_does_not_end_a_firing_alert_at_once_and_then_is_no_data():
    readings = [(0, 0.5), (5, 0.5), (6, None), (15, None), (16, None)]
    assert timeline(TIMED, readings) == [PENDING, FIRING, FIRING, FIRING, NO_DATA]


def test_lost_data_starts_the_hold_time_again():
    assert timeline(TIMED, [(0, 0.5), (3, None), (5, 0.5), (9, 0.5)]) == [PENDING, NO_DATA, PENDING, PENDING]


def test_equal_to_the_threshold_is_well():
    assert timeline(TIMED, [(0, 0.01)]) == [INACTIVE]
    assert timeline(RULE["market_data_throughput"], [(0, 1000.0)]) == [INACTIVE]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_no_data_and_never_compares_true(rule, value, monkeypatch):
    evidence = Evidence([rule])
    evidence.levels[rule.metric] = value
    for name in ("_rate", "_ratio", "_quantile"):
        monkeypatch.setattr(evidence, name, lambda *_: Reading(value=value, samples=1_000))
    (alert,) = AlertBoard([rule]).evaluate(evidence, monotonic_ns=10**12, utc_ns=0)
    assert (alert.state, alert.value) == (NO_DATA, None)


def test_since_tells_when_the_state_was_entered(monitoring, clock, state_of):
    entered = clock.now_ns()
    monitoring.record_metric(name="trading_orders_total", value=100)
    assert state_of(monitoring, "trading_error_rate").since == entered
    clock.pass_s(20)
    assert state_of(monitoring, "trading_error_rate").since == entered
    monitoring.record_metric(name="trading_errors_total", value=100)
    assert state_of(monitoring, "trading_error_rate").since == clock.now_ns()


# -- trading error rate


def test_error_rate_is_errors_over_orders_of_the_last_minute(monitoring, clock, state_of):
    monitoring.record_metric(name="trading_orders_total", value=200)
    monitoring.record_metric(name="trading_errors_total", value=3, labels={"reason": "limit"})
    alert = state_of(monitoring, "trading_error_rate")
    assert (alert.value, alert.samples, alert.state) == (0.015, 200, PENDING)
    clock.pass_s(61)
    monitoring.record_metric(name="trading_orders_total", value=200)
    assert state_of(monitoring, "trading_error_rate").value == 0.0


def test_error_rate_without_orders_is_no_data(monitoring, state_of):
    monitoring.record_metric(name="trading_orders_total", value=0)
    monitoring.record_metric(name="trading_errors_total", value=0)
    alert = state_of(monitoring, "trading_error_rate")
    assert (alert.state, alert.value, alert.samples) == (NO_DATA, None, 0)


def test_error_rate_of_too_few_orders_is_no_data(monitoring, state_of):
    monitoring.record_metric(name="trading_orders_total", value=9)
    monitoring.record_metric(name="trading_errors_total", value=9)
    alert = state_of(monitoring, "trading_error_rate")
    assert alert.state is NO_DATA
    assert "9 samples of trading_orders_total, 10 needed" in alert.summary


def test_errors_without_orders_count_as_orders(monitoring, state_of):
    monitoring.record_metric(name="trading_errors_total", value=20)
    alert = state_of(monitoring, "trading_error_rate")
    assert (alert.value, alert.state) == (1.0, PENDING)


# -- latencies


@pytest.mark.parametrize(
    ("rule", "metric", "limit"),
    [
        ("trading_latency", "trading_order_latency_seconds", 0.025),
        ("market_data_latency", "market_data_latency_seconds", 0.001),
    ],
)
def test_latency_is_too_high_exactly_when_more_than_one_percent_lies_above(monitoring, state_of, rule, metric, limit):
    for _ in range(990):
        monitoring.record_metric(name=metric, value=limit)
    for _ in range(10):
        monitoring.record_metric(name=metric, value=limit * 1.5)
    alert = state_of(monitoring, rule)
    assert (alert.state, alert.value, alert.samples) == (INACTIVE, limit, 1000)
    monitoring.record_metric(name=metric, value=limit * 1.5)
    assert state_of(monitoring, rule).state is PENDING


def test_latency_of_too_few_orders_is_no_data(monitoring, state_of):
    for _ in range(19):
        monitoring.record_metric(name="trading_order_latency_seconds", value=9.0)
    assert state_of(monitoring, "trading_latency").state is NO_DATA
    monitoring.record_metric(name="trading_order_latency_seconds", value=9.0)
    assert state_of(monitoring, "trading_latency").state is PENDING


def test_a_latency_forgotten_by_the_window_does_not_count(monitoring, clock, state_of):
    for _ in range(20):
        monitoring.record_metric(name="trading_order_latency_seconds", value=9.0)
    clock.pass_s(61)
    for _ in range(20):
        monitoring.record_metric(name="trading_order_latency_seconds", value=0.001)
    alert = state_of(monitoring, "trading_latency")
    assert (alert.state, alert.samples) == (INACTIVE, 20)


# -- throughput


def stream(monitoring, clock, seconds, rate):
    for _ in range(seconds * 10):
        clock.pass_s(0.1)
        monitoring.record_metric(name="market_data_events_total", value=rate / 10)


def test_throughput_does_not_fire_in_warm_up(monitoring, clock, state_of):
    for _ in range(7):
        stream(monitoring, clock, 4, 3_000)
        assert state_of(monitoring, "market_data_throughput").state is NO_DATA
    stream(monitoring, clock, 4, 3_000)
    alert = state_of(monitoring, "market_data_throughput")
    assert alert.state is INACTIVE
    assert alert.value == pytest.approx(3_000, rel=0.005)


def test_throughput_without_the_warm_up_guard_would_fire(monitoring, clock, state_of, monkeypatch):
    monkeypatch.setattr("allause_monitoring.windows.Window.is_full", lambda *_: True)
    stream(monitoring, clock, 4, 3_000)
    assert state_of(monitoring, "market_data_throughput").state is PENDING


def test_a_slow_feed_fires_and_a_recovered_one_ends_it(monitoring, clock, state_of):
    stream(monitoring, clock, 31, 900)
    assert state_of(monitoring, "market_data_throughput").state is PENDING
    stream(monitoring, clock, 5, 900)
    alert = state_of(monitoring, "market_data_throughput")
    assert alert.state is FIRING
    assert "Check the feed" in alert.summary
    stream(monitoring, clock, 31, 5_000)
    assert state_of(monitoring, "market_data_throughput").state is FIRING
    stream(monitoring, clock, 30, 5_000)
    assert state_of(monitoring, "market_data_throughput").state is INACTIVE


def test_a_feed_that_died_fires_and_is_not_silent(monitoring, clock, state_of):
    stream(monitoring, clock, 31, 5_000)
    clock.pass_s(60)
    assert (state_of(monitoring, "market_data_throughput").value) == 0.0
    clock.pass_s(5)
    assert state_of(monitoring, "market_data_throughput").state is FIRING


# -- memory and CPU


def test_memory_fires_above_its_threshold_in_bytes_of_this_process(build, clock, state_of):
    assert state_of(build(), "memory").state is INACTIVE
    small = build(thresholds={"memory": 1_000_000})
    assert state_of(small, "memory").state is PENDING
    clock.pass_s(10)
    alert = state_of(small, "memory")
    assert (alert.state, alert.severity) == (FIRING, "critical")
    assert alert.value > 1_000_000


@pytest.mark.parametrize(("ratio", "state"), [(0.9, INACTIVE), (0.91, PENDING)])
def test_cpu_compares_the_share_of_the_allowed_cores(ratio, state):
    evidence = Evidence([RULE["cpu"]])
    evidence.levels["process_cpu_ratio"] = ratio
    (alert,) = AlertBoard([RULE["cpu"]]).evaluate(evidence, monotonic_ns=0, utc_ns=0)
    assert alert.state is state


def test_cpu_is_no_data_until_a_second_was_watched(monitoring, clock, state_of):
    assert state_of(monitoring, "cpu").state is NO_DATA
    clock.pass_s(0.5)
    assert state_of(monitoring, "cpu").state is NO_DATA
    clock.pass_s(0.6)
    assert state_of(monitoring, "cpu").value is not None


def test_a_firing_alert_and_its_end_are_logged_once(monitoring, clock, caplog):
    caplog.set_level("INFO")
    monitoring.record_metric(name="trading_errors_total", value=20)
    for _ in range(120):
        monitoring.get_alerts()
        clock.pass_s(1)
    lines = [record.getMessage() for record in caplog.records if "trading_error_rate" in record.getMessage()]
    assert [line.split(":")[0] for line in lines] == [
        "alert trading_error_rate fires",
        "alert trading_error_rate ended",
    ]


def test_the_monotonic_clock_decides_when_utc_steps_back():
    clock = SettableClock()
    state = RuleState(TIMED)
    bad = Reading(value=0.5, samples=100)
    state.evaluate(bad, monotonic_ns=clock.monotonic_ns(), utc_ns=10**18)
    clock.pass_s(5)
    alert = state.evaluate(bad, monotonic_ns=clock.monotonic_ns(), utc_ns=10**18 - 10**12)
    assert alert.state is FIRING
