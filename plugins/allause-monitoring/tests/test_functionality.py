"""The self-test passes on the component and fails on broken ones."""

import pytest

from allause_monitoring import AdvancedMonitoringFramework
from allause_monitoring.alerts import RuleState


def test_the_self_test_passes(monitoring):
    report = monitoring.test_functionality()
    assert report.passed, report.cases
    assert len(report.cases) == 5


def test_the_self_test_leaves_no_trace(monitoring):
    monitoring.test_functionality()
    assert not [sample for sample in monitoring.get_metrics() if sample.name.startswith(("selftest", "trading"))]


SABOTAGE = {
    "record_metric": lambda self, **_: None,
    "get_metrics": lambda self: (),
    "get_alerts": lambda self: (),
    "render_metrics": lambda self: "",
}


@pytest.mark.parametrize("name", SABOTAGE)
def test_the_self_test_fails_on_a_class_with_a_method_that_does_nothing(name):
    broken = type("Broken", (AdvancedMonitoringFramework,), {name: SABOTAGE[name]})
    assert not broken().test_functionality().passed


@pytest.mark.parametrize("name", SABOTAGE)
def test_the_self_test_fails_on_an_instance_with_a_method_that_raises(name, monitoring):
    def broken(**_):
        raise RuntimeError("broken on purpose")

    setattr(monitoring, name, broken)
    failed = [case for case in monitoring.test_functionality().cases if not case.passed]
    assert failed
    assert all("broken on purpose" in case.detail for case in failed)


def test_the_self_test_fails_when_nothing_ever_fires(monkeypatch):
    monkeypatch.setattr(RuleState, "_breached", lambda *_: False)
    failed = [case.name for case in AdvancedMonitoringFramework().test_functionality().cases if not case.passed]
    assert failed == ["An alert goes from no data through pending to firing, and ends"]


def test_the_self_test_fails_when_a_nan_is_taken(monitoring):
    take = monitoring.record_metric
    monitoring.record_metric = lambda name, value, labels: None if value != value else take(name, value, labels)  # noqa: PLR0124 - this is how NaN is told
    failed = [case.name for case in monitoring.test_functionality().cases if not case.passed]
    assert any("refused" in name for name in failed)
