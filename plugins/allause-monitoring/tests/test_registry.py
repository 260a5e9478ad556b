"""What is recorded is shown, exactly, and what is malformed is refused."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from allause_monitoring.catalogue import BOUNDS


def values(monitoring):
    return {(sample.name, *sorted(sample.labels.items())): sample.value for sample in monitoring.get_metrics()}


def exposed(monitoring):
    families = text_string_to_metric_families(monitoring.render_metrics())
    return {(s.name, *sorted(s.labels.items())): s.value for family in families for s in family.samples}


def test_a_counter_adds_up(monitoring):
    for value in (1, 2.5, Decimal("0.5")):
        monitoring.record_metric(name="fills_total", value=value)
    assert values(monitoring)["fills_total",] == 4.0


def test_a_gauge_replaces(monitoring):
    for value in (1.0, -2.5):
        monitoring.record_metric(name="position_lots", value=value)
    assert values(monitoring)["position_lots",] == -2.5


def test_a_histogram_counts_sums_and_shows_the_latest_observation(monitoring):
    for value in (0.001, 0.002, 0.0005):
        monitoring.record_metric(name="trading_order_latency_seconds", value=value)
    found = values(monitoring)
    assert found["trading_order_latency_seconds",] == 0.0005
    assert found["trading_order_latency_seconds_count",] == 3
    assert found["trading_order_latency_seconds_sum",] == pytest.approx(0.0035, rel=1e-12)


def test_histogram_bounds_are_inclusive_and_hold_the_alert_thresholds(monitoring):
    assert {0.001, 0.025} <= set(BOUNDS)
    for value in (0.025, 0.0250001, 99.0):
        monitoring.record_metric(name="trading_order_latency_seconds", value=value)
    found = exposed(monitoring)
    at = {bound: found["trading_order_latency_seconds_bucket", ("le", bound)] for bound in ("0.01", "0.025", "+Inf")}
    assert at == {"0.01": 0, "0.025": 1, "+Inf": 3}


def test_label_sets_are_separate_series_whatever_their_order(monitoring):
    monitoring.record_metric(name="fills_total", value=1, labels={"side": "buy", "symbol": "AAPL"})
    monitoring.record_metric(name="fills_total", value=2, labels={"symbol": "AAPL", "side": "buy"})
    monitoring.record_metric(name="fills_total", value=5, labels={"side": "sell", "symbol": "AAPL"})
    found = values(monitoring)
    assert found["fills_total", ("side", "buy"), ("symbol", "AAPL")] == 3
    assert found["fills_total", ("side", "sell"), ("symbol", "AAPL")] == 5


def test_the_exposition_parses_and_has_the_recorded_values(monitoring):
    monitoring.record_metric(name="fills_total", value=3, labels={"reason": 'a "b" \\ é'})
    monitoring.record_metric(name="equity_usd", value=-1.25)
    monitoring.record_metric(name="journal_seconds", value=0.3)
    shown = exposed(monitoring)
    kept = {
        key: value for key, value in values(monitoring).items() if key[0].startswith(("fills", "equity", "journal"))
    }
    del kept["journal_seconds",]
    assert kept.items() <= shown.items()


@given(
    st.text(alphabet=st.characters(exclude_categories=["C", "Z"]), min_size=1),
    st.floats(allow_nan=False, allow_infinity=False),
)
def test_any_printable_label_and_any_finite_value_survive_the_exposition(text, value):
    from allause_monitoring.registry import MetricRegistry  # noqa: PLC0415 - a fixture cannot be shared by examples

    registry = MetricRegistry(max_series=10)
    registry.record("level_of_it", value, {"label": text}, ts=1)
    (family,) = text_string_to_metric_families(registry.render())
    assert [(s.labels, s.value) for s in family.samples] == [({"label": text}, value)]


def test_types_and_helps_are_declared(monitoring):
    monitoring.record_metric(name="trading_orders_total", value=1)
    types = {f.name: f.type for f in text_string_to_metric_families(monitoring.render_metrics())}
    assert types["trading_orders"] == "counter"
    assert types["process_resident_memory_bytes"] == "gauge"


@pytest.mark.parametrize("name", ["", "9lives", "a-b", "a b", "a\n", "é", "a:b", None, 3, "x" * 3 + "{}"])
def test_a_malformed_metric_name_is_refused(monitoring, name):
    with pytest.raises(ValueError, match="malformed"):
        monitoring.record_metric(name=name, value=1.0)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), "1", None, True, [], 10**400])
def test_a_value_that_is_no_finite_number_is_refused(monitoring, value):
    with pytest.raises(ValueError, match=r"metric level: expected a (finite )?number"):
        monitoring.record_metric(name="level", value=value)
    assert ("level",) not in values(monitoring)


@pytest.mark.parametrize("name", ["fills_total", "journal_seconds"])
def test_a_negative_increment_or_duration_is_refused(monitoring, name):
    with pytest.raises(ValueError, match="cannot be negative"):
        monitoring.record_metric(name=name, value=-1.0)


@pytest.mark.parametrize(
    "labels", [{"9": "x"}, {"__name__": "x"}, {"le": "x"}, {"a": 1}, {"a": "x\ny"}, {"a": "\ud800"}, ["a"]]
)
def test_a_malformed_label_is_refused(monitoring, labels):
    with pytest.raises(ValueError, match="label"):
        monitoring.record_metric(name="fills_total", value=1.0, labels=labels)


def test_a_sampled_metric_cannot_be_recorded(monitoring):
    with pytest.raises(ValueError, match="sampled by this component"):
        monitoring.record_metric(name="process_threads", value=1.0)


def test_a_name_that_a_histogram_shows_cannot_be_taken(monitoring):
    monitoring.record_metric(name="journal_seconds", value=1.0)
    with pytest.raises(ValueError, match="which journal_seconds uses"):
        monitoring.record_metric(name="journal_seconds_count", value=1.0)


def test_more_series_than_allowed_are_refused_and_the_known_ones_go_on(build):
    monitoring = build(max_series=2)
    for symbol in ("A", "B"):
        monitoring.record_metric(name="fills_total", value=1, labels={"symbol": symbol})
    with pytest.raises(ValueError, match="2 are allowed"):
        monitoring.record_metric(name="fills_total", value=1, labels={"symbol": "C"})
    monitoring.record_metric(name="fills_total", value=1, labels={"symbol": "A"})
    assert values(monitoring)["fills_total", ("symbol", "A")] == 2


def test_a_sample_says_when_it_was_recorded(monitoring, clock):
    monitoring.record_metric(name="fills_total", value=1)
    recorded = clock.now_ns()
    clock.pass_s(5)
    stamps = {sample.name: sample.ts for sample in monitoring.get_metrics()}
    assert (stamps["fills_total"], stamps["process_threads"]) == (recorded, clock.now_ns())
