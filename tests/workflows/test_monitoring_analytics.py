"""The monitoring and analytics workflow: lost samples and figures that do not follow are found out."""

from threading import Event, Thread

import attrs
import pytest

from allause.hookspecs import hookimpl

pytestmark = pytest.mark.long
WORKFLOW = "monitoring_analytics"


@pytest.fixture
def monitoring(real):
    return real("monitoring")


@pytest.fixture
def analytics(real):
    return real("analytics")


def test_a_recorder_that_drops_one_value_in_ten_fails(run, failed, monitoring):
    class Lossy(monitoring):
        recorded = 0

        @hookimpl
        def record_metric(self, name, value, labels=None):
            self.recorded += name == "examined_orders_total"  # the other components record too
            if self.recorded % 10 or name != "examined_orders_total":
                super().record_metric(name=name, value=value, labels=labels)

    found = failed(run(WORKFLOW, monitoring=Lossy))
    assert "examined_orders_total had to be" in found["read metrics"]


def test_a_recorder_that_takes_nan_fails(run, failed, monitoring):
    class Careless(monitoring):
        @hookimpl
        def record_metric(self, name, value, labels=None):
            if value == value:  # noqa: PLR0124 - NaN is dropped without a word
                super().record_metric(name=name, value=value, labels=labels)

    found = failed(run(WORKFLOW, monitoring=Careless))
    assert "had to raise ValueError" in found["record"]


def test_an_empty_exposition_fails(run, failed, monitoring):
    class Empty(monitoring):
        @hookimpl
        def render_metrics(self):
            return ""

    assert set(failed(run(WORKFLOW, monitoring=Empty))) == {"expose metrics"}


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda alerts: (), "no rule"),
        (lambda alerts: alerts[:1] * 2, "twice"),
        (lambda alerts: (attrs.evolve(alerts[0], state="fine"),), "state had to be AlertState"),
        (lambda alerts: (attrs.evolve(alerts[0], state="inactive", value=None),), "without a figure"),
        (lambda alerts: None, "had to answer a tuple"),
    ],
)
def test_alerts_against_the_contract_fail(run, failed, monitoring, change, word):
    class Broken(monitoring):
        @hookimpl
        def get_alerts(self):
            return change(super().get_alerts())

    found = failed(run(WORKFLOW, monitoring=Broken))
    assert set(found) == {"watch alert rules"}
    assert word in found["watch alert rules"]


def test_a_sampler_that_outlives_its_stop_fails(run, failed, monitoring):
    release = Event()

    class Lingering(monitoring):
        @hookimpl
        def start_monitoring(self):
            Thread(target=release.wait, name="lingering-sampler", daemon=True).start()

        @hookimpl
        def stop_monitoring(self):
            pass

    found = failed(run(WORKFLOW, monitoring=Lingering))
    release.set()
    assert "lingering-sampler" in found["stop sampling"]


@pytest.mark.parametrize("name", ["total_return", "max_drawdown", "volatility"])
@pytest.mark.parametrize("value", [0.5, None])
def test_a_figure_that_is_not_its_definition_fails(run, failed, analytics, name, value):
    class Broken(analytics):
        @hookimpl
        def analyze_performance(self, **arguments):
            report = super().analyze_performance(**arguments)
            figures = tuple(attrs.evolve(f, value=value) if f.name == name else f for f in report.figures)
            return attrs.evolve(report, figures=figures)

    found = failed(run(WORKFLOW, analytics=Broken))
    assert set(found) == {"analyse returns"}
    assert f"{name} is {value}" in found["analyse returns"]


def test_an_analysis_of_fewer_periods_fails(run, failed, analytics):
    class Lazy(analytics):
        @hookimpl
        def analyze_performance(self, returns=None, **arguments):
            return super().analyze_performance(returns=returns[:-1], **arguments)

    assert "periods" in failed(run(WORKFLOW, analytics=Lazy))["analyse returns"]


def test_fills_in_something_never_traded_fail(run, failed, small_engine):
    class Inventive(small_engine):
        @hookimpl
        def get_fills(self):
            return tuple(attrs.evolve(fill, symbol="ELSEWHERE") for fill in super().get_fills())

    assert "ELSEWHERE" in failed(run(WORKFLOW, execution=Inventive))["analyse returns"]
