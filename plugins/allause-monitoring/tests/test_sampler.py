"""The background sampler ticks, survives a failed tick and says so."""

from threading import Event

from allause_monitoring.sampler import Sampler


def test_it_ticks_at_once_and_again_until_stopped():
    ticks, third = [], Event()

    def tick():
        ticks.append(1)
        if len(ticks) == 3:
            third.set()

    sampler = Sampler(tick, 0.001)
    sampler.start()
    assert third.wait(10)
    sampler.stop()
    assert not sampler.running


def test_stop_does_not_wait_for_the_interval():
    ticked = Event()
    sampler = Sampler(ticked.set, 3_600)
    sampler.start()
    assert ticked.wait(10)
    sampler.stop()
    assert not sampler.running


def test_a_failed_tick_is_counted_and_the_next_one_is_tried():
    outcomes, done = [RuntimeError("disk on fire"), None], Event()

    def tick():
        outcome = outcomes.pop(0)
        if outcome:
            raise outcome
        outcomes.append(None)
        done.set()

    sampler = Sampler(tick, 0.001)
    sampler.start()
    assert done.wait(10)
    sampler.stop()
    assert (sampler.errors, sampler.problem) == (1, "")


def test_a_sampler_that_fails_is_reported_by_the_component(monitoring, monkeypatch):
    failed = Event()

    def fail(_):
        failed.set()
        raise RuntimeError("disk on fire")

    monkeypatch.setattr(monitoring._monitor._registry, "samples", lambda: fail(None))
    monitoring.start_monitoring()
    assert failed.wait(10)
    monitoring.stop_monitoring()
    assert "RuntimeError: disk on fire" in monitoring.validate_component().problems[0]
    assert monitoring.get_performance_stats().details["sampler_errors"] >= 1
    monkeypatch.undo()


def test_the_background_evaluates_alerts_and_stores_samples(build, caplog):
    monitoring = build(sample_interval_s=0.001, thresholds={"cpu": 0.5})
    monitoring.record_metric(name="fills_total", value=2)
    monitoring.start_monitoring()
    seen = Event()
    while not seen.wait(0.001):
        if monitoring.get_performance_stats().details["samples"] >= 2:
            seen.set()
    monitoring.stop_monitoring()
    assert monitoring._monitor.store.read("fills_total")[0].value == 2
    assert monitoring._monitor._board.states["memory"] == "inactive"
